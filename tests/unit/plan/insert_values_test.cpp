#include <catch2/catch.hpp>

#include "tests/unit/plan/world.h"

namespace millrace::plan {
namespace {

struct Target {
    World world;
    Target() {
        world.create(
            "CREATE STREAM users (id VARCHAR KEY, name VARCHAR, age INT, score DOUBLE) WITH "
            "(KAFKA_TOPIC='u', "
            "VALUE_FORMAT='JSON', PARTITIONS=1);");
        world.create(
            "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR) WITH (KAFKA_TOPIC='t', "
            "VALUE_FORMAT='JSON', "
            "PARTITIONS=1);");
    }
    PlannedInsert insert(const std::string& text) {
        sql::Statement statement = world.parse(text);
        return plan_insert_values(
            *statement.as<sql::InsertValues>(), world.context(),
            [](const BoundPtr&) -> Value { throw std::logic_error("not a constant"); });
    }
};

TEST_CASE("INSERT VALUES puts values in column order", "[plan][insert]") {
    Target target;
    auto planned =
        target.insert("INSERT INTO users (rowtime, age, id) VALUES (1600000000000, 21, 'u1');");
    CHECK(planned.timestamp_ms == 1600000000000);
    CHECK(planned.key[0] == Value("u1"));
    CHECK(planned.value[0].is_null());
    CHECK(planned.value[1] == Value(int32_t{21}));
    planned = target.insert("INSERT INTO users VALUES ('u9', 'nine', 9, 1);");
    CHECK(planned.value[2] == Value(1.0));
    CHECK_FALSE(planned.timestamp_ms);
}

TEST_CASE("INSERT VALUES is refused in ksqlDB's words", "[plan][insert]") {
    Target target;
    const std::string failed = "Failed to insert values into 'USERS'. ";
    CHECK_THROWS_WITH(target.insert("INSERT INTO users (age) VALUES (TRUE);"),
                      failed + "Expected type INTEGER for field `AGE` but got BOOLEAN(true)");
    CHECK_THROWS_WITH(target.insert("INSERT INTO users (nope) VALUES (1);"),
                      failed + "Column name `NOPE` does not exist.");
    CHECK_THROWS_WITH(target.insert("INSERT INTO users VALUES ('a');"),
                      failed + "Expected a value for each column. Expected Columns: []. Got ['a']");
    CHECK_THROWS_WITH(target.insert("INSERT INTO users (id, age) VALUES ('a');"),
                      failed +
                          "Expected a value for each column. Expected Columns: [`ID`, `AGE`]. "
                          "Got ['a']");
    CHECK_THROWS_WITH(target.insert("INSERT INTO nope VALUES (1);"),
                      "Cannot insert values into an unknown stream/table: `NOPE`");
    CHECK_THROWS_WITH(target.insert("INSERT INTO t (name) VALUES ('x');"),
                      "Failed to insert values into 'T'. Value for primary key column(s) ID is "
                      "required for tables");
}

TEST_CASE("a table's row needs a key, a stream's does not", "[plan][insert]") {
    Target target;
    const char* refused =
        "Failed to insert values into 'T'. Value for primary key column(s) ID is required for "
        "tables";
    CHECK_THROWS_WITH(target.insert("INSERT INTO t VALUES (NULL, 'x');"), refused);
    CHECK_THROWS_WITH(target.insert("INSERT INTO t (name, id) VALUES ('x', NULL);"), refused);
    CHECK(target.insert("INSERT INTO users VALUES (NULL, 'x', 1, 1);").key[0].is_null());
    target.world.create(
        "CREATE TABLE two (a INT PRIMARY KEY, b INT PRIMARY KEY, c INT) WITH (KAFKA_TOPIC='two', "
        "FORMAT='JSON', PARTITIONS=1);");
    CHECK(target.insert("INSERT INTO two VALUES (NULL, NULL, 1);").key[0].is_null());
    CHECK_THROWS_WITH(target.insert("INSERT INTO two (a, c) VALUES (1, 1);"),
                      "Failed to insert values into 'TWO'. Value for primary key column(s) A, B is "
                      "required for tables");
}

}  // namespace
}  // namespace millrace::plan
