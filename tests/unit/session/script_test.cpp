// Statements of one script: a later one sees all that an earlier one made, and what is refused
// leaves nothing behind. After each script a restart gives the same catalog.
#include <catch2/catch.hpp>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "tests/support/catalog_text.h"
#include "tests/support/refusal.h"

using namespace millrace;
using millrace::test::catalog_text;
using millrace::test::EngineFixture;
using millrace::test::refusal;

namespace {

constexpr const char* kStream =
    "CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
    "PARTITIONS=2);";

void check_restart(EngineFixture& engine) {
    const std::string before = catalog_text(*engine.engine().catalog());
    engine.crash();
    engine.start();
    CHECK(catalog_text(*engine.engine().catalog()) == before);
}

template <class T>
const T& body(const std::vector<Entity>& entities, size_t index) {
    REQUIRE(index < entities.size());
    REQUIRE(std::holds_alternative<T>(entities[index].body));
    return std::get<T>(entities[index].body);
}

}  // namespace

TEST_CASE("a script goes on with the query that it has made", "[session]") {
    EngineFixture engine;
    const auto entities = engine.execute(
        std::string(kStream) +
        "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;"
        "PAUSE CTAS_T_1; DESCRIBE t; EXPLAIN CTAS_T_1; SHOW QUERIES; RESUME CTAS_T_1;"
        "INSERT INTO s (id, v) VALUES ('a', 1);");
    CHECK(body<entity::CommandStatus>(entities, 1).query_id == "CTAS_T_1");
    const auto& source = body<entity::SourceDescriptionOne>(entities, 3).source;
    REQUIRE(source.write_queries.size() == 1);
    CHECK(source.write_queries[0].status_count.count("PAUSED") == 1);
    CHECK(body<entity::QueryDescriptionOne>(entities, 4).query.state == "PAUSED");
    CHECK(body<entity::QueryList>(entities, 5).queries.size() == 1);
    engine.run();
    CHECK(engine.read("T").size() == 1);
    check_restart(engine);
}

TEST_CASE("a script ends what it has made", "[session]") {
    EngineFixture engine;
    engine.execute(std::string(kStream) +
                   "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;"
                   "TERMINATE CTAS_T_1; DROP TABLE t; DROP STREAM s DELETE TOPIC;");
    CHECK(engine.engine().catalog()->sources().empty());
    CHECK(engine.engine().runtime().queries().list().empty());
    CHECK_FALSE(engine.log().topics().describe("s"));
    check_restart(engine);
    engine.execute(std::string(kStream) +
                   "CREATE STREAM a AS SELECT * FROM s; CREATE STREAM b AS SELECT * FROM s;"
                   "INSERT INTO a SELECT * FROM s; TERMINATE ALL; DROP STREAM a; DROP STREAM b;");
    CHECK(engine.engine().catalog()->queries().empty());
    CHECK(engine.engine().catalog()->sources().size() == 1);
    check_restart(engine);
}

TEST_CASE("the sandbox knows which queries stand in the way", "[session]") {
    EngineFixture engine;
    CHECK(refusal(engine, std::string(kStream) +
                              "CREATE STREAM a AS SELECT * FROM s; INSERT INTO a SELECT * FROM s;"
                              "DROP STREAM a;")
              .find("write into this source: [INSERTQUERY_2]") != std::string::npos);
    CHECK(refusal(engine, std::string(kStream) + "CREATE STREAM a AS SELECT * FROM s;"
                                                 "TERMINATE CSAS_A_1; PAUSE CSAS_A_1;") ==
          "Unknown queryId: CSAS_A_1");
    CHECK(refusal(engine, std::string(kStream) +
                              "SET 'millrace.query.loops.allowed'='true';"
                              "INSERT INTO s WITH (QUERY_ID='mine') SELECT * FROM s;"
                              "INSERT INTO s WITH (QUERY_ID='mine') SELECT * FROM s;") ==
          "Query ID 'MINE' already exists.");
    CHECK(engine.engine().catalog()->version() == 0);
}

TEST_CASE("a query made again under its id begins again", "[session]") {
    EngineFixture engine;
    engine.execute(std::string(kStream) +
                   "CREATE STREAM a (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='a', "
                   "VALUE_FORMAT='JSON', PARTITIONS=2);"
                   "INSERT INTO a WITH (QUERY_ID='MINE') SELECT * FROM s;"
                   "INSERT INTO s (id, v) VALUES ('k', 1);");
    engine.run();
    REQUIRE(engine.read("a").size() == 1);
    engine.execute("TERMINATE MINE; INSERT INTO a WITH (QUERY_ID='MINE') SELECT * FROM s;");
    engine.run();
    CHECK(engine.read("a").size() == 2);
    check_restart(engine);
}

TEST_CASE("a replaced query keeps its id within a script", "[session]") {
    EngineFixture engine;
    const auto entities = engine.execute(
        std::string(kStream) +
        "CREATE STREAM a AS SELECT id, v FROM s; PAUSE CSAS_A_1;"
        "CREATE OR REPLACE STREAM a AS SELECT id, v FROM s WHERE v > 1; SHOW QUERIES;");
    CHECK(body<entity::CommandStatus>(entities, 3).query_id == "CSAS_A_1");
    const auto& queries = body<entity::QueryList>(entities, 4).queries;
    REQUIRE(queries.size() == 1);
    CHECK(queries[0].status_count.count("PAUSED") == 1);
    check_restart(engine);
}

TEST_CASE("ALTER SYSTEM holds for the statements after it", "[session]") {
    EngineFixture engine;
    const auto entities =
        engine.execute("ALTER SYSTEM 'commit.interval.ms'='77'; SHOW PROPERTIES;");
    std::string shown;
    for (const auto& property : body<entity::PropertyList>(entities, 1).properties) {
        if (property.name == "ksql.streams.commit.interval.ms") shown = property.value.value_or("");
    }
    CHECK(shown == "77");
    KnownTopics topics(engine.log().topics());
    auto planning = engine.engine().planning(engine.engine().catalog(), {}, topics);
    CHECK(planning.config.get<"commit.interval.ms">() == 77);
    planning =
        engine.engine().planning(engine.engine().catalog(), {{"commit.interval.ms", "5"}}, topics);
    CHECK(planning.config.get<"commit.interval.ms">() == 5);
    check_restart(engine);
}

TEST_CASE("a topic that a script deletes may be made anew", "[session]") {
    EngineFixture engine;
    engine.execute(kStream);
    engine.execute(
        "DROP STREAM s DELETE TOPIC;"
        "CREATE STREAM s (id VARCHAR KEY) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
        "PARTITIONS=5);");
    auto topic = engine.log().topics().describe("s");
    REQUIRE(topic);
    CHECK(topic->replicas.size() == 5);
}

TEST_CASE("the limit of queries counts those of the script", "[session]") {
    EngineFixture engine(
        std::map<std::string, std::string>{{"ksql.query.persistent.active.limit", "1"}});
    CHECK(refusal(engine, std::string(kStream) +
                              "CREATE STREAM a AS SELECT * FROM s; CREATE STREAM b AS SELECT * "
                              "FROM s;")
              .find("to exceed the configured limit") != std::string::npos);
    engine.execute(std::string(kStream) +
                   "CREATE STREAM a AS SELECT * FROM s; TERMINATE CSAS_A_1;"
                   "CREATE STREAM b AS SELECT * FROM s;");
    CHECK(engine.engine().catalog()->queries().size() == 1);
}
