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

TEST_CASE("tables made by joins are pulled", "[plan][pull]") {
    Tables tables;
    tables.world.create(
        "CREATE TABLE more (id BIGINT PRIMARY KEY, of BIGINT) WITH (KAFKA_TOPIC='m', "
        "VALUE_FORMAT='JSON', PARTITIONS=1);");
    const std::string kind = GENERATE("", "LEFT ", "RIGHT ", "FULL ");
    const std::string key = kind == "FULL " ? "ROWKEY AS id" : kind == "RIGHT " ? "m.id" : "r.id";
    auto made =
        tables.world.query("CREATE TABLE joined AS SELECT " + key + ", name, of FROM raw r " +
                           kind + "JOIN more m ON r.id = m.id WHERE name <> 'x';");
    const auto plan = tables.pull("SELECT * FROM joined;");
    REQUIRE(plan.materialization->from->as<TableTableJoinStep>());
    CHECK(plan.materialization->transforms.size() >= 2);
    // So are those that an older build has planned: its plans say nothing about it.
    auto older = std::make_shared<PhysicalPlan>(*made.plan);
    older->materialization.reset();
    tables.world.plans[made.plan->query_id] = older;
    CHECK(tables.pull("SELECT * FROM joined;").materialization->store ==
          plan.materialization->store);

    tables.world.query(
        "CREATE TABLE foreign AS SELECT m.id, name FROM more m JOIN raw r ON m.of = r.id;");
    CHECK(tables.pull("SELECT * FROM foreign WHERE m_id = 1;")
              .materialization->from->as<ForeignKeyResultStep>());
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

TEST_CASE("a pull query scans a range of keys", "[plan][pull]") {
    Tables tables;
    auto range = [&](const std::string& where) {
        return tables.pull("SELECT * FROM counts WHERE " + where + ";").key_range;
    };
    CHECK(range("city >= 'b'").lower == Value("b"));
    CHECK(range("city >= 'b'").lower_inclusive);
    CHECK_FALSE(range("city >= 'b'").upper);
    CHECK(range("'b' > city AND n > 3").upper == Value("b"));
    CHECK_FALSE(range("'b' > city AND n > 3").upper_inclusive);
    CHECK(range("city BETWEEN 'b' AND 'd'").upper == Value("d"));
    CHECK_FALSE(range("city > 'b' OR n = 1").lower);
    CHECK_FALSE(range("city > 'b' OR city = 'a'").lower);
    CHECK_FALSE(tables.pull("SELECT * FROM copy WHERE id > 3;").key_range.lower);
    CHECK_FALSE(tables.pull("SELECT * FROM tumb WHERE id > 'a';").key_range.lower);
    CHECK_FALSE(tables.pull("SELECT * FROM pairs WHERE city > 'a' AND age > 3;").key_range.lower);
    tables.world.properties["ksql.query.pull.range.scan.enabled"] = "false";
    CHECK_FALSE(range("city >= 'b'").lower);
}

TEST_CASE("without table scans a pull query says why it would need one", "[plan][pull]") {
    Tables tables;
    tables.world.properties["ksql.query.pull.table.scan.enabled"] = "false";
    auto refused = [&](const std::string& table, const std::string& where, const std::string& why) {
        INFO(where);
        CHECK(tables.refusal("SELECT * FROM " + table + " WHERE " + where + ";").rfind(why, 0) ==
              0);
    };
    CHECK(tables.pull("SELECT * FROM counts WHERE city < 'b';").key_range.upper);
    const std::string scan =
        "Query requires table scan to be enabled. Table scans can be enabled by setting "
        "ksql.query.pull.table.scan.enabled=true. ";
    refused("copy", "id > 3", scan);
    refused("tumb", "id > 'a'", scan);
    refused("pairs", "city > 'a' AND age > 3", scan);
    refused("pairs", "city > 'a' OR age > 3",
            "Multi-column sources must specify every key in the WHERE clause. Specified: [CITY]");
    const std::string combined =
        "A comparison condition on the key column cannot be combined with other comparisons such "
        "as an IN predicate. ";
    refused("counts", "city > 'a' AND city < 'c'", combined);
    refused("counts", "city > 'a' OR city = 'c'", combined);
    refused("counts", "city <> 'a'", "Bound on key columns '[`CITY` STRING KEY]' must currently");
    refused("counts", "city > 'a' AND city <> 'b'", "Bound on key columns");
    refused("copy", "id + 1 = 2", "A comparison must directly reference a key column. ");
    refused("counts", "city = CAST(n AS STRING)",
            "A comparison must be between a key column and a resolvable expression. ");
    refused("counts", "'a' LIKE 'a'", "Like condition must be between strings. ");
    refused("counts", "n = 3", "WHERE clause missing key column for disjunct: (N = 3). ");
    tables.world.properties["ksql.query.pull.range.scan.enabled"] = "false";
    refused("counts", "city > 'a'", scan);
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
    CHECK(tables.refusal("SELECT ROWOFFSET, id FROM users WHERE ROWPARTITION = 1;")
              .rfind("Pull queries don't support the following columns in SELECT clauses: "
                     "`ROWOFFSET`\n",
                     0) == 0);
    CHECK(tables.refusal("SELECT name, name FROM raw WHERE id = 1;") ==
          "Duplicate value columns found in schema: `NAME` STRING");
    CHECK(tables.refusal("SELECT city, city FROM counts;") ==
          "Duplicate key columns found in schema: `CITY` STRING KEY");
    CHECK(tables.refusal("SELECT * FROM counts WHERE city = 1;") ==
          "Error in WHERE expression: Cannot compare CITY (STRING) to 1 (INTEGER) with "
          "EQUAL.\nStatement: (CITY = 1)\n"
          "Statement: (CITY = 1)\nStatement: SELECT * FROM counts WHERE city = 1;");
}

}  // namespace
}  // namespace millrace::plan
