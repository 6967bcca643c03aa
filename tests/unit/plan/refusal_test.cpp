#include <catch2/catch.hpp>

#include "tests/unit/plan/world.h"

namespace millrace::plan {
namespace {

World users() {
    World world;
    world.create(
        "CREATE STREAM users_s (id VARCHAR KEY, name VARCHAR, age INT, city VARCHAR) WITH "
        "(KAFKA_TOPIC='users_s', "
        "VALUE_FORMAT='JSON', PARTITIONS=2);");
    world.create(
        "CREATE TABLE users_t (id BIGINT PRIMARY KEY, name VARCHAR) WITH (KAFKA_TOPIC='users_t', "
        "VALUE_FORMAT='JSON', PARTITIONS=1);");
    world.query("CREATE TABLE names AS SELECT id, MAX(age) AS age FROM users_s GROUP BY id;");
    world.query("CREATE STREAM adults AS SELECT id, name, age FROM users_s WHERE age >= 25;");
    return world;
}

const std::string kSchema = "Could not determine output schema for query due to error: ";

TEST_CASE("wrong queries are refused in ksqlDB's words", "[plan]") {
    World world = users();
    auto refused = [&](const std::string& select, const char* kind = "STREAM") {
        return world.refusal(std::string("CREATE ") + kind + " a AS SELECT " + select + ";");
    };
    CHECK(refused("nope FROM users_s") ==
          kSchema + "Line: 1, Col: 27: SELECT column 'NOPE' cannot be resolved.");
    CHECK(refused("* FROM nope") == "Exception while preparing statement: NOPE does not exist.");
    CHECK(refused("id, COUNT(*) FROM users_s GROUP BY id") ==
          kSchema +
              "Invalid result type. Your SELECT query produces a TABLE. Please use CREATE TABLE AS "
              "SELECT statement "
              "instead.\nStatement: CREATE STREAM A WITH (CLEANUP_POLICY='delete', "
              "KAFKA_TOPIC='A', PARTITIONS=2, "
              "REPLICAS=1, RETENTION_MS=604800000) AS SELECT\n  USERS_S.ID ID,\n  COUNT(*) "
              "KSQL_COL_0\nFROM USERS_S "
              "USERS_S\nGROUP BY USERS_S.ID\nEMIT CHANGES;");
    CHECK(refused("id, name, COUNT(*) FROM users_s GROUP BY id", "TABLE") ==
          kSchema +
              "Non-aggregate SELECT expression(s) not part of GROUP BY: NAME\nEither add the "
              "column(s) to the GROUP BY "
              "or remove them from the SELECT.");
    CHECK(refused("name FROM users_s") ==
          kSchema +
              "Key missing from projection (ie, SELECT). \nThe query used to build `A` must "
              "include the key column ID in "
              "its projection (eg, SELECT ID...).");
    CHECK(refused("* FROM users_s s JOIN adults a ON s.id = a.id") ==
          kSchema +
              "Stream-Stream joins must have a WITHIN clause specified. None was provided. To "
              "learn about how to specify "
              "a WITHIN clause with a stream-stream join, please visit: "
              "https://docs.confluent.io/current/ksql/docs/"
              "syntax-reference.html#create-stream-as-select");
    CHECK(refused("* FROM users_s s JOIN names n ON s.age = n.age") ==
          kSchema +
              "Invalid join condition: stream-table joins require to join on the table's primary "
              "key. Got S.AGE = "
              "N.AGE.");
    CHECK(refused("* FROM users_s WHERE age") ==
          kSchema +
              "Type error in WHERE expression: Should evaluate to boolean but is AGE (INTEGER) "
              "instead.\nStatement: AGE");
    CHECK(refused("* FROM users_s WHERE age = 'x'") ==
          kSchema +
              "Error in WHERE expression: Cannot compare AGE (INTEGER) to 'x' (STRING) with "
              "EQUAL.\nStatement: (AGE = "
              "'x')\nStatement: (AGE = 'x')");
    CHECK(refused("id, id FROM users_s") ==
          kSchema + "Duplicate key columns found in schema: `ID` STRING KEY");
    CHECK(refused("id, COUNT(*) AS n FROM users_s WINDOW TUMBLING (SIZE 0 SECONDS) GROUP BY id",
                  "TABLE") == kSchema + "Size must be positive");
    CHECK(refused("id, COUNT(*) AS n FROM users_s GROUP BY id HAVING nope > 1", "TABLE") ==
          kSchema + "Line: 1, Col: 76: HAVING column 'NOPE' cannot be resolved.");
    CHECK(refused("id, COUNT(*) AS n FROM users_s GROUP BY id EMIT FINAL", "TABLE") ==
          kSchema + "EMIT FINAL is only supported for windowed aggregations.");
    CHECK(refused("id, name, city FROM users_s LIMIT 3") ==
          "Failed to prepare statement: CREATE STREAM AS SELECT statements don't support LIMIT "
          "clause.");
}

TEST_CASE("INSERT INTO a wrong target is refused in ksqlDB's words", "[plan]") {
    World world = users();
    CHECK(world.refusal("INSERT INTO names SELECT id FROM users_s;") ==
          "Exception while preparing statement: INSERT INTO can only be used to insert into a "
          "stream. NAMES is a table.");
    CHECK(world.refusal("INSERT INTO nope SELECT * FROM users_s;")
              .find("Source `NOPE` does not exist.") != std::string::npos);
    CHECK(world.refusal(
              "INSERT INTO adults WITH (QUERY_ID='csas_x') SELECT id, name, age FROM users_s;") ==
          "Query IDs must not start with a reserved query ID prefix (INSERTQUERY_, CTAS_, CSAS_, "
          "CST_). Got 'CSAS_X'.");
}

}  // namespace
}  // namespace millrace::plan
