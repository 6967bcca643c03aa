#include <catch2/catch.hpp>
#include <iostream>

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
    return world;
}

TEST_CASE("the clickstream's statements are planned", "[plan]") {
    World world = clicks();
    for (const char* text :
         {"CREATE STREAM mobile_clicks AS SELECT user_id, page, event_time FROM clickstream WHERE "
          "page LIKE "
          "'/mobile/%' EMIT CHANGES;",
          "CREATE TABLE hourly_page_views AS SELECT page, COUNT(*) AS views, WINDOWSTART AS "
          "window_start FROM "
          "clickstream WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY page EMIT CHANGES;",
          "CREATE STREAM enriched AS SELECT c.user_id, page, tier FROM clickstream c LEFT JOIN "
          "users u ON "
          "c.user_id = u.user_id EMIT CHANGES;",
          "CREATE TABLE visits AS SELECT user_id, COUNT(*) AS n FROM clickstream WINDOW SESSION "
          "(30 MINUTES) "
          "GROUP BY user_id EMIT CHANGES;",
          "SELECT * FROM mobile_clicks EMIT CHANGES LIMIT 5;"}) {
        auto planned = world.query(text);
        std::cout << planned.statement_text << "\n"
                  << explain_plan(*planned.plan) << explain_topology(*planned.plan, "default_")
                  << "\n";
    }
}

}  // namespace
}  // namespace millrace::plan
