// Topics that are closed to statements: the service's own, and those that properties name.
#include "engine/session/topic_rules.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/base/error.h"
#include "tests/support/catalog_text.h"
#include "tests/support/refusal.h"

using namespace millrace;
using millrace::test::catalog_text;
using millrace::test::EngineFixture;
using millrace::test::refusal;

namespace {

using Properties = std::map<std::string, std::string>;

constexpr const char* kCommands = "_confluent-ksql-default__command_topic";
constexpr const char* kSlots = "_confluent-ksql-default__slots";
constexpr const char* kChangelog =
    "_confluent-ksql-default_query_CTAS_T_2-Aggregate-Aggregate-Materialize-changelog";
constexpr const char* kStream =
    "CREATE STREAM s (k STRING KEY, v STRING) WITH (kafka_topic='s', value_format='kafka', "
    "partitions=1);";

std::string declared(const std::string& name, const std::string& topic,
                     const std::string& with = "") {
    return "CREATE STREAM " + name + " (k STRING KEY, v STRING) WITH (kafka_topic='" + topic +
           "', value_format='kafka'" + with + ");";
}

std::vector<std::string> listed(EngineFixture& engine, const std::string& statement) {
    std::vector<std::string> names;
    const auto entities = engine.execute(statement);
    for (const auto& topic : std::get<entity::TopicList>(entities.at(0).body).topics)
        names.push_back(topic.name);
    return names;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TEST_CASE("internal topics are no sources", "[session][topics]") {
    EngineFixture engine;
    engine.execute(std::string(kStream) +
                   "CREATE STREAM j (k STRING KEY, v STRING) WITH (kafka_topic='j', "
                   "value_format='json', partitions=1);"
                   "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM j GROUP BY k;");
    engine.run();
    for (const std::string topic : {kCommands, kSlots, kChangelog}) {
        INFO(topic);
        REQUIRE(engine.log().topics().describe(topic));
        const std::string wanted = "Cannot read from internal topic: " + topic;
        CHECK(refusal(engine, declared("cm", topic) + "DROP STREAM cm DELETE TOPIC;")
                  .starts_with(wanted));
        CHECK(
            refusal(engine,
                    "CREATE SOURCE TABLE cm (k STRING PRIMARY KEY, v STRING) WITH (kafka_topic='" +
                        topic + "', value_format='kafka');")
                .starts_with(wanted));
        CHECK(refusal(engine,
                      "CREATE OR REPLACE STREAM s (k STRING KEY, v STRING) WITH (kafka_topic='" +
                          topic + "', value_format='kafka');") != "");
        CHECK(engine.log().topics().describe(topic));
    }
    const std::string before = catalog_text(*engine.engine().catalog());
    engine.crash();
    engine.start();
    CHECK(catalog_text(*engine.engine().catalog()) == before);
}

TEST_CASE("nothing writes to closed topics", "[session][topics]") {
    EngineFixture engine(
        {{"ksql.readonly.topics", "ro-.*,fixed"}, {"ksql.hidden.topics", "hid.*"}});
    engine.execute(kStream);
    for (const std::string topic : {kCommands, kSlots, "ro-1", "fixed", "hid", "hidden",
                                    "_confluent-ksql-default_query_X_1-a-repartition"}) {
        INFO(topic);
        CHECK(refusal(engine,
                      "CREATE STREAM o WITH (kafka_topic='" + topic + "') AS SELECT * FROM s;") ==
              "Cannot insert into read-only topic: " + topic);
        CHECK(engine.engine().inserts().write({{"s", "k", "v", 1}, {topic, "k", "v", 1}}).fault() ==
              Fault::kRefused);
    }
    CHECK(engine.read("s").empty());
    // Nor does a statement make one that is not there, as a source's topic.
    for (const std::string topic : {"ro-1", "fixed", "hidden"}) {
        INFO(topic);
        CHECK(refusal(engine, declared("x", topic, ", partitions=1")) ==
              "Cannot create read-only topic: " + topic);
        CHECK_FALSE(engine.log().topics().describe(topic));
    }
    // Whole names: these are open.
    for (const std::string topic : {"a-ro-1", "fixed2", "a_hid"}) {
        INFO(topic);
        CHECK(refusal(engine, declared("x", topic, ", partitions=1") +
                                  "INSERT INTO x VALUES ('a', 'b'); DROP STREAM x DELETE TOPIC;") ==
              "");
    }
}

TEST_CASE("a read-only topic is read, not written or deleted", "[session][topics]") {
    EngineFixture engine(
        Properties{{"ksql.readonly.topics", "ro-.*"}, {"ksql.hidden.topics", "hid.*"}});
    engine.execute(kStream);
    for (const std::string topic : {"ro-1", "hidden"}) {
        INFO(topic);
        REQUIRE(engine.log().topics().create(topic, {}));
        const std::string name = "R" + std::to_string(topic.size());
        engine.execute(declared(name, topic) + "CREATE STREAM o" + name + " AS SELECT * FROM " +
                       name + ";");
        engine.produce(topic, "v", 1, "k");
        engine.run();
        CHECK(engine.read("O" + name).size() == 1);
        CHECK(refusal(engine, "INSERT INTO " + name + " VALUES ('a', 'b');") ==
              "Cannot insert values into read-only topic: " + topic);
        CHECK(refusal(engine, "INSERT INTO " + name + " SELECT * FROM s;") ==
              "Cannot insert into read-only topic: " + topic);
        CHECK(refusal(engine, declared("z", topic) + "DROP STREAM z DELETE TOPIC;") != "");
        engine.execute("DROP STREAM o" + name + " DELETE TOPIC;");
        CHECK(refusal(engine, "DROP STREAM " + name + " DELETE TOPIC;") ==
              "Cannot delete read-only topic: " + topic);
        CHECK(engine.log().topics().describe(topic));
        engine.execute("DROP STREAM " + name + ";");
    }
}

TEST_CASE("the processing log is read, not written", "[session][topics]") {
    EngineFixture engine(Properties{{"ksql.logging.processing.topic.auto.create", "true"},
                                    {"ksql.logging.processing.topic.name", "plog"}});
    engine.execute(declared("p", "plog"));
    CHECK(refusal(engine, "INSERT INTO p VALUES ('a', 'b');") ==
          "Cannot insert values into read-only topic: plog");
    CHECK(refusal(engine, "DROP STREAM p DELETE TOPIC;") == "Cannot delete read-only topic: plog");
}

TEST_CASE("SHOW TOPICS leaves out what is hidden", "[session][topics]") {
    EngineFixture engine(Properties{{"ksql.hidden.topics", "hid.*"}});
    engine.execute(kStream);
    REQUIRE(engine.log().topics().create("hidden", {}));
    const auto some = listed(engine, "SHOW TOPICS;");
    CHECK(holds(some, "s"));
    CHECK_FALSE(holds(some, "hidden"));
    CHECK_FALSE(holds(some, kCommands));
    const auto all = listed(engine, "SHOW ALL TOPICS;");
    CHECK(holds(all, "hidden"));
    CHECK(holds(all, kCommands));
}

TEST_CASE("another service's topics are not this one's", "[session][topics]") {
    const TopicRules rules(
        Config(Properties{{"ksql.readonly.topics", ""}, {"ksql.hidden.topics", ""}}));
    CHECK(rules.refusal(TopicUse::kSource, kCommands));
    CHECK(rules.refusal(TopicUse::kSink, kCommands));
    CHECK(rules.refusal(TopicUse::kDelete, kChangelog));
    CHECK_FALSE(rules.refusal(TopicUse::kSource, "_confluent-ksql-other__command_topic"));
    CHECK_FALSE(rules.refusal(TopicUse::kSource, "_confluent-ksql-default_2_command_topic"));
    CHECK_FALSE(rules.refusal(TopicUse::kSink, "my-changelog"));
    CHECK_THROWS_AS(TopicRules(Config(Properties{{"ksql.readonly.topics", "a["}})), StatementError);
}

TEST_CASE("a topic is made under a legal name", "[session][topics]") {
    EngineFixture engine;
    engine.execute(kStream);
    const std::string long_name(250, 'a');
    for (const std::string& topic : {std::string("a b"), std::string(".."), std::string("t/x"),
                                     std::string("\xc3\xa4"), long_name}) {
        INFO(topic);
        const std::string wanted = "Invalid topic name '" + topic + "'";
        CHECK(refusal(engine, declared("x", topic, ", partitions=1")).starts_with(wanted));
        CHECK(refusal(engine,
                      "CREATE STREAM x WITH (kafka_topic='" + topic + "') AS SELECT * FROM s;")
                  .starts_with(wanted));
    }
    CHECK(refusal(engine, declared("x", std::string(249, 'a'), ", partitions=1")) == "");
}
