// A store on its way to its changelog's end.
#include "engine/runtime/state_restorer.h"

#include <catch2/catch.hpp>

#include "tests/unit/runtime/fake_log.h"

using namespace millrace;
using millrace::test::FakeLog;

namespace {

const TopicPartition kChangelog{"changelog", 0};

struct Restore {
    FakeLog log;
    std::unique_ptr<StateBackend> state = open_backend({}).value();
    StorePartition store{state->store_number("Q/store"), 0};
    ManualClock clock;
    CatchUpReader reader{log, clock};

    /// Records that are committed and shown, from the present end on.
    void add(int64_t num_records) {
        auto& changelog = log.at(kChangelog);
        for (int64_t i = 0; i < num_records; ++i) {
            const int64_t offset = changelog.high_watermark++;
            changelog.records[offset] = {"k" + std::to_string(offset), std::to_string(offset)};
        }
        changelog.stable = changelog.high_watermark;
    }
    StateRestorer restorer() { return {reader, *state, store, kChangelog}; }
    std::string value(int64_t offset) {
        return state->get(store, "k" + std::to_string(offset)).value_or("none");
    }
};

bool step(StateRestorer& restorer, size_t max_records) {
    auto done = restorer.step(max_records);
    REQUIRE(done.is_ok());
    return *done;
}

}  // namespace

TEST_CASE("a restore goes in bounded steps", "[runtime][restore]") {
    Restore world;
    world.add(25);
    auto restorer = world.restorer();
    CHECK_FALSE(step(restorer, 10));
    CHECK(restorer.num_records() == 10);
    CHECK(world.value(9) == "9");
    CHECK(world.value(10) == "none");
    CHECK(world.state->changelog_offset(world.store) == 10);
    CHECK_FALSE(step(restorer, 10));
    CHECK(step(restorer, 10));
    CHECK(restorer.num_records() == 25);
    CHECK(world.value(24) == "24");
    CHECK(world.state->changelog_offset(world.store) == 25);
    CHECK(step(restorer, 10));
    CHECK(restorer.num_records() == 25);
}

TEST_CASE("records without a key are left out of a restore", "[runtime][restore]") {
    Restore world;
    world.add(9);
    world.log.at(kChangelog).keyless = {0, 4, 5, 8};
    auto restorer = world.restorer();
    while (!step(restorer, 2)) continue;
    CHECK(restorer.num_records() == 5);
    CHECK(world.state->get(world.store, "") == std::nullopt);
    for (int64_t offset : {1, 2, 3, 6, 7}) CHECK(world.value(offset) == std::to_string(offset));
    for (int64_t offset : {0, 4, 5, 8}) CHECK(world.value(offset) == "none");
    CHECK(world.state->changelog_offset(world.store) == 9);
}

TEST_CASE("another restorer goes on where one has stopped", "[runtime][restore]") {
    Restore world;
    world.add(25);
    {
        auto first = world.restorer();
        CHECK_FALSE(step(first, 10));
    }
    auto second = world.restorer();
    CHECK(step(second, 100));
    CHECK(second.num_records() == 15);
    CHECK(world.log.starts == std::vector<int64_t>{0, 10});
    for (int64_t offset : {0, 9, 10, 24}) CHECK(world.value(offset) == std::to_string(offset));
}

TEST_CASE("what stands behind an open transaction is waited for", "[runtime][restore]") {
    Restore world;
    world.add(5);
    auto& changelog = world.log.at(kChangelog);
    // Three more records and the marker of their commit are in, but another transaction, which has
    // written before them, is still open.
    changelog.high_watermark = 10;
    auto restorer = world.restorer();
    for (int i = 0; i < 3; ++i) CHECK_FALSE(step(restorer, 100));
    CHECK(restorer.num_records() == 5);
    for (int64_t offset : {6, 7, 8}) changelog.records[offset] = {"late", std::to_string(offset)};
    changelog.stable = 10;
    bool done = step(restorer, 100);
    if (!done) done = step(restorer, 100);
    CHECK(done);
    CHECK(world.state->get(world.store, "late") == "8");
    CHECK(world.state->changelog_offset(world.store) == 10);
}

TEST_CASE("a restore ends although its changelog grows and its tail was aborted",
          "[runtime][restore]") {
    Restore world;
    world.add(3);
    auto& changelog = world.log.at(kChangelog);
    changelog.high_watermark = changelog.stable = 8;
    auto restorer = world.restorer();
    CHECK_FALSE(step(restorer, 3));
    world.log.at(kChangelog).high_watermark = 20;  // Another transaction has begun since.
    CHECK(step(restorer, 3));
    CHECK(world.state->changelog_offset(world.store) == 8);
}

TEST_CASE("a store that is at its changelog's end asks for nothing", "[runtime][restore]") {
    Restore world;
    world.add(4);
    auto first = world.restorer();
    CHECK(step(first, 100));
    CHECK_FALSE(first.store_is_new());
    auto again = world.restorer();
    CHECK(step(again, 100));
    CHECK(again.num_records() == 0);
    CHECK(world.log.starts.size() == 1);
}

TEST_CASE("a store of which there is nothing is new", "[runtime][restore]") {
    Restore world;
    auto first = world.restorer();
    CHECK(step(first, 100));
    CHECK(first.store_is_new());
    // Known from now on, empty as it is.
    auto again = world.restorer();
    CHECK(step(again, 100));
    CHECK_FALSE(again.store_is_new());
}

TEST_CASE("state that is ahead of its changelog is restored from the start", "[runtime][restore]") {
    Restore world;
    REQUIRE(world.state->clear(world.store, "fake/1").is_ok());
    REQUIRE(world.state->apply({{world.store, "stale", "x"}}, {{world.store, 90}}).is_ok());
    world.add(2);
    auto restorer = world.restorer();
    CHECK(step(restorer, 100));
    CHECK(world.state->get(world.store, "stale") == std::nullopt);
    CHECK(world.value(1) == "1");
    CHECK(world.state->changelog_offset(world.store) == 2);
}

TEST_CASE("state of which records are gone that it has not seen is restored from the start",
          "[runtime][restore]") {
    Restore world;
    REQUIRE(world.state->clear(world.store, "fake/1").is_ok());
    REQUIRE(world.state->apply({{world.store, "stale", "x"}}, {{world.store, 3}}).is_ok());
    world.add(9);
    world.log.at(kChangelog).begin = 5;
    auto restorer = world.restorer();
    while (!step(restorer, 100)) continue;
    CHECK(world.state->get(world.store, "stale") == std::nullopt);
    CHECK(world.value(8) == "8");
    CHECK(world.state->changelog_offset(world.store) == 9);
}

TEST_CASE("state of another log or of another life of the topic is not used",
          "[runtime][restore]") {
    Restore world;
    world.add(20);
    auto first = world.restorer();
    while (!step(first, 100)) continue;
    REQUIRE(world.state->apply({{world.store, "kept", "x"}}, {{world.store, 10}}).is_ok());
    SECTION("the same: the tail is read") {
        auto again = world.restorer();
        while (!step(again, 100)) continue;
        CHECK(again.num_records() == 10);
        CHECK(world.state->get(world.store, "kept") == "x");
        return;
    }
    SECTION("another log") {
        world.log.cluster = "other";
    }
    SECTION("another life of the topic") {
        world.log.life = "2";
    }
    SECTION("nobody knows of which") {
        REQUIRE(world.state->clear(world.store, "").is_ok());
    }
    auto again = world.restorer();
    while (!step(again, 100)) continue;
    CHECK(again.num_records() == 20);
    CHECK(world.state->get(world.store, "kept") == std::nullopt);
    CHECK(world.value(3) == "3");
}

TEST_CASE("one reader serves several restorers", "[runtime][restore]") {
    Restore world;
    world.add(20);
    const TopicPartition other{"changelog", 1};
    world.log.at(other) = world.log.at(kChangelog);
    auto a = world.restorer();
    StateRestorer b(world.reader, *world.state, {world.store.store, 1}, other);
    CHECK_FALSE(step(a, 15));
    CHECK_FALSE(step(b, 15));
    CHECK(step(a, 15));
    CHECK(step(b, 15));
    CHECK(world.state->get({world.store.store, 1}, "k19") == "19");
}

TEST_CASE("a store that is known to be whole reads nothing", "[runtime][restore]") {
    Restore world;
    world.add(4);
    {
        auto first = world.restorer();
        CHECK(step(first, 100));
    }
    world.log.at(kChangelog).high_watermark = 5;  // A marker, or a record that nobody sees yet.
    {
        auto unsure = world.restorer();
        CHECK_FALSE(step(unsure, 100));
    }
    StateRestorer::Known known;
    known.committed = known.whole = true;
    known.changelog = OffsetRange{0, 5};
    StateRestorer sure(world.reader, *world.state, world.store, kChangelog, known);
    CHECK(step(sure, 100));
    CHECK(sure.num_records() == 0);
    // But for a store that is not here, or is ahead.
    {
        StateRestorer other(world.reader, *world.state, {world.store.store, 9}, kChangelog, known);
        CHECK_FALSE(step(other, 2));
    }
    known.changelog = OffsetRange{0, 2};
    StateRestorer ahead(world.reader, *world.state, world.store, kChangelog, known);
    CHECK_FALSE(step(ahead, 1));
    CHECK(world.value(3) == "none");
}
