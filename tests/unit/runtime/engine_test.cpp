#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/engine_fixture.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

constexpr const char* kJob = R"(
CREATE STREAM clickstream (user_id VARCHAR, page VARCHAR, event_time BIGINT)
  WITH (KAFKA_TOPIC='raw_clicks', VALUE_FORMAT='JSON', TIMESTAMP='event_time', PARTITIONS=4);
CREATE STREAM mobile_clicks AS SELECT user_id, page, event_time FROM clickstream
  WHERE page LIKE '/mobile/%' EMIT CHANGES;
CREATE TABLE hourly_page_views AS SELECT page, COUNT(*) AS views, WINDOWSTART AS window_start
  FROM clickstream WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY page EMIT CHANGES;
CREATE TABLE users (user_id VARCHAR PRIMARY KEY, region VARCHAR, tier VARCHAR)
  WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=4);
CREATE STREAM enriched AS SELECT c.user_id, page, tier FROM clickstream c
  LEFT JOIN users u ON c.user_id = u.user_id EMIT CHANGES;
CREATE TABLE visits AS SELECT user_id, COUNT(*) AS n FROM clickstream
  WINDOW SESSION (30 MINUTES) GROUP BY user_id EMIT CHANGES;
)";

constexpr int64_t kBase = 1700000000000 - 1700000000000 % 3600000;

std::string click(int user, const std::string& page, int64_t time) {
    return "{\"user_id\":\"user_" + std::to_string(user) + "\",\"page\":\"" + page +
           "\",\"event_time\":" + std::to_string(time) + "}";
}

void feed(EngineFixture& engine, int from, int to) {
    for (int i = from; i < to; ++i) {
        engine.produce("raw_clicks",
                       click(i % 5, i % 4 == 0 ? "/mobile/a" : "/home", kBase + i * 1000), 0);
    }
}

/// Latest value by key bytes; null values take the key away.
std::map<std::string, std::string> table(const std::vector<test::ReadRecord>& records) {
    std::map<std::string, std::string> latest;
    for (const auto& record : records) {
        if (record.value) {
            latest[*record.key] = *record.value;
        } else {
            latest.erase(*record.key);
        }
    }
    return latest;
}

void check_results(EngineFixture& engine, int clicks) {
    auto mobile = engine.read("MOBILE_CLICKS");
    CHECK(mobile.size() == static_cast<size_t>((clicks + 3) / 4));
    for (const auto& record : mobile) {
        CHECK(record.value->find("\"PAGE\":\"/mobile/a\"") != std::string::npos);
    }
    auto views = table(engine.read("HOURLY_PAGE_VIEWS"));
    CHECK(views.size() == 2);
    int64_t total = 0;
    for (const auto& [key, value] : views) {
        size_t at = value.find("\"VIEWS\":");
        REQUIRE(at != std::string::npos);
        total += std::stoll(value.substr(at + 8));
    }
    CHECK(total == clicks);
    CHECK(engine.read("ENRICHED").size() == static_cast<size_t>(clicks));
    int64_t visited = 0;
    auto visits = table(engine.read("VISITS"));
    CHECK(visits.size() == 5);
    for (const auto& [key, value] : visits)
        visited += std::stoll(value.substr(value.find(':') + 1));
    CHECK(visited == clicks);
}

}  // namespace

TEST_CASE("the job's statements give the job's rows", "[runtime]") {
    for (const char* guarantee : {"at_least_once", "exactly_once_v2"}) {
        for (const char* workers : {"1", "2"}) {
            INFO(guarantee << ", workers " << workers);
            EngineFixture engine(
                {{"processing.guarantee", guarantee}, {"num.stream.threads", workers}});
            auto entities = engine.execute(kJob);
            REQUIRE(entities.size() == 6);
            engine.produce("users", "{\"region\":\"emea\",\"tier\":\"pro\"}", 1, "user_1");
            engine.run();
            feed(engine, 0, 40);
            engine.run();
            check_results(engine, 40);
            auto enriched = engine.read("ENRICHED");
            auto with_tier =
                std::count_if(enriched.begin(), enriched.end(), [](const auto& record) {
                    return record.value->find("\"TIER\":\"pro\"") != std::string::npos;
                });
            CHECK(with_tier == 8);
        }
    }
}

TEST_CASE("a crash loses nothing and doubles nothing", "[runtime]") {
    EngineFixture engine(
        std::map<std::string, std::string>{{"processing.guarantee", "exactly_once_v2"}});
    engine.execute(kJob);
    int fed = 0;
    for (int round = 0; round < 5; ++round) {
        feed(engine, fed, fed + 13);
        fed += 13;
        // Some turns, so that the crash comes in the middle of the work.
        for (int turn = 0; turn < round; ++turn) engine.engine().run_once();
        engine.crash();
        engine.start();
    }
    engine.run();
    check_results(engine, fed);
}

TEST_CASE("the end of a query without tasks commits nothing of others apart", "[runtime]") {
    // As long as nothing else makes the workers commit.
    EngineFixture engine(
        {{"processing.guarantee", "exactly_once_v2"}, {"commit.interval.ms", "3600000"}});
    engine.execute(kJob);
    feed(engine, 0, 8);
    engine.run();
    const auto id = engine.engine().catalog()->find_source("MOBILE_CLICKS")->created_by.value();
    engine.execute("PAUSE " + id + ";");
    engine.run();
    feed(engine, 8, 16);
    engine.run();
    engine.execute("TERMINATE " + id + ";");
    engine.crash();
    engine.start();
    engine.run();
    engine.execute("PAUSE ALL;");
    engine.run();
    CHECK(engine.read("ENRICHED").size() == 16);
    for (const auto& [key, position] : engine.engine().runtime().committed_positions())
        CHECK(key.query_id != id);
}

TEST_CASE("a dropped source ends its query and forgets its state", "[runtime]") {
    EngineFixture engine;
    engine.execute(kJob);
    feed(engine, 0, 8);
    engine.run();
    engine.execute("DROP TABLE hourly_page_views;");
    engine.run();
    CHECK(engine.engine().runtime().queries().list().size() == 3);
    engine.execute(
        "CREATE TABLE hourly_page_views AS SELECT page, COUNT(*) AS views FROM clickstream "
        "WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY page EMIT CHANGES;");
    engine.run();
    auto views = table(engine.read("HOURLY_PAGE_VIEWS"));
    int64_t total = 0;
    for (const auto& [key, value] : views)
        total += std::stoll(value.substr(value.find("\"VIEWS\":") + 8));
    CHECK(total == 8);
}

TEST_CASE("a paused query stands still and goes on where it was", "[runtime]") {
    EngineFixture engine;
    engine.execute(kJob);
    feed(engine, 0, 8);
    engine.run();
    auto id = engine.engine().catalog()->find_source("MOBILE_CLICKS")->created_by.value();
    engine.execute("PAUSE " + id + ";");
    engine.run();
    feed(engine, 8, 16);
    engine.run();
    CHECK(engine.read("MOBILE_CLICKS").size() == 2);
    engine.execute("RESUME " + id + ";");
    engine.run();
    CHECK(engine.read("MOBILE_CLICKS").size() == 4);
}

TEST_CASE("a bad record is reported and passed over", "[runtime]") {
    EngineFixture engine;
    engine.execute(kJob);
    engine.produce("raw_clicks", "{\"user_id\":", 0);
    engine.produce("raw_clicks", click(1, "/mobile/a", kBase), 0);
    engine.run();
    CHECK(engine.read("MOBILE_CLICKS").size() == 1);
    CHECK(engine.engine().runtime().processing_log().total() > 0);
}

TEST_CASE("a record that may not be skipped ends its query and no other", "[runtime]") {
    EngineFixture engine(
        std::map<std::string, std::string>{{"ksql.timestamp.throw.on.invalid", "true"}});
    engine.execute(R"(
CREATE STREAM strict (day VARCHAR) WITH (KAFKA_TOPIC='days', VALUE_FORMAT='JSON', PARTITIONS=1,
  TIMESTAMP='day', TIMESTAMP_FORMAT='yyyy-MM-dd');
CREATE STREAM lax (day VARCHAR) WITH (KAFKA_TOPIC='days', VALUE_FORMAT='JSON');
CREATE STREAM strict_days AS SELECT * FROM strict EMIT CHANGES;
CREATE STREAM lax_days AS SELECT * FROM lax EMIT CHANGES;
)");
    engine.produce("days", "{\"day\":\"never\"}", 0);
    engine.run();
    CHECK(engine.read("LAX_DAYS").size() == 1);
    for (const auto& query : engine.engine().runtime().queries().list()) {
        const bool is_strict = query->id().find("STRICT") != std::string::npos;
        CHECK((query->state() == QueryState::kError) == is_strict);
    }
}

TEST_CASE("a pull query reads what is committed", "[runtime]") {
    EngineFixture engine;
    engine.execute(kJob);
    feed(engine, 0, 12);
    engine.run();
    auto plan = run_select(engine.engine(), "SELECT * FROM hourly_page_views WHERE page = '/home';",
                           engine.session());
    const auto* answer = std::get_if<PullAnswer>(&plan);
    REQUIRE(answer != nullptr);
    REQUIRE(answer->rows.size() == 1);
    CHECK(answer->columns.size() == 5);
    CHECK(answer->rows[0].num_rows() == 1);
    CHECK(answer->rows[0].column(3).get(0) == Value(int64_t{9}));
}

TEST_CASE("a push query streams rows until its listener has enough", "[runtime]") {
    struct Listener final : PushListener {
        bool rows(const RecordBatch& batch) override {
            // A plan's LIMIT holds for each partition; the listener counts over all of them.
            count = std::min<size_t>(5, count + batch.num_rows());
            return count < 5;
        }
        void finished(End how, const std::string& message) override {
            ended = true;
            end = how;
            text = message;
        }
        size_t count = 0;
        bool ended = false;
        End end = End::kError;
        std::string text;
    };
    EngineFixture engine;
    engine.execute(kJob);
    feed(engine, 0, 40);
    engine.run();
    auto plan = run_select(engine.engine(), "SELECT * FROM mobile_clicks EMIT CHANGES LIMIT 5;",
                           engine.session());
    auto listener = std::make_shared<Listener>();
    start_push(engine.engine(), std::get<PushQueryPlan>(plan), listener);
    engine.run();
    CHECK(listener->ended);
    CHECK(listener->end == PushListener::End::kLimit);
    CHECK(listener->count == 5);
    INFO(listener->text);
}
