#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/log/log_backends.h"

using namespace millrace;
using namespace millrace::test;

namespace {

std::unique_ptr<LogWriter> transactional(Log& log, const std::string& id) {
    WriterOptions options;
    options.transactional_id = id;
    options.client_id = "test";
    auto writer = log.writer(options);
    Status ready = init_transactions(*writer);
    INFO(ready.message());
    REQUIRE(ready.is_ok());
    return writer;
}

Status commit(LogWriter& writer) {
    return until_final([&] { return writer.commit(5000); });
}

Status abort(LogWriter& writer) {
    return until_final([&] { return writer.abort(5000); });
}

/// Polls a member until it has been assigned slots for the first time or anew.
struct TestMember {
    TestMember(Log& log, const std::string& group, const std::string& topic,
               const std::string& instance)
        : member(log.member({group, topic, instance, 6000})) {}

    Status poll(int64_t timeout_ms = 20) {
        return member->poll(
            timeout_ms, [this](const GroupMember::Assignment& given) { assignment = given; },
            [this](bool was_lost) {
                assignment.reset();
                ++revocations;
                lost = was_lost;
            });
    }

    std::unique_ptr<GroupMember> member;
    std::optional<GroupMember::Assignment> assignment;
    int revocations = 0;
    bool lost = false;
};

bool poll_until(std::vector<TestMember*> members, const std::function<bool()>& done,
                int64_t timeout_ms = 30000) {
    const int64_t deadline = steady_ms() + timeout_ms;
    while (!done() && steady_ms() < deadline) {
        for (TestMember* member : members) (void)member->poll();
    }
    return done();
}

}  // namespace

TEST_CASE("a transaction shows all its records at its commit", "[log][transactions]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "commit", 2);
            auto writer = transactional(*log, unique_name("writer"));
            REQUIRE(writer->begin().is_ok());
            REQUIRE(write_text(*writer, topic, 0, "a").is_ok());
            REQUIRE(write_text(*writer, topic, 1, "b").is_ok());
            REQUIRE(writer->flush(10000).is_ok());
            CHECK(committed_values(*log, {topic, 0}).empty());
            CHECK(committed_values(*log, {topic, 1}).empty());
            REQUIRE(commit(*writer).is_ok());
            CHECK(committed_values(*log, {topic, 0}) == std::vector<std::string>{"a"});
            CHECK(committed_values(*log, {topic, 1}) == std::vector<std::string>{"b"});
        }
    }
}

TEST_CASE("an aborted transaction leaves nothing to see", "[log][transactions]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "abort");
            const TopicPartition partition{topic, 0};
            auto writer = transactional(*log, unique_name("writer"));
            REQUIRE(writer->begin().is_ok());
            REQUIRE(write_text(*writer, topic, 0, "dropped").is_ok());
            REQUIRE(abort(*writer).is_ok());
            REQUIRE(writer->begin().is_ok());
            std::vector<int64_t> told;
            ProducedRecord record;
            record.topic = topic;
            record.partition = 0;
            record.value = "kept";
            REQUIRE(writer->write(record, [&](int64_t offset) { told.push_back(offset); }).is_ok());
            REQUIRE(commit(*writer).is_ok());
            CHECK(committed_values(*log, partition) == std::vector<std::string>{"kept"});
            auto reader = log->reader({});
            REQUIRE(reader->assign({{partition, kOffsetEarliest}}).is_ok());
            auto seen = read_records(*reader, partition, 1);
            REQUIRE(seen.size() == 1);
            CHECK(told == std::vector<int64_t>{seen[0].offset});
            // The position moves past markers: this is how a restore knows that it is done.
            const int64_t high_watermark = log->topics().offsets(partition)->end;
            const int64_t deadline = steady_ms() + 10000;
            while (reader->position(partition) < high_watermark && steady_ms() < deadline) {
                CHECK(reader->poll(partition, 10) == nullptr);
                reader->wait(20);
            }
            CHECK(reader->position(partition) == high_watermark);
            CHECK(reader->at_end(partition));
        }
    }
}

TEST_CASE("a second writer fences the first", "[log][transactions]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "fence");
            const std::string id = unique_name("writer");
            auto first = transactional(*log, id);
            REQUIRE(first->begin().is_ok());
            REQUIRE(write_text(*first, topic, 0, "zombie").is_ok());
            (void)first->flush(10000);
            auto second = transactional(*log, id);
            REQUIRE(second->begin().is_ok());
            REQUIRE(write_text(*second, topic, 0, "owner").is_ok());
            CHECK(commit(*first).fault() == Fault::kFenced);
            CHECK(abort(*first).fault() == Fault::kFenced);
            CHECK(first->begin().fault() != Fault::kNone);
            REQUIRE(commit(*second).is_ok());
            CHECK(committed_values(*log, {topic, 0}) == std::vector<std::string>{"owner"});
        }
    }
}

TEST_CASE("a lone member owns all slots and its offsets travel with the transaction",
          "[log][transactions][group]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string slots = make_topic(*log, "slots", 4);
            const std::string topic = make_topic(*log, "out");
            const std::string group = unique_name("group");
            TestMember member(*log, group, slots, "server-1");
            REQUIRE(poll_until({&member}, [&] { return member.assignment.has_value(); }));
            CHECK(member.assignment->slots == std::vector<int32_t>{0, 1, 2, 3});
            auto none = member.member->committed({0, 1}, 10000);
            REQUIRE(none.is_ok());
            CHECK(none->empty());

            auto writer = transactional(*log, unique_name("writer"));
            REQUIRE(writer->begin().is_ok());
            REQUIRE(write_text(*writer, topic, 0, "x").is_ok());
            REQUIRE(writer
                        ->send_offsets(slots, {{0, {11, "writer-1"}}, {2, {22, "writer-1"}}},
                                       *member.assignment->metadata, 10000)
                        .is_ok());
            // Open transactions that touch a slot make its offset unstable.
            CHECK(member.member->committed({0}, 200).status().fault() == Fault::kRetriable);
            REQUIRE(commit(*writer).is_ok());
            auto offsets = member.member->committed({0, 1, 2}, 10000);
            REQUIRE(offsets.is_ok());
            REQUIRE(offsets->size() == 2);
            CHECK((*offsets)[0].offset == 11);
            CHECK((*offsets)[0].metadata == "writer-1");
            CHECK((*offsets)[2].offset == 22);

            REQUIRE(writer->begin().is_ok());
            REQUIRE(writer
                        ->send_offsets(slots, {{0, {99, "writer-1"}}}, *member.assignment->metadata,
                                       10000)
                        .is_ok());
            REQUIRE(abort(*writer).is_ok());
            offsets = member.member->committed({0}, 10000);
            REQUIRE(offsets.is_ok());
            CHECK((*offsets)[0].offset == 11);
        }
    }
}

TEST_CASE("slots are divided, and old membership cannot commit", "[log][transactions][group]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string slots = make_topic(*log, "slots", 5);
            const std::string topic = make_topic(*log, "out");
            const std::string group = unique_name("group");
            TestMember first(*log, group, slots, "server-1");
            REQUIRE(poll_until({&first}, [&] { return first.assignment.has_value(); }));
            const auto old = *first.assignment;
            auto writer = transactional(*log, unique_name("writer"));
            REQUIRE(writer->begin().is_ok());
            REQUIRE(write_text(*writer, topic, 0, "stale").is_ok());

            TestMember second(*log, group, slots, "server-2");
            REQUIRE(poll_until({&first, &second}, [&] {
                return first.assignment && second.assignment &&
                       first.assignment->version > old.version;
            }));
            CHECK(first.revocations == 1);
            CHECK(!first.lost);
            CHECK(first.assignment->slots == std::vector<int32_t>{0, 1, 2});
            CHECK(second.assignment->slots == std::vector<int32_t>{3, 4});

            Status sent = writer->send_offsets(slots, {{4, {1, ""}}}, *old.metadata, 10000);
            CHECK(sent.fault() == Fault::kAbortable);
            CHECK(commit(*writer).fault() == Fault::kAbortable);
            REQUIRE(abort(*writer).is_ok());
            CHECK(committed_values(*log, {topic, 0}).empty());
            // The writer lives on with the assignment of now.
            REQUIRE(writer->begin().is_ok());
            REQUIRE(write_text(*writer, topic, 0, "fresh").is_ok());
            REQUIRE(writer->send_offsets(slots, {{0, {1, ""}}}, *first.assignment->metadata, 10000)
                        .is_ok());
            REQUIRE(commit(*writer).is_ok());
            CHECK(committed_values(*log, {topic, 0}) == std::vector<std::string>{"fresh"});
        }
    }
}

TEST_CASE("a static member comes back to its slots and fences what it was",
          "[log][transactions][group]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string slots = make_topic(*log, "slots", 4);
            const std::string group = unique_name("group");
            auto first = std::make_unique<TestMember>(*log, group, slots, "server-1");
            REQUIRE(poll_until({first.get()}, [&] { return first->assignment.has_value(); }));
            TestMember second(*log, group, slots, "server-1");
            REQUIRE(poll_until({&second}, [&] { return second.assignment.has_value(); }));
            CHECK(second.assignment->slots == std::vector<int32_t>{0, 1, 2, 3});
            const int64_t deadline = steady_ms() + 15000;
            Status fenced;
            while (fenced && steady_ms() < deadline) fenced = first->poll(50);
            CHECK(fenced.fault() == Fault::kFenced);
        }
    }
}

TEST_CASE("a member who leaves hands its slots on", "[log][group]") {
    for (const Backend& backend : backends()) {
        if (backend.is_broker) continue;  // A static member's slots stay until its session ends.
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string slots = make_topic(*log, "slots", 4);
            TestMember first(*log, "group", slots, "server-1");
            TestMember second(*log, "group", slots, "server-2");
            REQUIRE(poll_until({&first, &second}, [&] {
                return first.assignment && second.assignment &&
                       second.assignment->slots.size() == 2;
            }));
            first.member->leave();
            REQUIRE(poll_until({&second}, [&] {
                return second.assignment && second.assignment->slots.size() == 4;
            }));
        }
    }
}

TEST_CASE("group offsets for lag tools are stored", "[log][group]") {
    for (const Backend& backend : backends()) {
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "lag", 2);
            const GroupOffsets groups{{unique_name("query"), {{{topic, 0}, 5}, {{topic, 1}, 7}}},
                                      {unique_name("other"), {{{topic, 0}, 3}}}};
            Status published = log->topics().publish_group_offsets(unique_name("server"), groups);
            INFO(published.message());
            CHECK(published.is_ok());
        }
    }
}

TEST_CASE("calls out of order are refused", "[log][transactions]") {
    for (const Backend& backend : backends()) {
        if (backend.is_broker) continue;
        DYNAMIC_SECTION(backend.name) {
            auto log = backend.open();
            const std::string topic = make_topic(*log, "order");
            WriterOptions options;
            options.transactional_id = "writer";
            auto writer = log->writer(options);
            CHECK(!writer->begin().is_ok());
            REQUIRE(writer->init_transactions(1000).is_ok());
            CHECK(!write_text(*writer, topic, 0, "x").is_ok());
            CHECK(!writer->commit(1000).is_ok());
            REQUIRE(writer->begin().is_ok());
            CHECK(!writer->begin().is_ok());
            CHECK(writer->commit(1000).is_ok());
        }
    }
}
