#include "engine/plan/optimizer.h"

#include <catch2/catch.hpp>

#include "tests/unit/plan/world.h"

namespace millrace::plan {
namespace {

World joined() {
    World world;
    world.create(
        "CREATE STREAM clicks (user_id VARCHAR, page VARCHAR, extra VARCHAR) WITH "
        "(KAFKA_TOPIC='clicks', "
        "VALUE_FORMAT='JSON', PARTITIONS=4);");
    world.create(
        "CREATE TABLE users (user_id VARCHAR PRIMARY KEY, tier VARCHAR, extra VARCHAR) WITH "
        "(KAFKA_TOPIC='users', "
        "VALUE_FORMAT='JSON', PARTITIONS=4);");
    world.create(
        "CREATE STREAM keyed (id VARCHAR KEY, name VARCHAR) WITH (KAFKA_TOPIC='keyed', "
        "VALUE_FORMAT='JSON', "
        "PARTITIONS=2);");
    return world;
}

const char* const kJoin =
    "SELECT c.page, u.tier FROM clicks c JOIN users u ON c.user_id = u.user_id WHERE c.page = '/a' "
    "AND u.tier = 'x' "
    "EMIT CHANGES;";

TEST_CASE("conditions on the stream are tested before the join", "[plan][optimizer]") {
    World world = joined();
    CHECK(
        world.explain(kJoin) ==
        " > [ PROJECT ] | Schema: C_USER_ID STRING KEY, PAGE STRING, TIER STRING | Logger: "
        "transient_1.Project\n"
        "\t\t > [ FILTER ] | Schema: C_USER_ID STRING KEY, C_PAGE STRING, U_TIER STRING | Logger: "
        "transient_1.WhereFilter\n"
        "\t\t\t\t > [ JOIN ] | Schema: C_USER_ID STRING KEY, C_PAGE STRING, U_TIER STRING | "
        "Logger: transient_1.Join\n"
        "\t\t\t\t\t\t > [ REPARTITION ] | Schema: C_USER_ID STRING KEY, C_PAGE STRING | Logger: "
        "transient_1.Join.Repartition\n"
        "\t\t\t\t\t\t\t\t > [ PROJECT ] | Schema: C_USER_ID STRING KEY, C_PAGE STRING | Logger: "
        "transient_1.LeftSourceKeyed.Project\n"
        "\t\t\t\t\t\t\t\t\t\t > [ REKEY ] | Schema: C_USER_ID STRING KEY, C_USER_ID STRING, C_PAGE "
        "STRING | Logger: "
        "transient_1.LeftSourceKeyed\n"
        "\t\t\t\t\t\t\t\t\t\t\t\t > [ FILTER ] | Schema: C_USER_ID STRING, C_PAGE STRING | Logger: "
        "transient_1.WhereFilter\n"
        "\t\t\t\t\t\t\t\t\t\t\t\t\t\t > [ SOURCE ] | Schema: C_USER_ID STRING, C_PAGE STRING | "
        "Logger: "
        "transient_1.KafkaTopic_Left.Source\n"
        "\t\t\t\t\t\t > [ SOURCE ] | Schema: U_USER_ID STRING KEY, U_TIER STRING | Logger: "
        "transient_1.KafkaTopic_Right.Source\n");
}

TEST_CASE("each pass can be switched off by name and the result stays", "[plan][optimizer]") {
    World world = joined();
    const Schema wanted = world.query(kJoin).output;
    for (const OptimizerPass& pass : optimizer_passes()) {
        world.properties["millrace.optimizer.disabled"] = pass.name;
        INFO(pass.name);
        CHECK(world.query(kJoin).output == wanted);
    }
    world.properties["millrace.optimizer.disabled"] =
        "push_filters_down, drop_needless_rekeys,prune_columns,merge_projections";
    std::string text = world.explain(kJoin);
    CHECK(text.find("C_EXTRA") != std::string::npos);
    CHECK(text.find("REPARTITION") != std::string::npos);
}

TEST_CASE("PARTITION BY the present key is no rekey", "[plan][optimizer]") {
    World world = joined();
    CHECK(world.explain("SELECT * FROM keyed PARTITION BY id EMIT CHANGES;").find("REKEY") ==
          std::string::npos);
    CHECK(world.explain("SELECT * FROM keyed PARTITION BY name EMIT CHANGES;").find("REKEY") !=
          std::string::npos);
}

}  // namespace
}  // namespace millrace::plan
