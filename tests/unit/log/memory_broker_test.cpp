// What the memory broker has beyond the contract that all logs share: the last stable offset,
// markers on their way, faults by plan and by seed, crashes.
#include "engine/log/embedded/memory_broker.h"

#include <catch2/catch.hpp>

#include "engine/log/embedded/embedded_core.h"
#include "engine/log/embedded/seeded_faults.h"
#include "tests/unit/log/log_backends.h"

using namespace millrace;
using namespace millrace::test;

namespace {

/// A plan whose answers are functions; what is not set is as usual.
struct TestPlan final : FaultPlan {
    Fate before(const CallSite& site) override { return on_before ? on_before(site) : Fate(); }
    void after(const CallSite& site) override {
        if (on_after) on_after(site);
    }
    int64_t marker_delay(const TopicPartition& partition) override {
        return on_marker ? on_marker(partition) : 0;
    }
    std::function<Fate(const CallSite&)> on_before;
    std::function<void(const CallSite&)> on_after;
    std::function<int64_t(const TopicPartition&)> on_marker;
};

struct World {
    World() {
        for (const char* topic : {"a", "b", "slots"}) {
            REQUIRE(broker.log().topics().create(topic, {1, 1, {}}).is_ok());
        }
    }
    std::unique_ptr<LogWriter> writer(Log& log, const std::string& id = "writer") {
        WriterOptions options;
        options.transactional_id = id;
        options.transaction_timeout_ms = 10000;
        auto made = log.writer(options);
        REQUIRE(made->init_transactions(1000).is_ok());
        return made;
    }
    /// Values that a new reader is shown.
    std::vector<std::string> values(const std::string& topic, bool committed = true) {
        ReaderOptions options;
        options.read_committed = committed;
        auto reader = broker.log().reader(options);
        REQUIRE(reader->assign({{{topic, 0}, kOffsetEarliest}}).is_ok());
        return values_of(read_records(*reader, {topic, 0}, 1000, 0));
    }
    int64_t end(const std::string& topic) { return broker.log().topics().offsets({topic, 0})->end; }

    ManualClock clock{1700000000000};
    TestPlan plan;
    MemoryBroker broker{clock, &plan};
};

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("records of an open transaction stand in the log, for the uncommitted only",
          "[log][broker]") {
    World world;
    auto log = world.broker.connect("server");
    auto writer = world.writer(*log);
    REQUIRE(write_text(*log->writer({}), "a", 0, "before").is_ok());
    REQUIRE(writer->begin().is_ok());
    REQUIRE(write_text(*writer, "a", 0, "open").is_ok());
    REQUIRE(write_text(*log->writer({}), "a", 0, "behind").is_ok());
    CHECK(world.values("a") == Values{"before"});
    CHECK(world.values("a", false) == Values{"before", "open", "behind"});
    CHECK(world.end("a") == 3);
    SECTION("a commit shows them, and its marker takes an offset") {
        REQUIRE(writer->commit(1000).is_ok());
        CHECK(world.values("a") == Values{"before", "open", "behind"});
        CHECK(world.end("a") == 4);
        REQUIRE(write_text(*log->writer({}), "a", 0, "next").is_ok());
        auto reader = log->reader({});
        REQUIRE(reader->assign({{{"a", 0}, 3}}).is_ok());
        auto seen = read_records(*reader, {"a", 0}, 1, 0);
        REQUIRE(seen.size() == 1);
        CHECK(seen[0].offset == 4);
    }
    SECTION("an abort hides them from readers of committed records") {
        REQUIRE(writer->abort(1000).is_ok());
        CHECK(world.values("a") == Values{"before", "behind"});
        CHECK(world.values("a", false) == Values{"before", "open", "behind"});
        CHECK(world.end("a") == 4);
    }
    SECTION("after its time the log aborts it and fences its writer") {
        world.clock.advance(10001);
        CHECK(world.values("a") == Values{"before", "behind"});
        CHECK(writer->commit(1000).fault() == Fault::kFenced);
    }
    SECTION("a writer that is destroyed aborts it") {
        writer.reset();
        CHECK(world.values("a") == Values{"before", "behind"});
    }
}

TEST_CASE("markers reach partitions one by one", "[log][broker]") {
    World world;
    world.plan.on_marker = [](const TopicPartition& partition) {
        return partition.topic == "b" ? 1000000 : 0;
    };
    auto log = world.broker.connect("server");
    auto member = log->member({"group", "slots", "server", 6000});
    std::shared_ptr<const GroupMetadata> metadata;
    REQUIRE(member
                ->poll(
                    0, [&](const GroupMember::Assignment& given) { metadata = given.metadata; },
                    [](bool) {})
                .is_ok());
    REQUIRE(metadata != nullptr);
    auto writer = world.writer(*log);
    REQUIRE(writer->begin().is_ok());
    REQUIRE(write_text(*writer, "a", 0, "x").is_ok());
    REQUIRE(write_text(*writer, "b", 0, "y").is_ok());
    REQUIRE(writer->send_offsets("slots", {{0, {5, ""}}}, *metadata, 1000).is_ok());
    REQUIRE(writer->commit(1000).is_ok());
    // Committed, stable by its offsets, and yet not seen: a restore that reads to the last stable
    // offset misses it, one that reads to the high watermark waits.
    CHECK(world.broker.num_held_markers() == 1);
    CHECK(member->committed({0}, 0).value().at(0).offset == 5);
    CHECK(world.values("a") == Values{"x"});
    CHECK(world.values("b").empty());
    CHECK(world.end("b") == 1);
    SECTION("until they arrive") {
        world.broker.write_held_markers();
        CHECK(world.values("b") == Values{"y"});
        CHECK(world.end("b") == 2);
    }
    SECTION("a writer's next transaction waits for them") {
        REQUIRE(writer->begin().is_ok());
        CHECK(world.values("b") == Values{"y"});
    }
    SECTION("so does a new writer of the same id") {
        auto next = world.writer(*log);
        CHECK(world.values("b") == Values{"y"});
    }
    SECTION("and they take their time in calls") {
        REQUIRE(writer->begin().is_ok());
        world.plan.on_marker = [](const TopicPartition&) { return 3; };
        REQUIRE(write_text(*writer, "a", 0, "z").is_ok());
        REQUIRE(writer->commit(1000).is_ok());
        auto reader = log->reader({});
        REQUIRE(reader->assign({{{"a", 0}, 2}}).is_ok());
        int polls = 1;
        while (reader->poll({"a", 0}, 10) == nullptr && polls < 10) ++polls;
        CHECK(polls == 3);
    }
}

TEST_CASE("offsets become stable with their own marker", "[log][broker]") {
    World world;
    world.plan.on_marker = [](const TopicPartition& partition) {
        return partition.topic == kOffsetsMarkerTopic ? 1000000 : 0;
    };
    auto log = world.broker.connect("server");
    auto member = log->member({"group", "slots", "server", 6000});
    std::shared_ptr<const GroupMetadata> metadata;
    auto taken = [&](const GroupMember::Assignment& given) { metadata = given.metadata; };
    REQUIRE(member->poll(0, taken, [](bool) {}).is_ok());
    auto writer = world.writer(*log);
    REQUIRE(writer->begin().is_ok());
    REQUIRE(write_text(*writer, "a", 0, "x").is_ok());
    REQUIRE(writer->send_offsets("slots", {{0, {5, ""}}}, *metadata, 1000).is_ok());
    REQUIRE(writer->commit(1000).is_ok());
    CHECK(world.values("a") == Values{"x"});
    CHECK(member->committed({0}, 0).status().fault() == Fault::kRetriable);
    world.broker.write_held_markers(1);
    CHECK(member->committed({0}, 0).value().at(0).offset == 5);
}

TEST_CASE("a plan fails calls and loses answers", "[log][broker][faults]") {
    World world;
    auto log = world.broker.connect("server");
    auto writer = world.writer(*log);
    REQUIRE(writer->begin().is_ok());
    REQUIRE(write_text(*writer, "a", 0, "x").is_ok());
    Fate next;
    world.plan.on_before = [&](const CallSite&) { return std::exchange(next, Fate()); };
    SECTION("a commit that failed has not taken place") {
        next = {Fate::Kind::kFail, {Fault::kAbortable, "no"}, 0};
        CHECK(writer->commit(1000).fault() == Fault::kAbortable);
        CHECK(world.values("a").empty());
        CHECK(writer->abort(1000).is_ok());
    }
    SECTION("a commit whose answer was lost has, and the same call again says so") {
        next = {Fate::Kind::kLoseAnswer, {Fault::kRetriable, "lost"}, 0};
        CHECK(writer->commit(1000).fault() == Fault::kRetriable);
        CHECK(world.values("a") == Values{"x"});
        CHECK(writer->commit(1000).is_ok());
        CHECK(world.end("a") == 2);
        CHECK(writer->begin().is_ok());
    }
    SECTION("a commit that is late ends the next transaction of its epoch") {
        next = {Fate::Kind::kLate, {Fault::kRetriable, "on its way"}, 4};
        CHECK(writer->commit(1000).fault() == Fault::kRetriable);
        CHECK(world.values("a").empty());
        REQUIRE(writer->commit(1000).is_ok());
        CHECK(world.values("a") == Values{"x"});
        REQUIRE(writer->begin().is_ok());
        REQUIRE(write_text(*writer, "a", 0, "half").is_ok());
        CHECK(world.values("a") == Values{"x"});
        REQUIRE(write_text(*writer, "b", 0, "hangs").is_ok());
        CHECK(world.values("a") == Values{"x", "half"});
        // The broker takes this for the same call again; what came after the late one hangs.
        CHECK(writer->commit(1000).is_ok());
        CHECK(world.values("b").empty());
        REQUIRE(writer->begin().is_ok());
        REQUIRE(write_text(*writer, "b", 0, "frees it").is_ok());
        REQUIRE(writer->commit(1000).is_ok());
        CHECK(world.values("b") == Values{"hangs", "frees it"});
    }
    SECTION("but a writer made anew under its id fences it") {
        next = {Fate::Kind::kLate, {Fault::kRetriable, "on its way"}, 3};
        CHECK(writer->commit(1000).fault() == Fault::kRetriable);
        auto second = world.writer(*log);
        REQUIRE(second->begin().is_ok());
        REQUIRE(write_text(*second, "a", 0, "y").is_ok());
        REQUIRE(write_text(*second, "a", 0, "z").is_ok());
        CHECK(world.values("a").empty());
        REQUIRE(second->commit(1000).is_ok());
        CHECK(world.values("a") == Values{"y", "z"});
    }
    SECTION("a topic can be made without its maker's knowledge") {
        next = {Fate::Kind::kLoseAnswer, {Fault::kRetriable, "lost"}, 0};
        CHECK(log->topics().create("c", {1, 1, {}}).fault() == Fault::kRetriable);
        CHECK(log->topics().describe("c").is_ok());
    }
    SECTION("the transaction can be aborted under its writer") {
        CHECK(world.broker.expire_transaction("writer"));
        CHECK(writer->commit(1000).fault() == Fault::kFenced);
        CHECK(world.values("a").empty());
        CHECK(!world.broker.expire_transaction("writer"));
    }
}

TEST_CASE("a topic can be removed and made again under its readers and writers",
          "[log][broker][faults]") {
    World world;
    auto log = world.broker.connect("server");
    auto writer = world.writer(*log);
    auto reader = log->reader({});
    REQUIRE(reader->assign({{{"a", 0}, kOffsetEarliest}}).is_ok());
    REQUIRE(writer->begin().is_ok());
    REQUIRE(write_text(*writer, "a", 0, "gone with it").is_ok());
    REQUIRE(world.broker.log().topics().remove("a").is_ok());
    REQUIRE(world.broker.log().topics().create("a", {1, 1, {}}).is_ok());
    REQUIRE(write_text(*writer, "a", 0, "new").is_ok());
    REQUIRE(writer->commit(1000).is_ok());
    CHECK(world.values("a") == Values{"new"});
    CHECK(reader->poll({"a", 0}, 10) == nullptr);
    auto errors = reader->take_errors();
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].second.fault() == Fault::kNotFound);
}

TEST_CASE("a client that is cut has no effect any more", "[log][broker][faults]") {
    World world;
    auto log = world.broker.connect("server");
    auto writer = world.writer(*log);
    REQUIRE(writer->begin().is_ok());
    REQUIRE(write_text(*writer, "a", 0, "open").is_ok());
    world.plan.on_after = [](const CallSite& site) {
        if (site.call == LogCall::kCommit) throw SimulatedCrash{"after commit"};
    };
    SECTION("its open transaction stays open") {
        world.broker.cut("server");
        CHECK(!writer->commit(1000).is_ok());
        CHECK(!log->topics().create("c", {1, 1, {}}).is_ok());
        writer.reset();
        log.reset();
        CHECK(world.values("a", false) == Values{"open"});
        auto again = world.broker.connect("server");
        REQUIRE(write_text(*again->writer({}), "a", 0, "behind").is_ok());
        CHECK(world.values("a").empty());
        SECTION("until a writer of its id comes") {
            auto successor = world.writer(*again);
            CHECK(world.values("a") == Values{"behind"});
        }
        SECTION("until its time is over") {
            world.clock.advance(10001);
            CHECK(world.values("a") == Values{"behind"});
        }
    }
    SECTION("a crash behind a commit leaves it committed") {
        CHECK_THROWS_AS(writer->commit(1000), SimulatedCrash);
        world.broker.cut("server");
        writer.reset();
        CHECK(world.values("a") == Values{"open"});
    }
}

TEST_CASE("the same seed gives the same faults", "[log][broker][faults]") {
    FaultRates rates;
    rates.admin_fails = rates.write_fails = rates.commit_answer_lost = rates.commit_late = 2000;
    rates.transaction_expires = rates.marker_held = rates.poll_empty = 2000;
    auto run = [&](uint64_t seed) {
        ManualClock clock{1000};
        SeededFaults faults(seed, rates);
        MemoryBroker broker(clock, &faults);
        std::string trace;
        faults.on_point = [&](std::string_view point, const CallSite&) { trace += point; };
        faults.expire = [&](const std::string& id) { broker.expire_transaction(id); };
        auto log = broker.connect("server");
        while (!log->topics().create("a", {2, 1, {}})) trace += ".";
        WriterOptions options;
        options.transactional_id = "writer";
        for (int round = 0; round < 20; ++round) {
            auto writer = log->writer(options);
            Status status = writer->init_transactions(1000);
            for (int32_t i = 0; status && i < 20; ++i) {
                status = writer->begin();
                if (status) status = write_text(*writer, "a", i % 2, "x");
                while (status.is_ok()) {
                    status = writer->commit(1000);
                    if (status.fault() != Fault::kRetriable) break;
                    status = Status::ok();
                }
                trace += status ? "+" : "-";
            }
        }
        CHECK(faults.num_faults() > 20);
        faults.heal();
        return trace + std::to_string(broker.log().topics().offsets({"a", 0})->end);
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}

TEST_CASE("a partition without a leader is neither written nor read", "[log][broker][faults]") {
    ManualClock clock{1000};
    SeededFaults faults(1, {});
    MemoryBroker broker(clock, &faults);
    auto log = broker.connect("server");
    REQUIRE(log->topics().create("a", {2, 1, {}}).is_ok());
    auto writer = log->writer({});
    REQUIRE(write_text(*writer, "a", 0, "x").is_ok());
    auto reader = log->reader({});
    REQUIRE(reader->assign({{{"a", 0}, kOffsetEarliest}}).is_ok());
    faults.set_leader({"a", 0}, false);
    CHECK(write_text(*writer, "a", 0, "y").fault() == Fault::kRetriable);
    CHECK(write_text(*writer, "a", 1, "y").is_ok());
    CHECK(log->topics().offsets({"a", 0}).status().fault() == Fault::kRetriable);
    CHECK(reader->poll({"a", 0}, 1) == nullptr);
    CHECK(reader->take_errors().empty());
    faults.set_leader({"a", 0}, true);
    CHECK(reader->poll({"a", 0}, 1) != nullptr);
}
