// Queries that feed themselves, and rows for tables that queries keep: refused unless asked for.
#include <catch2/catch.hpp>

#include "tests/support/engine_fixture.h"
#include "tests/support/refusal.h"

using millrace::test::EngineFixture;
using millrace::test::refusal;

namespace {

constexpr const char* kStream =
    "CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
    "PARTITIONS=1);";

}  // namespace

TEST_CASE("a loop of queries is made where the property allows it", "[session][loops]") {
    EngineFixture engine;
    engine.execute(std::string(kStream) + "CREATE STREAM m AS SELECT * FROM s;");
    const std::string loop = "INSERT INTO s SELECT * FROM m;";
    CHECK(refusal(engine, loop).find("(s -> query CSAS_M_1 -> M)") != std::string::npos);
    CHECK(engine.engine().catalog()->queries().size() == 1);
    engine.execute("SET 'millrace.query.loops.allowed'='true';" + loop);
    CHECK(engine.engine().catalog()->queries().size() == 2);
}

TEST_CASE("a query that takes a loop's place is none", "[session][loops]") {
    EngineFixture engine;
    engine.execute(std::string(kStream) +
                   "CREATE STREAM m AS SELECT * FROM s;"
                   "CREATE STREAM n AS SELECT * FROM m;"
                   "CREATE OR REPLACE STREAM m AS SELECT * FROM s WHERE v > 1;");
    CHECK(engine.engine().catalog()->queries().size() == 2);
}

TEST_CASE("a query's table takes no other rows unless the property allows it", "[session][loops]") {
    EngineFixture engine;
    engine.execute(std::string(kStream) +
                   "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;"
                   "CREATE STREAM changes (id VARCHAR KEY, n BIGINT) WITH (KAFKA_TOPIC='T', "
                   "VALUE_FORMAT='JSON');");
    for (const char* insert : {"INSERT INTO t (id, n) VALUES ('a', 1);",
                               "INSERT INTO changes (id, n) VALUES ('a', 1);"}) {
        CHECK(refusal(engine, insert).find("query CTAS_T_1 keeps a table in its topic T") !=
              std::string::npos);
        CHECK(engine.read("T").empty());
    }
    engine.execute(
        "SET 'millrace.insert.into.query.tables'='true';"
        "INSERT INTO t (id, n) VALUES ('a', 1);");
    CHECK(engine.read("T").size() == 1);
}
