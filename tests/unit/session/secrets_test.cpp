// What the server alone is told goes nowhere else.
#include <catch2/catch.hpp>

#include "tests/support/engine_fixture.h"

using namespace millrace;
using namespace millrace::test;

namespace {

const std::map<std::string, std::string> kServer = {
    {"sasl.jaas.config", "PlainLoginModule required username=\"u\" password=\"geheim\";"},
    {"ksql.streams.producer.ssl.key.password", "geheim"},
    {"ksql.functions.geo.api.key", "geheim"},
    {"ksql.output.topic.name.prefix", "from_the_file_"},
    {"cache.max.bytes.buffering", "0"},
    {"ksql.cast.strings.preserve.nulls", "false"}};

constexpr const char* kScript =
    "CREATE STREAM s (v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"
    "CREATE STREAM o AS SELECT CAST(v AS VARCHAR) AS v FROM s;"
    "CREATE SOURCE TABLE t (k INT PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON', "
    "partitions=1);"
    "INSERT INTO o SELECT 'x' AS v FROM s;";

}  // namespace

TEST_CASE("the command topic holds nothing of the server's file", "[session][secrets]") {
    EngineFixture engine(kServer);
    // Not even what came in by another door than SET, which refuses it.
    engine.session().overrides = {{"ksql.nested.error.set.null", "false"},
                                  {"ksql.functions.geo.password", "geheim"},
                                  {"ksql.connect.url", "http://u:geheim@host"}};
    engine.execute(kScript);
    const auto commands = engine.read("_confluent-ksql-default__command_topic");
    REQUIRE(commands.size() == 4);
    std::string all;
    for (const auto& record : commands) all += record.value.value_or("");
    CHECK(all.find("CAST") != std::string::npos);
    for (const char* word : {"geheim", "sasl", "cache.max.bytes", "preserve.nulls", "name.prefix"})
        CHECK(all.find(word) == std::string::npos);
    CHECK(all.find("ksql.nested.error.set.null") != std::string::npos);
}

TEST_CASE("a query sees the server's settings, also after a restart", "[session][secrets]") {
    EngineFixture engine(kServer);
    engine.execute(kScript);
    engine.crash();
    engine.start();
    engine.produce("s", "{\"v\":null}", 1);
    engine.run();
    const auto rows = engine.read("from_the_file_O");
    REQUIRE(rows.size() == 2);
    CHECK((rows[0].value == "{\"V\":\"null\"}" || rows[1].value == "{\"V\":\"null\"}"));
}

TEST_CASE("what ALTER SYSTEM set is no default", "[session][secrets]") {
    EngineFixture engine;
    engine.execute("ALTER SYSTEM 'commit.interval.ms'='500';");
    const auto entities = engine.execute("SHOW PROPERTIES;");
    const auto& list = std::get<entity::PropertyList>(entities.at(0).body);
    const std::string name = "ksql.streams.commit.interval.ms";
    for (const auto& property : list.properties) {
        if (property.name == name) CHECK(property.value == "500");
    }
    CHECK(std::count(list.defaults.begin(), list.defaults.end(), name) == 0);
    CHECK(std::count(list.overwritten.begin(), list.overwritten.end(), name) == 0);
}

TEST_CASE("a switch of the server's forbids what it says", "[session][secrets]") {
    const std::map<std::string, std::string> server = {{"ksql.headers.columns.enabled", "false"}};
    EngineFixture engine(server);
    CHECK_THROWS_WITH(
        engine.execute("CREATE STREAM s (v INT, h ARRAY<STRUCT<key STRING, value BYTES>> HEADERS) "
                       "WITH (kafka_topic='s', value_format='JSON', partitions=1);"),
        Catch::Contains("ksql.headers.columns.enabled is false"));
    engine.execute(
        "CREATE STREAM s (k INT KEY, v INT) WITH (kafka_topic='s', "
        "value_format='JSON', partitions=1);");
    engine.session().overrides = {{"ksql.suppress.enabled", "false"}};
    const std::string query =
        "CREATE TABLE t AS SELECT k, COUNT(*) FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY k ";
    CHECK_THROWS_WITH(engine.execute(query + "EMIT FINAL;"),
                      Catch::EndsWith("Suppression is currently disabled. You can enable it by "
                                      "setting ksql.suppress.enabled to true"));
    engine.execute(query + "EMIT CHANGES;");
}

TEST_CASE("topics of the server's own have the replicas that its file says", "[session]") {
    const std::map<std::string, std::string> server = {
        {"ksql.internal.topic.replicas", "3"},
        {"ksql.internal.topic.min.insync.replicas", "2"},
        {"ksql.streams.replication.factor", "4"}};
    EngineFixture engine(server);
    engine.execute(
        "CREATE STREAM s (k INT KEY, v INT) WITH (kafka_topic='s', value_format='JSON', "
        "partitions=1); CREATE TABLE t AS SELECT k, COUNT(*) FROM s GROUP BY k;");
    engine.run();
    const auto described = [&](const std::string& topic) {
        auto info = engine.log().topics().describe(topic);
        REQUIRE(info.is_ok());
        return *info;
    };
    const auto commands = described("_confluent-ksql-default__command_topic");
    CHECK(commands.replicas == std::vector<int32_t>{3});
    CHECK(commands.settings.at("min.insync.replicas") == "2");
    const auto changes = described(
        "_confluent-ksql-default_query_CTAS_T_1-Aggregate-Aggregate-Materialize-changelog");
    CHECK(changes.replicas == std::vector<int32_t>{4});
    CHECK(changes.settings.count("min.insync.replicas") == 0);
}

TEST_CASE("SET says when it is of no account", "[session][secrets]") {
    EngineFixture engine;
    const auto entities = engine.execute("SET 'commit.interval.ms'='7';");
    REQUIRE(entities.size() == 1);
    CHECK(std::get<entity::WarningMessage>(entities[0].body).message.find("has no effect") !=
          std::string::npos);
    CHECK(engine.execute("SET 'auto.offset.reset'='earliest';").empty());
    CHECK_THROWS_WITH(engine.execute("SET 'processing.guarantee'='exactly_once_v2';"),
                      Catch::Contains("it is one for the whole server"));
}

TEST_CASE("SHOW PROPERTIES hides secrets and tells where values are from", "[session][secrets]") {
    EngineFixture engine(kServer);
    engine.session().overrides = {{"auto.offset.reset", "earliest"}};
    const auto entities = engine.execute("SHOW PROPERTIES;");
    const auto& list = std::get<entity::PropertyList>(entities.at(0).body);
    std::map<std::string, entity::PropertyInfo> shown;
    for (const auto& property : list.properties) {
        CHECK(property.value.value_or("").find("geheim") == std::string::npos);
        shown[property.name] = property;
    }
    CHECK(shown.at("sasl.jaas.config").value == "[hidden]");
    CHECK(shown.at("ksql.streams.producer.ssl.key.password").value == "[hidden]");
    CHECK(shown.at("ksql.functions.geo.api.key").value == "[hidden]");
    CHECK(shown.at("ksql.persistence.default.format.key").value == "KAFKA");
    CHECK(shown.at("ksql.cast.strings.preserve.nulls").level == "QUERY");
    CHECK(shown.at("ksql.streams.auto.offset.reset").level == "SERVER");
    CHECK(list.overwritten == std::vector<std::string>{"ksql.streams.auto.offset.reset"});
    const std::set<std::string> defaults(list.defaults.begin(), list.defaults.end());
    CHECK(defaults.count("ksql.persistence.default.format.key") == 1);
    CHECK(defaults.count("ksql.cast.strings.preserve.nulls") == 0);
}
