// What ends a worker's transaction, and what does not.
#include "engine/runtime/transaction.h"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "engine/log/embedded/embedded_log.h"
#include "engine/runtime/query.h"
#include "tests/unit/runtime/fake_log.h"

using namespace millrace;
using millrace::test::FakeLog;
using Calls = std::vector<std::string>;

namespace {

const Status kBroken{Fault::kAbortable, "broken"};
const Status kLate{Fault::kRetriable, "no answer"};

WriterOptions writer_options() {
    WriterOptions options;
    options.transactional_id = "worker";
    return options;
}

struct Writing {
    explicit Writing(bool outputs_apart = false) : outputs_apart(outputs_apart) {}

    const bool outputs_apart;
    FakeLog log;
    std::atomic<bool> stopping{false};
    Transaction transaction{log, writer_options(), outputs_apart, "slots", "w", stopping};

    Status give(const std::string& key) {
        ProducedRecord record;
        record.topic = "out";
        record.key = record.value = key;
        return transaction.write_output(record, true);
    }

    void write(const std::string& key) {
        ProducedRecord record;
        record.topic = "out";
        record.key = record.value = key;
        transaction.write(record);
    }
    /// Slot 3, taken once before.
    Status claim() {
        SlotAssignment assignment;
        assignment.metadata = std::make_shared<GroupMetadata>();
        assignment.slots = {3};
        assignment.committed[3] = {6, ""};
        return transaction.claim(assignment, {3});
    }
    Calls take_calls() { return std::exchange(log.calls, {}); }
};

}  // namespace

TEST_CASE("a transaction begins with its first record", "[runtime][transaction]") {
    Writing world;
    CHECK(world.transaction.commit().is_ok());
    CHECK(world.take_calls().empty());
    world.write("a");
    CHECK(world.transaction.is_open());
    world.write("b");
    CHECK(world.take_calls() == Calls{"init", "begin", "write out a", "write out b"});
    CHECK(world.transaction.commit().is_ok());
    CHECK_FALSE(world.transaction.is_open());
    CHECK(world.take_calls() == Calls{"commit"});
}

TEST_CASE("outputs, positions and tombstones of positions end together", "[runtime][transaction]") {
    Writing world;
    REQUIRE(world.claim().is_ok());
    CHECK(world.take_calls() == Calls{"init", "begin", "offsets 3@7", "commit"});
    world.write("a");
    world.transaction.write_position(3, {"Q", 0, {"in", 1}}, InputPosition{5, -1});
    world.transaction.write_position(3, {"GONE", 0, {"in", 1}}, std::nullopt);
    CHECK(world.transaction.commit().is_ok());
    CHECK(world.take_calls() == Calls{"begin", "write out a", "write slots Q/0/in/1",
                                      "write slots GONE/0/in/1 gone", "offsets 3@7", "commit"});
}

TEST_CASE("slots that are lost cannot be claimed", "[runtime][transaction]") {
    Writing world;
    world.log.answers["offsets"] = {kBroken};
    const Status status = world.claim();
    CHECK(status.fault() == Fault::kAbortable);
    CHECK(world.transaction.is_open());
    world.transaction.abort(status);
    CHECK(world.take_calls() == Calls{"init", "begin", "offsets 3@7", "abort"});
}

TEST_CASE("the first failure sticks until the abort", "[runtime][transaction]") {
    Writing world;
    world.log.answers["write"] = {Status::ok(), kBroken};
    world.write("a");
    world.write("b");
    world.write("c");
    CHECK(world.transaction.failure().message() == "broken");
    CHECK(world.transaction.commit().message() == "broken");
    CHECK(world.transaction.is_open());
    world.write("d");
    world.transaction.abort(kBroken);
    CHECK(world.transaction.failure().is_ok());
    CHECK(world.take_calls() == Calls{"init", "begin", "write out a", "write out b", "abort"});
    world.write("e");
    CHECK(world.transaction.commit().is_ok());
    CHECK(world.take_calls() == Calls{"begin", "write out e", "commit"});
}

TEST_CASE("a transaction that cannot begin fails its commit", "[runtime][transaction]") {
    Writing world;
    world.log.answers["begin"] = {kBroken};
    world.write("a");
    CHECK_FALSE(world.transaction.is_open());
    CHECK(world.transaction.commit().message() == "broken");
    world.transaction.abort(kBroken);
    CHECK(world.take_calls() == Calls{"init", "begin"});
}

TEST_CASE("a failed commit is followed by nothing but an abort", "[runtime][transaction]") {
    Writing world;
    world.log.answers["commit"] = {kBroken};
    world.write("a");
    CHECK_FALSE(world.transaction.commit().is_ok());
    CHECK_FALSE(world.transaction.commit().is_ok());
    world.write("b");
    world.transaction.abort(kBroken);
    CHECK(world.take_calls() == Calls{"init", "begin", "write out a", "commit", "abort"});
}

TEST_CASE("a commit is asked again until its outcome is known", "[runtime][transaction]") {
    Writing world;
    world.log.answers["commit"] = {kLate, kLate};
    world.write("a");
    CHECK(world.transaction.commit().is_ok());
    // The request without an answer could end this writer's next transaction: another one is made.
    CHECK(world.take_calls() ==
          Calls{"init", "begin", "write out a", "commit", "commit", "commit", "gone"});
    world.write("b");
    CHECK(world.take_calls() == Calls{"init", "begin", "write out b"});
}

TEST_CASE("an outcome that stays open is neither aborted nor taken for good",
          "[runtime][transaction]") {
    Writing world;
    world.stopping = true;
    world.log.answers["commit"] = {kLate};
    world.write("a");
    const Status status = world.transaction.commit();
    CHECK(status.fault() == Fault::kRetriable);
    world.transaction.abort(status);
    CHECK(world.take_calls() == Calls{"init", "begin", "write out a", "commit", "gone"});
}

TEST_CASE("a fenced writer is let go", "[runtime][transaction]") {
    Writing world;
    world.log.answers["commit"] = {Status(Fault::kFenced, "another one")};
    world.write("a");
    world.transaction.abort(world.transaction.commit());
    CHECK(world.take_calls() == Calls{"init", "begin", "write out a", "commit", "gone"});
    CHECK_FALSE(world.transaction.is_open());
}

TEST_CASE("an abort that fails costs the writer", "[runtime][transaction]") {
    Writing world;
    world.log.answers["abort"] = {kLate};
    world.write("a");
    world.transaction.abort(kBroken);
    CHECK(world.take_calls() == Calls{"init", "begin", "write out a", "abort", "gone"});
}

TEST_CASE("only a commit shows what was written", "[runtime][transaction]") {
    SystemClock clock;
    auto log = open_memory_log(clock);
    REQUIRE(log->topics().create("out", TopicConfig{}).is_ok());
    const std::atomic<bool> stopping{false};
    Transaction transaction(*log, writer_options(), false, "slots", "w", stopping);
    auto reader = log->reader({});
    REQUIRE(reader->assign({{{"out", 0}, 0}}).is_ok());
    auto num_shown = [&] {
        auto batch = reader->poll({"out", 0}, 100);
        return batch ? batch->records().size() : 0;
    };
    ProducedRecord record;
    record.topic = "out";
    record.key = "k";
    transaction.write(record);
    transaction.poll();
    CHECK(transaction.ensure_writer().is_ok());
    CHECK(num_shown() == 0);
    transaction.abort(kBroken);
    CHECK(num_shown() == 0);
    transaction.write(record);
    record.topic = "nowhere";
    transaction.write(record);
    CHECK_FALSE(transaction.commit().is_ok());
    CHECK(num_shown() == 0);
    transaction.abort(kBroken);
    record.topic = "out";
    transaction.write(record);
    CHECK(transaction.commit().is_ok());
    CHECK(num_shown() == 1);
}

TEST_CASE("every refused record is told, one at a time", "[runtime][transaction]") {
    Writing world;
    world.write("a");
    world.log.refusals = {{7, {Fault::kRefused, "too large"}}, {9, {Fault::kRefused, "no key"}}};
    auto refusal = world.transaction.next_refusal();
    REQUIRE(refusal);
    CHECK(refusal->owner == 7);
    refusal = world.transaction.next_refusal();
    REQUIRE(refusal);
    CHECK(refusal->owner == 9);
    CHECK(refusal->why.message() == "no key");
    CHECK_FALSE(world.transaction.next_refusal());
}

TEST_CASE("no two queries own each other's records", "[runtime][transaction]") {
    std::set<uint32_t> owners;
    for (int i = 0; i < 100; ++i) {
        const RunningQuery query(std::make_shared<plan::PhysicalPlan>(), {}, {});
        CHECK(owners.insert(query.owner()).second);
        CHECK(query.owner() != 0);
    }
}

TEST_CASE("outputs apart are waited for up to the mark only", "[runtime][transaction]") {
    Writing world(true);
    world.log.answers["acknowledged"] = {kLate, kLate};
    CHECK(world.transaction.outputs_acknowledged());  // There are none.
    CHECK(world.give("a").is_ok());
    world.transaction.mark_outputs();
    CHECK_FALSE(world.transaction.outputs_acknowledged());
    CHECK(world.give("b").is_ok());
    CHECK_FALSE(world.transaction.outputs_acknowledged());
    CHECK(world.transaction.outputs_acknowledged());
    CHECK(world.transaction.failure().is_ok());
    CHECK(world.take_calls() == Calls{"write out a", "mark", "acknowledged", "write out b",
                                      "acknowledged", "acknowledged"});
    // What came after the mark is the next commit's.
    world.write("c");
    CHECK(world.transaction.begin_commit());
    CHECK(world.transaction.end_commit(world.transaction.send()).is_ok());
    CHECK(world.take_calls() == Calls{"init", "begin", "write out c", "commit"});
    CHECK(world.transaction.commit().is_ok());
    CHECK(world.take_calls() == Calls{"flush"});
}

TEST_CASE("a failure of outputs up to the mark sticks", "[runtime][transaction]") {
    Writing world(true);
    CHECK(world.give("a").is_ok());
    world.transaction.mark_outputs();
    world.log.answers["acknowledged"] = {kBroken};
    CHECK(world.transaction.outputs_acknowledged());
    CHECK(world.transaction.failure().message() == "broken");
    CHECK_FALSE(world.transaction.begin_commit());
}

TEST_CASE("what is expected is asked for beside the worker, by the writer that will write",
          "[runtime][transaction]") {
    std::atomic<int> woken{0};
    FakeLog log;
    std::atomic<bool> stopping{false};
    Transaction transaction(log, writer_options(), true, "slots", "w", stopping, true,
                            [&] { ++woken; });
    ProducedRecord record;
    record.topic = "out";
    record.key = "k";

    SECTION("a writer that is wanted at once is waited for") {
        transaction.expect({"out"}, {});
        transaction.write(record);
        CHECK(log.calls == Calls{"init", "expect out", "begin", "write out k gone"});
        CHECK(!transaction.expecting());
    }
    SECTION("whoever looks from turn to turn does not wait") {
        transaction.expect({"out"}, {"apart"});
        while (transaction.expecting()) std::this_thread::yield();
        CHECK(woken == 1);
        CHECK(log.calls == Calls{"init", "expect out", "expect apart"});
        REQUIRE(transaction.write_output(record, true));
        CHECK(log.calls.back() == "write out k gone");  // By the writer that is there.
    }
    SECTION("one that does not come is asked for again by whoever writes") {
        log.answers["init"] = {kLate};
        transaction.expect({"out"}, {});
        while (transaction.expecting()) std::this_thread::yield();
        transaction.write(record);
        CHECK(log.calls == Calls{"init", "gone", "init", "begin", "write out k gone"});
    }
    SECTION("a writer that is given up meanwhile does not come back") {
        REQUIRE(transaction.ensure_writer());
        transaction.expect({"out"}, {});
        transaction.drop_writer();
        CHECK(!transaction.has_writers());
        CHECK(log.calls.back() == "gone");
    }
}

TEST_CASE("what fails beside a commit that is made is the next one's", "[runtime][transaction]") {
    Writing test(true);
    REQUIRE(test.claim());
    test.write("counted");
    REQUIRE(test.transaction.begin_commit());
    REQUIRE(test.transaction.send());
    test.log.answers["write"] = {kBroken};
    CHECK(!test.give("filtered"));
    CHECK(test.transaction.end_commit(Status::ok()));
    CHECK(!test.transaction.is_open());
    CHECK(test.transaction.failure().message() == kBroken.message());
    CHECK(test.transaction.commit().message() == kBroken.message());
    CHECK(test.transaction.abort(kBroken));
    CHECK(test.transaction.failure());
}
