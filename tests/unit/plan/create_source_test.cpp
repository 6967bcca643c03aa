#include <catch2/catch.hpp>

#include "tests/unit/plan/world.h"

namespace millrace::plan {
namespace {

TEST_CASE("a stream's topic is asked for as its WITH clause says", "[plan][source]") {
    World world;
    auto planned = world.create(
        "CREATE STREAM clicks (user_id VARCHAR KEY, page VARCHAR, event_time BIGINT) WITH "
        "(KAFKA_TOPIC='raw', "
        "VALUE_FORMAT='JSON', PARTITIONS=4, REPLICAS=2, RETENTION_MS=1000, "
        "TIMESTAMP='event_time');");
    CHECK(planned.topic.name == "raw");
    CHECK(planned.topic.partitions == 4);
    CHECK(planned.topic.replicas == 2);
    CHECK_FALSE(planned.topic.must_exist);
    CHECK(planned.topic.settings.at("cleanup.policy") == "delete");
    CHECK(planned.topic.settings.at("retention.ms") == "1000");
    CHECK(planned.source->timestamp->column == "EVENT_TIME");
    CHECK(planned.source->key_format.name == "KAFKA");
    CHECK(planned.statement_text ==
          "CREATE STREAM CLICKS (USER_ID STRING KEY, PAGE STRING, EVENT_TIME BIGINT) WITH "
          "(CLEANUP_POLICY='delete', "
          "KAFKA_TOPIC='raw', KEY_FORMAT='KAFKA', PARTITIONS=4, REPLICAS=2, RETENTION_MS=1000, "
          "TIMESTAMP='event_time', VALUE_FORMAT='JSON');");
}

TEST_CASE("a stream on an existing topic needs no partitions", "[plan][source]") {
    World world;
    world.topics["raw"] = 3;
    auto planned =
        world.create("CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='raw', VALUE_FORMAT='JSON');");
    CHECK(planned.topic.must_exist);
    CHECK(planned.topic.partitions == 3);
}

TEST_CASE("a windowed source carries its window", "[plan][source]") {
    World world;
    auto planned = world.create(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', "
        "PARTITIONS=1, "
        "WINDOW_TYPE='HOPPING', WINDOW_SIZE='1 HOUR');");
    CHECK(planned.source->window == WindowType::kHopping);
    CHECK(planned.source->window_size_ms == 3'600'000);
    CHECK(planned.topic.settings.at("cleanup.policy") == "compact,delete");
}

TEST_CASE("a source table brings the query that keeps its rows", "[plan][source]") {
    World world;
    world.topics["users"] = 1;
    world.next_query = 9;
    auto planned = world.create(
        "CREATE SOURCE TABLE u (id BIGINT PRIMARY KEY, name VARCHAR) WITH (KAFKA_TOPIC='users', "
        "VALUE_FORMAT='JSON');");
    REQUIRE(planned.query);
    CHECK(planned.query->query_id == "CST_U_9");
    CHECK(planned.query->materialization->store == "KsqlTopic-Reduce");
    CHECK(planned.source->created_by == "CST_U_9");
}

TEST_CASE("a replaced source may only grow at its end", "[plan][source]") {
    World world;
    const std::string with = " WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);";
    world.create("CREATE STREAM s (id VARCHAR KEY, name VARCHAR, age INT)" + with);
    CHECK(world.refusal("CREATE STREAM s (id VARCHAR KEY)" + with) ==
          "Cannot add stream 'S': A stream with the same name already exists");
    CHECK(world.refusal("CREATE OR REPLACE STREAM s (id VARCHAR KEY, name INT)" + with) ==
          "Cannot upgrade data source: DataSource '`S`' has schema = `ID` STRING KEY, `NAME` "
          "STRING, `AGE` INTEGER "
          "which is not upgradeable to `ID` STRING KEY, `NAME` INTEGER. (The following columns are "
          "changed, missing "
          "or reordered: [`NAME` STRING, `AGE` INTEGER])");
    CHECK(world.refusal(
              "CREATE OR REPLACE STREAM s (id VARCHAR KEY, name VARCHAR, age INT, c INT)" + with) ==
          "");
    CHECK(world.catalog->find_source("S")->schema.value.size() == 3);
}

TEST_CASE("ALTER adds columns", "[plan][source]") {
    World world;
    world.create(
        "CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);");
    auto alter = [&](const std::string& text) {
        sql::Statement statement = world.parse(text);
        return plan_alter_source(*statement.as<sql::AlterSource>(), world.context());
    };
    CHECK(alter("ALTER STREAM s ADD COLUMN b DOUBLE, ADD COLUMN c ARRAY<VARCHAR>;")
              ->schema.value.size() == 3);
    CHECK_THROWS_WITH(
        alter("ALTER STREAM s ADD COLUMN a INT;"),
        "Cannot add column `A` to schema. A column with the same name already exists.");
    CHECK_THROWS_WITH(alter("ALTER STREAM nope ADD COLUMN a INT;"), "Source NOPE does not exist.");
}

TEST_CASE("a refused source is shown with the clean-up policy its topic would have",
          "[plan][source]") {
    World world;
    const auto shown = [&](const std::string& with) {
        try {
            world.create("CREATE STREAM a (x INT) WITH (KAFKA_TOPIC='a', PARTITIONS=1, " + with +
                         ");");
        } catch (const StatementError& error) {
            return error.statement_text();
        }
        return std::string();
    };
    const std::string policy = "CLEANUP_POLICY='delete'";
    CHECK(shown("VALUE_FORMAT='JSON', TIMESTAMP='nope'").find(policy) != std::string::npos);
    // Formats are looked at before.
    for (const char* with : {"VALUE_FORMAT='XML'", "VALUE_FORMAT='JSON', VALUE_DELIMITER=','"}) {
        CHECK_FALSE(shown(with).empty());
        CHECK(shown(with).find(policy) == std::string::npos);
    }
}

TEST_CASE("wrong sources are refused in ksqlDB's words", "[plan][source]") {
    World world;
    auto refused = [&](const std::string& columns, const std::string& with,
                       const char* kind = "STREAM") {
        return world.refusal(std::string("CREATE ") + kind + " a " + columns + " WITH (" + with +
                             ");");
    };
    const std::string json = "KAFKA_TOPIC='a', VALUE_FORMAT='JSON', PARTITIONS=1";
    CHECK(refused("(x INT)", "VALUE_FORMAT='JSON'") ==
          "Failed to prepare statement: Missing required property \"KAFKA_TOPIC\" which has no "
          "default value.");
    CHECK(refused("(x INT)", "KAFKA_TOPIC='a'") ==
          "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide "
          "one or set a "
          "default via the 'ksql.persistence.default.format.value' config.");
    CHECK(refused("(x INT)", "KAFKA_TOPIC='zzz', VALUE_FORMAT='JSON'") ==
          "Topic 'zzz' does not exist. If you want to create a new topic for the stream/table "
          "please re-run the "
          "statement providing the required 'PARTITIONS' configuration in the WITH clause (and "
          "optionally "
          "'REPLICAS'). For example: CREATE STREAM A (X INTEGER) WITH (KAFKA_TOPIC='zzz', "
          "KEY_FORMAT='KAFKA', "
          "PARTITIONS=2, VALUE_FORMAT='JSON');");
    CHECK(refused("(x INT)", "KAFKA_TOPIC='a', VALUE_FORMAT='XML', PARTITIONS=1") ==
          "Unknown format: XML");
    CHECK(refused("(x INT)", json + ", NOPE='1'") ==
          "Failed to prepare statement: Invalid config variable(s) in the WITH clause: NOPE");
    CHECK(refused("(x INT PRIMARY KEY)", json) ==
          "Line: 1, Col: 18: Column `X` is a 'PRIMARY KEY' column: please use 'KEY' for streams.\n"
          "Tables have PRIMARY KEYs, which are unique and NON NULL.\n"
          "Streams have KEYs, which have no uniqueness or NON NULL constraints.");
    CHECK(refused("(x INT)", json, "TABLE") ==
          "Tables require a PRIMARY KEY. Please define the PRIMARY KEY.");
    CHECK(refused("(x INT, x INT)", json) ==
          "Failed to prepare statement: Duplicate column names: `X`");
    CHECK(refused("(rowtime INT)", json) ==
          "'ROWTIME' is a reserved column name. You cannot use it as a name for a column.");
    CHECK(refused("(k ARRAY<INT> KEY, v INT)", json) ==
          "Key format does not support schema.\nformat: KAFKA\nschema: Persistence{columns=[`K` "
          "ARRAY<INTEGER> KEY], "
          "features=[]}\nreason: The 'KAFKA' format does not support type 'ARRAY'");
    CHECK(refused("(x INT)", json + ", TIMESTAMP='nope'") ==
          "The TIMESTAMP column set in the WITH clause does not exist in the schema: 'NOPE'");
    CHECK(refused("(x INT)", json + ", WINDOW_TYPE='TUMBLING'") ==
          "Failed to prepare statement: TUMBLING windows require 'WINDOW_SIZE' to be provided in "
          "the WITH clause. "
          "For example: 'WINDOW_SIZE'='10 SECONDS'");
    world.topics["raw"] = 1;
    for (const char* topic : {"raw", "new"}) {
        // Of a topic that is there, too.
        const std::string on = std::string("KAFKA_TOPIC='") + topic + "', VALUE_FORMAT='JSON', ";
        for (const std::string number : {"-1", "0", "10001", "2147483647"}) {
            CHECK(refused("(x INT)", on + "PARTITIONS=" + number) ==
                  "Failed to prepare statement: Invalid value " + number +
                      " for configuration PARTITIONS: Value must be from 1 to 10000");
        }
        for (const std::string number : {"-1", "0"}) {
            CHECK(refused("(x INT)", on + "PARTITIONS=1, REPLICAS=" + number) ==
                  "Failed to prepare statement: Invalid value " + number +
                      " for configuration REPLICAS: Value must be from 1 to 32767");
        }
        CHECK(refused("(x INT)", on + "PARTITIONS=1, RETENTION_MS=-2") ==
              "Failed to prepare statement: Invalid value -2 for configuration RETENTION_MS: Value "
              "must be from -1 to 9223372036854775807");
        CHECK(refused("(x INT)", on + "PARTITIONS=1, VALUE_SCHEMA_ID=0") ==
              "Failed to prepare statement: Invalid value 0 for configuration VALUE_SCHEMA_ID: "
              "Value must be from 1 to 2147483647");
    }
    CHECK(refused("(x ARRAY<INT>)", "KAFKA_TOPIC='a', VALUE_FORMAT='DELIMITED', PARTITIONS=1") ==
          "Value format does not support schema.\nformat: DELIMITED\nschema: "
          "Persistence{columns=[`X` "
          "ARRAY<INTEGER>], features=[]}\nreason: The 'DELIMITED' format does not support type "
          "'ARRAY', column: `X`");
    CHECK(refused("(x INT)", json + ", VALUE_DELIMITER=','") ==
          "JSON does not support the following configs: [delimiter]");
    CHECK(
        refused("(x INT)", "KAFKA_TOPIC='a', FORMAT='AVRO', PARTITIONS=1") ==
        "Cannot create topic 'a' with format AVRO without configuring 'ksql.schema.registry.url'");
}

}  // namespace
}  // namespace millrace::plan
