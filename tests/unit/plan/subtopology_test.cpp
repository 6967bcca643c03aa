#include <catch2/catch.hpp>

#include "engine/plan/steps_json.h"
#include "tests/unit/plan/world.h"

namespace millrace::plan {
namespace {

World clicks() {
    World world;
    world.create(
        "CREATE STREAM clicks (user_id VARCHAR, page VARCHAR) WITH (KAFKA_TOPIC='clicks', "
        "VALUE_FORMAT='JSON', "
        "PARTITIONS=4);");
    world.create(
        "CREATE TABLE users (user_id VARCHAR PRIMARY KEY, tier VARCHAR) WITH (KAFKA_TOPIC='users', "
        "VALUE_FORMAT='JSON', PARTITIONS=2);");
    return world;
}

TEST_CASE("an aggregation is cut at its repartition topic", "[plan][subtopology]") {
    World world = clicks();
    auto planned = world.query(
        "CREATE TABLE views AS SELECT page, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 1 "
        "HOUR) GROUP BY page;");
    auto subtopologies = cut(*planned.plan, "default_");
    REQUIRE(subtopologies.size() == 2);
    const std::string prefix = "_confluent-ksql-default_query_CTAS_VIEWS_0";
    CHECK(query_prefix("default_", "CTAS_VIEWS_0") == prefix);
    CHECK(subtopologies[0].inputs[0].topic == "clicks");
    CHECK(subtopologies[0].root->as<RepartitionStep>());
    CHECK(subtopologies[0].output_topic == prefix + "-Aggregate-GroupBy-repartition");
    CHECK(subtopologies[0].stores.empty());
    CHECK(subtopologies[1].inputs[0].is_repartition);
    CHECK(subtopologies[1].inputs[0].topic == subtopologies[0].output_topic);
    CHECK(subtopologies[1].inputs[0].partitions_like == "clicks");
    CHECK(subtopologies[1].output_topic == "VIEWS");
    REQUIRE(subtopologies[1].stores.size() == 1);
    CHECK(subtopologies[1].stores[0].name == "Aggregate-Aggregate-Materialize");
    CHECK(subtopologies[1].stores[0].changelog_topic ==
          prefix + "-Aggregate-Aggregate-Materialize-changelog");
    CHECK(subtopologies[1].stores[0].windowed);
    CHECK(subtopologies[1].stores[0].retention_ms == 86'400'000);
}

TEST_CASE("a join's repartition topic takes the table's partitions", "[plan][subtopology]") {
    World world = clicks();
    auto planned = world.query(
        "CREATE STREAM e AS SELECT c.user_id AS id, tier FROM clicks c JOIN users u ON c.user_id = "
        "u.user_id;");
    auto subtopologies = cut(*planned.plan, "default_");
    REQUIRE(subtopologies.size() == 2);
    REQUIRE(subtopologies[1].inputs.size() == 2);
    CHECK(subtopologies[1].inputs[0].topic ==
          "_confluent-ksql-default_query_CSAS_E_0-Join-repartition");
    CHECK(subtopologies[1].inputs[0].partitions_like == "users");
    CHECK(subtopologies[1].inputs[1].topic == "users");
    CHECK(subtopologies[1].inputs[1].step->as<SourceStep>()->always_earliest);
    CHECK(subtopologies[1].stores[0].name == "KafkaTopic_Right-Reduce");
}

TEST_CASE("a stream-stream join's stores have Kafka Streams' numbers", "[plan][subtopology]") {
    World world = clicks();
    world.create(
        "CREATE STREAM logins (user_id VARCHAR KEY, place VARCHAR) WITH (KAFKA_TOPIC='logins', "
        "VALUE_FORMAT='JSON', PARTITIONS=8);");
    auto stores = [&](const std::string& join) {
        auto planned = world.query("SELECT page, place FROM clicks c " + join +
                                   " ON c.user_id = l.user_id EMIT CHANGES;");
        auto subtopologies = cut(*planned.plan, "default_");
        REQUIRE(subtopologies.size() == 2);
        CHECK(subtopologies[1].inputs[0].is_repartition);
        CHECK(subtopologies[1].inputs[0].partitions_like == "logins");
        std::string names;
        for (const auto& store : subtopologies[1].stores) names += store.name + " ";
        return names;
    };
    CHECK(stores("JOIN logins l WITHIN 1 HOUR") ==
          "KSTREAM-JOINTHIS-0000000012-store KSTREAM-JOINOTHER-0000000013-store ");
    CHECK(stores("RIGHT JOIN logins l WITHIN 1 HOUR GRACE PERIOD 1 MINUTE") ==
          "KSTREAM-OUTEROTHER-0000000013-store KSTREAM-JOINTHIS-0000000012-store "
          "KSTREAM-OUTERSHARED-0000000012-store ");
}

TEST_CASE("a foreign-key join is cut at its messages and at their answers", "[plan][subtopology]") {
    World world = clicks();
    world.create(
        "CREATE TABLE carts (id INT PRIMARY KEY, owner VARCHAR) WITH (KAFKA_TOPIC='carts', "
        "VALUE_FORMAT='JSON', PARTITIONS=8);");
    auto planned = world.query(
        "CREATE TABLE t AS SELECT id, tier FROM carts LEFT JOIN users u ON owner = u.user_id;");
    auto subtopologies = cut(*planned.plan, "default_");
    REQUIRE(subtopologies.size() == 3);
    CHECK(subtopologies[0].inputs[0].topic == "carts");
    CHECK(subtopologies[0].stores.at(0).name == "KafkaTopic_Left-Reduce");
    CHECK(subtopologies[1].inputs[0].topic == subtopologies[0].output_topic);
    CHECK(subtopologies[1].inputs[0].partitions_like == "users");
    CHECK(subtopologies[1].inputs[1].topic == "users");
    CHECK(subtopologies[1].stores.size() == 2);
    CHECK(subtopologies[2].inputs[0].topic == subtopologies[1].output_topic);
    CHECK(subtopologies[2].stores.size() == 1);
    CHECK(plan_to_json(plan_from_json(plan_to_json(*planned.plan))) == plan_to_json(*planned.plan));
}

TEST_CASE("a push query keeps no store unless a filter needs old rows", "[plan][subtopology]") {
    World world = clicks();
    CHECK(cut(*world.query("SELECT * FROM users EMIT CHANGES;").plan, "d")[0].stores.empty());
    CHECK(cut(*world.query("SELECT * FROM users WHERE tier = 'x' EMIT CHANGES;").plan, "d")[0]
              .stores.size() == 1);
}

}  // namespace
}  // namespace millrace::plan
