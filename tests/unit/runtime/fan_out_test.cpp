// One record that leads to very many rows: they come in parts, turn by turn. Others work on in
// between, commits come when they are due, and what a crash interrupts goes on where it was.
#include <catch2/catch.hpp>
#include <map>

#include "tests/support/engine_fixture.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

constexpr size_t kSubscribers = 300;
constexpr size_t kPart = 10;

struct FanOut {
    FanOut()
        : engine({{"millrace.batch.rows.max", std::to_string(kPart)},
                  {"processing.guarantee", "exactly_once_v2"}}) {
        engine.execute(
            "CREATE STREAM other (v INT) WITH (KAFKA_TOPIC='other', VALUE_FORMAT='JSON', "
            "PARTITIONS=1);"
            "CREATE STREAM copy AS SELECT * FROM other EMIT CHANGES;");
    }
    void hot_key() {
        engine.execute(
            "CREATE TABLE l (id VARCHAR PRIMARY KEY, r VARCHAR) WITH (KAFKA_TOPIC='l', "
            "VALUE_FORMAT='JSON', PARTITIONS=1);"
            "CREATE TABLE r (id VARCHAR PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='r', "
            "VALUE_FORMAT='JSON', PARTITIONS=1);"
            "CREATE TABLE out AS SELECT l.id, r.v FROM l JOIN r ON l.r = r.id EMIT CHANGES;");
        engine.produce("r", R"({"V":0})", 1, "hot");
        for (size_t i = 0; i < kSubscribers; ++i)
            engine.produce("l", R"({"R":"hot"})", 2, "l" + std::to_string(i));
        engine.run();
        REQUIRE(told() == kSubscribers);
    }
    void many_windows() {
        engine.execute(
            "CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
            "PARTITIONS=1);"
            "CREATE TABLE out AS SELECT k, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 10 SECONDS, "
            "GRACE PERIOD 0 SECONDS) GROUP BY k EMIT FINAL;");
        for (size_t i = 0; i < kSubscribers; ++i)
            engine.produce("s", R"({"V":1})", 1000, "k" + std::to_string(i));
        engine.run();
        REQUIRE(told() == 0);
    }
    size_t told() { return engine.read("OUT").size(); }
    size_t turns_until_quiet(size_t from, const std::function<void(size_t turn)>& after_turn) {
        size_t turns = 0;
        for (int idle = 0; idle < 20; ++turns) {
            const size_t before = told();
            idle = engine.engine().run_once() ? 0 : idle + 1;
            // Two tasks of a foreign-key join may each have had their part.
            CHECK(told() - before <= 3 * kPart);
            if (told() > from) after_turn(turns);
        }
        return turns;
    }

    EngineFixture engine;
};

}  // namespace

TEST_CASE("a large fan-out comes turn by turn, and others work on", "[runtime][fanout]") {
    FanOut fan;
    const bool hot_key = GENERATE(true, false);
    INFO((hot_key ? "a hot foreign key" : "windows that close together"));
    size_t before = 0;
    if (hot_key) {
        fan.hot_key();
        before = kSubscribers;
        fan.engine.produce("r", R"({"V":1})", 3, "hot");
    } else {
        fan.many_windows();
        fan.engine.produce("s", R"({"V":1})", 12'000, "later");
    }
    const bool crash = GENERATE(false, true);
    size_t crashes = 0;
    size_t told_when_copied = 0;
    const size_t turns = fan.turns_until_quiet(before, [&](size_t turn) {
        if (told_when_copied == 0 && !fan.engine.read("COPY").empty())
            told_when_copied = fan.told();
        if (turn % 2 == 0 && fan.engine.read("other").empty())
            fan.engine.produce("other", R"({"V":7})", 5);
        if (crash && turn % 7 == 0 && crashes < 8) {
            ++crashes;
            fan.engine.crash();
            fan.engine.start();
        }
    });
    CHECK(turns > kSubscribers / (3 * kPart));
    // Another query's record was there long before the end.
    CHECK(told_when_copied > 0);
    CHECK(told_when_copied < before + kSubscribers);
    CHECK((!crash || crashes > 2));
    CHECK(fan.told() == before + kSubscribers);
    std::map<std::string, std::string> last;
    for (const auto& record : fan.engine.read("OUT")) last[*record.key] = record.value.value_or("");
    CHECK(last.size() == kSubscribers);
    for (const auto& [key, value] : last) CHECK(value.find(":1}") != std::string::npos);
}
