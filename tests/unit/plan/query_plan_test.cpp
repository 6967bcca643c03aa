#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <set>

#include "engine/base/damaged.h"
#include "engine/plan/check_plan.h"
#include "engine/plan/steps_json.h"
#include "tests/unit/plan/world.h"

namespace millrace::plan {
namespace {

World clicks() {
    World world;
    world.create(
        "CREATE STREAM clickstream (user_id VARCHAR, page VARCHAR, event_time BIGINT) WITH "
        "(KAFKA_TOPIC='raw_clicks', VALUE_FORMAT='JSON', TIMESTAMP='event_time', PARTITIONS=4);");
    world.create(
        "CREATE TABLE users (user_id VARCHAR PRIMARY KEY, region VARCHAR, tier VARCHAR) WITH "
        "(KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=4);");
    world.create(
        "CREATE STREAM keyed (id VARCHAR KEY, name VARCHAR, age INT, addr STRUCT<street VARCHAR, "
        "zip INT>) WITH "
        "(KAFKA_TOPIC='keyed', VALUE_FORMAT='JSON', PARTITIONS=2);");
    return world;
}

const char* const kJob[] = {
    "CREATE STREAM mobile_clicks AS SELECT user_id, page, event_time FROM clickstream WHERE page "
    "LIKE '/mobile/%' "
    "EMIT CHANGES;",
    "CREATE TABLE hourly_page_views AS SELECT page, COUNT(*) AS views, WINDOWSTART AS window_start "
    "FROM clickstream "
    "WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY page EMIT CHANGES;",
    "CREATE STREAM enriched AS SELECT c.user_id, page, tier FROM clickstream c LEFT JOIN users u "
    "ON c.user_id = "
    "u.user_id EMIT CHANGES;",
    "CREATE TABLE visits AS SELECT user_id, COUNT(*) AS n FROM clickstream WINDOW SESSION (30 "
    "MINUTES) GROUP BY "
    "user_id EMIT CHANGES;",
    "SELECT * FROM mobile_clicks EMIT CHANGES LIMIT 5;",
};

const char* const kMore[] = {
    "CREATE STREAM by_name AS SELECT * FROM keyed PARTITION BY name;",
    "CREATE STREAM no_key AS SELECT * FROM keyed PARTITION BY NULL;",
    "CREATE STREAM exploded AS SELECT id, EXPLODE(ARRAY[1, 2, 3]) AS e FROM keyed;",
    "CREATE TABLE stats AS SELECT id, COUNT(*) AS n, SUM(age + 1) AS s, AVG(age) AS a FROM keyed "
    "GROUP BY id HAVING "
    "COUNT(*) > 2;",
    "CREATE TABLE streets AS SELECT addr->street AS street, MAX(age) AS oldest FROM keyed GROUP BY "
    "addr->street;",
    "CREATE TABLE regions AS SELECT user_id, UCASE(region) AS r FROM users WHERE tier = 'gold';",
    "SELECT id, age * 2 AS d, ROWTIME FROM keyed WHERE age > 22 EMIT CHANGES LIMIT 2;",
    "SELECT c.user_id, c.ROWTIME AS t, u.ROWTIME AS ut FROM clickstream c JOIN users u ON "
    "c.user_id = u.user_id WHERE "
    "c.page = '/a' AND u.tier = 'x' EMIT CHANGES;",
};

TEST_CASE("plans read back from JSON are the same", "[plan][json]") {
    World world = clicks();
    auto check = [&](const char* text) {
        INFO(text);
        auto planned = world.query(text);
        std::string json = plan_to_json(*planned.plan);
        PhysicalPlan again = plan_from_json(json);
        CHECK(plan_to_json(again) == json);
        CHECK(explain_plan(again) == explain_plan(*planned.plan));
        CHECK(explain_topology(again, "default_") == explain_topology(*planned.plan, "default_"));
        CHECK(again.materialization.has_value() == planned.plan->materialization.has_value());
    };
    for (const char* text : kJob) check(text);
    for (const char* text : kMore) check(text);
    CHECK_THROWS_AS(plan_from_json("{}"), DamagedBytes);
    CHECK_THROWS_AS(plan_from_json("{\"version\":99}"), StatementError);
}

TEST_CASE("stored plans are written again as they were", "[plan][json]") {
    // One plan a line, written by the first server with this version. They hold every kind of step
    // and every field; a line is never changed.
    std::ifstream file("tests/unit/plan/stored/version_1.jsonl");
    std::set<size_t> kinds;
    for (std::string line; std::getline(file, line);) {
        INFO(line);
        const PhysicalPlan plan = plan_from_json(line);
        CHECK(plan_to_json(plan) == line);
        CHECK_NOTHROW(check_plan(plan, FunctionRegistry::builtin(), Config()));
        std::function<void(const StepPtr&)> note = [&](const StepPtr& step) {
            kinds.insert(step->node.index());
            for (const StepPtr& input : step->inputs) note(input);
        };
        note(plan.root);
    }
    CHECK(kinds.size() == std::variant_size_v<Step::Node>);
}

TEST_CASE("a plan that makes no sense is refused", "[plan][json]") {
    std::ifstream file("tests/unit/plan/stored/version_1.jsonl");
    std::string line;
    REQUIRE(std::getline(file, line));
    auto refused = [&](const std::string& what, const std::string& with) {
        const size_t at = line.find(what);
        REQUIRE(at != std::string::npos);
        const std::string changed = std::string(line).replace(at, what.size(), with);
        CHECK_THROWS_AS(plan_from_json(changed), DamagedBytes);
    };
    refused("\"type\":\"sink\"", "\"type\":\"drain\"");
    refused("\"kind\":\"persistent\"", "\"kind\":\"eternal\"");
    refused("\"inputs\":[", "\"outputs\":[");
    refused("\"isTable\":", "\"isChair\":");
    refused("\"sources\":[", "\"sources\":[[]],\"others\":[");
    refused("\"from\":2", "\"from\":99");
    refused("\"sizeMs\":1000", "\"sizeMs\":1e300");
    refused("\"sizeMs\":1000", "\"sizeMs\":99999999999999999999");
    refused("\"sources\":[", "\"sources\":[],\"others\":" + std::string(1100, '[') +
                                 std::string(1100, ']') + ",\"more\":[");
}

TEST_CASE("a filter reads only the columns that it and its SELECT name", "[plan]") {
    World world = clicks();
    CHECK(
        world.explain("SELECT id FROM keyed WHERE age > 3 EMIT CHANGES;") ==
        " > [ PROJECT ] | Schema: ID STRING KEY, ID STRING | Logger: transient_1.Project\n"
        "\t\t > [ FILTER ] | Schema: ID STRING KEY, AGE INTEGER | Logger: transient_1.WhereFilter\n"
        "\t\t\t\t > [ SOURCE ] | Schema: ID STRING KEY, AGE INTEGER | Logger: "
        "transient_1.KsqlTopic.Source\n");
}

TEST_CASE("grouping by the key needs no repartition, grouping by another column does", "[plan]") {
    World world = clicks();
    auto has_repartition = [&](const std::string& text) {
        return world.explain(text).find("REPARTITION") != std::string::npos;
    };
    CHECK_FALSE(
        has_repartition("CREATE TABLE a AS SELECT id, COUNT(*) AS n FROM keyed GROUP BY id;"));
    CHECK(
        has_repartition("CREATE TABLE b AS SELECT name, COUNT(*) AS n FROM keyed GROUP BY name;"));
    CHECK(
        has_repartition("CREATE TABLE c WITH (KEY_FORMAT='JSON') AS SELECT id, name, COUNT(*) AS n "
                        "FROM keyed GROUP "
                        "BY id, name;"));
}

TEST_CASE("a sink takes names, partitions and formats from its source", "[plan]") {
    World world = clicks();
    auto planned = world.query(kJob[1]);
    CHECK(planned.plan->query_id == "CTAS_HOURLY_PAGE_VIEWS_0");
    CHECK(planned.sink->schema.to_string() ==
          "`PAGE` STRING KEY, `VIEWS` BIGINT, `WINDOW_START` BIGINT");
    CHECK(planned.sink->window == WindowType::kTumbling);
    CHECK(planned.sink->window_size_ms == 3'600'000);
    CHECK(planned.sink->key_format.name == "KAFKA");
    CHECK(planned.sink->value_format.name == "JSON");
    CHECK(planned.sink_topic->name == "HOURLY_PAGE_VIEWS");
    CHECK(planned.sink_topic->partitions == 4);
    CHECK(planned.sink_topic->settings.at("cleanup.policy") == "compact,delete");
    CHECK(planned.plan->materialization->store == "Aggregate-Aggregate-Materialize");
    CHECK(planned.plan->materialization->transforms.size() == 1);
    auto no_key = world.query(kMore[1]);
    CHECK(no_key.sink->key_format.name == "NONE");
    CHECK(
        no_key.sink->schema.to_string() ==
        "`NAME` STRING, `AGE` INTEGER, `ADDR` STRUCT<`STREET` STRING, `ZIP` INTEGER>, `ID` STRING");
}

TEST_CASE("windows have ksqlDB's grace and retention", "[plan]") {
    World world = clicks();
    auto spec = [&](const std::string& window) {
        auto planned = world.query("SELECT page, COUNT(*) AS n FROM clickstream WINDOW " + window +
                                   " GROUP BY page EMIT CHANGES;");
        StepPtr at = planned.plan->root;
        while (!at->as<AggregateStep>()) at = at->inputs[0];
        return *at->as<AggregateStep>()->window;
    };
    CHECK(spec("TUMBLING (SIZE 1 HOUR)").grace_ms == 23 * 3'600'000);
    CHECK(spec("TUMBLING (SIZE 1 HOUR)").retention_ms == 24 * 3'600'000);
    CHECK(spec("TUMBLING (SIZE 1 HOUR, GRACE PERIOD 1 MINUTE)").retention_ms == 3'660'000);
    CHECK(spec("HOPPING (SIZE 30 SECONDS, ADVANCE BY 10 SECONDS)").advance_ms == 10'000);
    CHECK(spec("SESSION (30 MINUTES)").size_ms == 1'800'000);
    CHECK(spec("TUMBLING (SIZE 2 DAYS)").grace_ms == 0);
}

TEST_CASE("a join keys the stream by the table's key and keeps the projection's names",
          "[plan][join]") {
    World world = clicks();
    auto planned = world.query(kJob[2]);
    CHECK(planned.sink->schema.to_string() ==
          "`C_USER_ID` STRING KEY, `PAGE` STRING, `TIER` STRING");
    // The table's key may stand for the join's.
    auto by_table = world.query(
        "CREATE STREAM e2 AS SELECT u.user_id AS id, page FROM clickstream c JOIN users u ON "
        "c.user_id = u.user_id;");
    CHECK(by_table.sink->schema.to_string() == "`ID` STRING KEY, `PAGE` STRING");
    auto star = world.query(
        "SELECT * FROM clickstream c JOIN users u ON c.user_id = u.user_id EMIT CHANGES;");
    CHECK(star.output.to_string() ==
          "`C_USER_ID` STRING, `C_PAGE` STRING, `C_EVENT_TIME` BIGINT, `U_USER_ID` STRING, "
          "`U_REGION` STRING, `U_TIER` "
          "STRING");
}

TEST_CASE("SELECT items without alias get ksqlDB's names", "[plan]") {
    World world = clicks();
    auto names = [&](const std::string& select) {
        std::string out;
        for (const auto& f :
             world.query("SELECT " + select + " FROM keyed EMIT CHANGES;").output.value) {
            out += (out.empty() ? "" : ",") + f.name;
        }
        return out;
    };
    CHECK(names("age + 1, UCASE(name), age") == "KSQL_COL_0,KSQL_COL_1,AGE");
    CHECK(names("addr->street") == "STREET");
    CHECK(names("addr->*") == "STREET,ZIP");
    CHECK(names("*") == "ID,NAME,AGE,ADDR");
}

TEST_CASE("INSERT INTO takes the target's topic and casts to its types", "[plan]") {
    World world = clicks();
    world.create(
        "CREATE STREAM target (id VARCHAR KEY, age BIGINT) WITH (KAFKA_TOPIC='target', "
        "VALUE_FORMAT='DELIMITED', "
        "PARTITIONS=2);");
    auto planned = world.query("INSERT INTO target SELECT id, age FROM keyed;");
    CHECK(planned.plan->query_id == "INSERTQUERY_0");
    CHECK(planned.plan->sink_name == "TARGET");
    CHECK(planned.plan->root->as<SinkStep>()->value_format.name == "DELIMITED");
    CHECK(planned.plan->root->schema.value[0].type->is(BaseType::kBigint));
    CHECK(world.query("INSERT INTO target WITH (QUERY_ID='my_insert') SELECT id, age FROM keyed;")
              .plan->query_id == "MY_INSERT");
    CHECK(world.refusal("INSERT INTO target SELECT id, name FROM keyed;") ==
          "Incompatible schema between results and sink.\nResult schema is `ID` STRING KEY, `NAME` "
          "STRING\nSink schema "
          "is `ID` STRING KEY, `AGE` BIGINT");
}

}  // namespace
}  // namespace millrace::plan
