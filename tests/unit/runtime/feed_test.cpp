// Shared fetching: who shares a feed, and that one who waits holds up nobody else.
#include "engine/runtime/feed.h"

#include <catch2/catch.hpp>

#include "engine/base/clock.h"
#include "engine/log/embedded/embedded_log.h"

using namespace millrace;

namespace {

struct Reader final : FeedConsumer {
    void enqueue(size_t, const std::shared_ptr<LogBatch>& batch) override {
        for (const LogRecord& record : batch->records()) offsets.push_back(record.offset);
    }
    bool wants_more(size_t) const override { return !waiting; }
    bool waits(size_t) const override { return waiting; }

    std::vector<int64_t> offsets;
    bool waiting = false;
};

void produce(Log& log, int count) {
    auto writer = log.writer({});
    for (int i = 0; i < count; ++i) {
        ProducedRecord record;
        record.topic = "t";
        record.value = "x";
        REQUIRE(writer->write(record));
    }
    REQUIRE(writer->flush(1000));
}

}  // namespace

TEST_CASE("a consumer that waits does not hold up those who share its feed", "[runtime][feed]") {
    ManualClock clock(1000);
    auto log = open_memory_log(clock);
    REQUIRE(log->topics().create("t", {1, 1, {}}));
    FeedSet feeds(*log, {});
    Reader one, other;
    REQUIRE(feeds.subscribe({"t", 0}, 0, one, 0));
    REQUIRE(feeds.subscribe({"t", 0}, 0, other, 0));
    auto drain = [&] {
        while (feeds.poll(2)) {
        }
    };
    produce(*log, 3);
    drain();
    CHECK(one.offsets == std::vector<int64_t>{0, 1, 2});
    CHECK(other.offsets == one.offsets);

    one.waiting = true;
    produce(*log, 4);
    drain();
    CHECK(one.offsets == std::vector<int64_t>{0, 1, 2});
    CHECK(other.offsets == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6});

    // It goes on where it stood, and the two share one feed again once they are level.
    one.waiting = false;
    produce(*log, 2);
    drain();
    CHECK(one.offsets == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8});
    CHECK(other.offsets == one.offsets);
    produce(*log, 1);
    CHECK(feeds.poll(10));
    CHECK(one.offsets.back() == 9);
    CHECK(other.offsets == one.offsets);
}
