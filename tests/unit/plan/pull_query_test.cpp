#include <catch2/catch.hpp>

#include "tests/unit/plan/world.h"

namespace millrace::plan {
namespace {

struct Tables {
    World world;
    Tables() {
        world.create(
            "CREATE STREAM users (id VARCHAR KEY, city VARCHAR, age INT) WITH (KAFKA_TOPIC='u', "
            "VALUE_FORMAT='JSON', PARTITIONS=2);");
        world.create(
            "CREATE TABLE raw (id BIGINT PRIMARY KEY, name VARCHAR) WITH (KAFKA_TOPIC='t', "
            "VALUE_FORMAT='JSON', "
            "PARTITIONS=1);");
        world.query("CREATE TABLE counts AS SELECT city, COUNT(*) AS n FROM users GROUP BY city;");
        world.query(
            "CREATE TABLE pairs WITH (FORMAT='JSON') AS SELECT city, age, COUNT(*) AS n FROM users "
            "GROUP BY city, "
            "age;");
        world.query(
            "CREATE TABLE tumb AS SELECT id, COUNT(*) AS n FROM users WINDOW TUMBLING (SIZE 30 "
            "MINUTES) GROUP BY "
            "id;");
        world.query("CREATE TABLE copy AS SELECT id, UCASE(name) AS u FROM raw WHERE id > 0;");
    }
    PullPlan pull(const std::string& text) {
        sql::Statement statement = world.parse(text);
        return plan_pull_query(
            statement.as<sql::QueryStatement>()->query, text, world.context(),
            [&](const std::string& id) { return world.plans.at(id); },
            [](const BoundPtr& bound) {
                if (bound->kind != BoundExpression::Kind::kConstant)
                    throw std::logic_error("no constant");
                return bound->constant;
            });
    }
    std::string refusal(const std::string& text) {
        try {
            pull(text);
        } catch (const StatementError& error) {
            return error.what();
        }
        return "";
    }
};

TEST_CASE("a pull query looks keys up", "[plan][pull]") {
    Tables tables;
    auto plan = tables.pull("SELECT * FROM counts WHERE city = 'c1';");
    CHECK(plan.query_id_of_table == "CTAS_COUNTS_0");
    CHECK(plan.materialization->store == "Aggregate-Aggregate-Materialize");
    REQUIRE(plan.keys.size() == 1);
    CHECK(plan.keys[0][0] == Value("c1"));
    CHECK(plan.output.key.size() == 1);
    CHECK(plan.output.value.size() == 1);
    CHECK(plan.output_is_key == std::vector<bool>{true, false});

    CHECK(tables.pull("SELECT n FROM counts WHERE city IN ('c0', 'c1', 'c0');").keys.size() == 2);
    CHECK(tables.pull("SELECT n FROM counts WHERE city = 'a' OR 'b' = city;").keys.size() == 2);
    CHECK(tables.pull("SELECT n FROM pairs WHERE age = 3 AND city = 'a';").keys[0].size() == 2);
    CHECK(tables.pull("SELECT u FROM copy WHERE id = 7;").keys[0][0] == Value(int64_t{7}));
}

TEST_CASE("a pull query scans when its WHERE names no whole key", "[plan][pull]") {
    Tables tables;
    CHECK(tables.pull("SELECT * FROM counts;").keys.empty());
    CHECK(tables.pull("SELECT * FROM counts WHERE n > 2 LIMIT 3;").keys.empty());
    CHECK(tables.pull("SELECT * FROM pairs WHERE city = 'a';").keys.empty());
    CHECK(tables.pull("SELECT * FROM counts WHERE city LIKE 'a%';").keys.empty());
    CHECK(tables.pull("SELECT * FROM counts WHERE city = 'a' OR n = 2;").keys.empty());
    tables.world.properties["ksql.query.pull.table.scan.enabled"] = "false";
    CHECK(tables.refusal("SELECT * FROM counts;")
              .rfind("Missing WHERE clause.  See https://cnfl.io/queries", 0) == 0);
    CHECK(tables.refusal("SELECT * FROM counts WHERE n > 2;")
              .rfind("WHERE clause missing key column for disjunct: (N > 2).", 0) == 0);
}

TEST_CASE("window bounds of a pull query become times", "[plan][pull]") {
    Tables tables;
    auto plan = tables.pull(
        "SELECT * FROM tumb WHERE id = 'u1' AND WINDOWSTART >= '2020-09-13T12:00:00' AND WINDOWEND "
        "< 1600009000000;");
    CHECK(plan.window_start.lower == 1599998400000);
    CHECK(plan.window_start.lower_inclusive);
    CHECK(plan.window_end.upper == 1600009000000);
    CHECK_FALSE(plan.window_end.upper_inclusive);
    CHECK(plan.output.key.size() == 3);
    CHECK(plan.output.key[1].name == "WINDOWSTART");
    CHECK(tables.refusal("SELECT * FROM tumb WHERE id='a' AND WINDOWSTART <> 3;")
              .rfind("Unsupported WINDOWSTART bounds: NOT_EQUAL", 0) == 0);
}

TEST_CASE("a stream is pulled as a bounded push query", "[plan][pull]") {
    Tables tables;
    auto plan = tables.pull("SELECT id, age FROM users WHERE age > 3;");
    REQUIRE(plan.stream_plan);
    CHECK(plan.stream_plan->kind == QueryKind::kPush);
    CHECK(plan.output.value.size() == 2);
}

TEST_CASE("wrong pull queries are refused in ksqlDB's words", "[plan][pull]") {
    Tables tables;
    const std::string more =
        " See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a "
        "push query.";
    CHECK(tables.refusal("SELECT * FROM raw WHERE id = 1;") ==
          "The `RAW` table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE "
          "QUERYABLE_RAW AS "
          "SELECT * FROM RAW'." +
              more);
    CHECK(tables.refusal("SELECT city, COUNT(*) FROM counts GROUP BY city;") ==
          "Pull queries don't support GROUP BY clauses." + more);
    CHECK(tables.refusal("SELECT * FROM counts c JOIN copy n ON c.city = n.u;") ==
          "Pull queries don't support JOIN clauses." + more);
    CHECK(tables.refusal("SELECT * FROM nope;") ==
          "Exception while preparing statement: NOPE does not exist.");
    CHECK(tables.refusal("SELECT ROWPARTITION, ROWOFFSET, city FROM counts;") ==
          "Pull queries don't support the following columns in SELECT clauses: `ROWPARTITION`, "
          "`ROWOFFSET`\n" +
              more);
    CHECK(tables.refusal("SELECT * FROM counts WHERE city = 1;") ==
          "Error in WHERE expression: Cannot compare CITY (STRING) to 1 (INTEGER) with "
          "EQUAL.\nStatement: (CITY = 1)\n"
          "Statement: (CITY = 1)\nStatement: SELECT * FROM counts WHERE city = 1;");
}

}  // namespace
}  // namespace millrace::plan
