// Shared fetching: who shares a feed, and that one who waits holds up nobody else.
#include "engine/runtime/feed.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/base/clock.h"
#include "engine/log/embedded/embedded_log.h"
#include "tests/support/engine_fixture.h"

using namespace millrace;
using namespace millrace::test;

namespace {

struct Reader final : FeedConsumer {
    void enqueue(size_t, const std::shared_ptr<LogBatch>& batch) override {
        for (const LogRecord& record : batch->records()) offsets.push_back(record.offset);
    }
    bool wants_more(size_t) const override { return !waiting; }
    bool starves(size_t) const override { return starving; }
    bool waits(size_t) const override { return waiting; }

    std::vector<int64_t> offsets;
    bool waiting = false;
    bool starving = false;
};

/// The log in memory, which counts its readers.
class CountingLog final : public SharedLog {
public:
    explicit CountingLog(const Clock& clock) : SharedLog(open_memory_log(clock)) {}
    std::unique_ptr<LogReader> reader(const ReaderOptions& options) override {
        ++readers_made;
        return SharedLog::reader(options);
    }

    size_t readers_made = 0;
};

std::vector<int64_t> offsets_from(int64_t first, int64_t end) {
    std::vector<int64_t> offsets;
    for (int64_t offset = first; offset < end; ++offset) offsets.push_back(offset);
    return offsets;
}

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

TEST_CASE("however many consumers catch up, a few readers serve them", "[runtime][feed]") {
    ManualClock clock(1000);
    CountingLog log(clock);
    REQUIRE(log.topics().create("t", {1, 1, {}}));
    produce(log, 100);
    FeedSet feeds(log, {});
    std::vector<std::unique_ptr<Reader>> readers;
    std::vector<int64_t> firsts;
    auto subscribe = [&](int64_t first) {
        readers.push_back(std::make_unique<Reader>());
        firsts.push_back(first);
        REQUIRE(feeds.subscribe({"t", 0}, first, *readers.back(), 0));
    };
    subscribe(0);
    while (feeds.poll(7)) {
    }
    // One after the other, while those before are on their way, from all kinds of places.
    for (int64_t i = 0; i < 30; ++i) {
        subscribe((i * 37) % 101);
        feeds.poll(static_cast<size_t>(i % 5 + 1));
        readers[static_cast<size_t>(i)]->waiting = i % 7 == 3;
        // Who is up to date is not held up.
        if (i % 10 == 0) {
            readers[0]->waiting = false;
            produce(log, 1);
            while (readers[0]->offsets.back() != 100 + i / 10) REQUIRE(feeds.poll(3));
        }
    }
    for (auto& reader : readers) reader->waiting = false;
    while (feeds.poll(7)) {
    }
    for (size_t i = 0; i < readers.size(); ++i) {
        INFO(i << " from " << firsts[i]);
        CHECK(readers[i]->offsets == offsets_from(firsts[i], 103));
    }
    CHECK(log.readers_made == FeedSet::kLanesMax);

    // Those that are not needed end, and come again.
    for (int i = 0; i < 1000; ++i) feeds.poll(7);
    subscribe(5);
    while (feeds.poll(7)) {
    }
    CHECK(readers.back()->offsets == offsets_from(5, 103));
    CHECK(log.readers_made == FeedSet::kLanesMax + 1);
}

TEST_CASE("where memory is used up only those who starve are given records, a few each",
          "[runtime][feed][memory]") {
    ManualClock clock(1000);
    const std::filesystem::path dir =
        std::filesystem::temp_directory_path() / ("millrace-feed-" + std::to_string(getpid()));
    auto opened = open_rocksdb_log(dir, clock);
    REQUIRE(opened);
    std::unique_ptr<Log> log = std::move(*opened);
    for (const char* topic : {"a", "b"}) REQUIRE(log->topics().create(topic, {1, 1, {}}));
    for (int i = 0; i < 1000; ++i) {
        auto writer = log->writer({});
        for (const char* topic : {"a", "b"}) {
            ProducedRecord record;
            record.topic = topic;
            record.value = "0123456789";
            REQUIRE(writer->write(record));
        }
    }
    MemoryGovernor memory(100'000);  // Of it 15,000 are for what is fetched.
    FeedSet feeds(*log, {}, MemoryShare(&memory, MemoryHolder::kFetched));
    struct Keeper final : FeedConsumer {
        void enqueue(size_t, const std::shared_ptr<LogBatch>& batch) override {
            num_records += batch->records().size();
            batches.push_back(batch);
        }
        bool wants_more(size_t) const override { return true; }
        bool starves(size_t) const override { return batches.empty(); }
        bool waits(size_t) const override { return false; }
        std::vector<std::shared_ptr<LogBatch>> batches;
        size_t num_records = 0;
    };
    Keeper a, b;
    REQUIRE(feeds.subscribe({"a", 0}, 0, a, 0));
    REQUIRE(feeds.subscribe({"b", 0}, 0, b, 0));
    const MemoryShare share(&memory, MemoryHolder::kFetched);
    REQUIRE(feeds.poll(400));
    CHECK(a.num_records == 64);  // Both have their fair part.
    CHECK(b.num_records == 64);
    while (feeds.poll(400)) {
    }
    CHECK(share.full());
    CHECK(memory.held() < 25'000);
    const size_t records = a.num_records + b.num_records;
    SECTION("who lets go of something is given more") {
        a.batches.clear();
        REQUIRE(feeds.poll(400));
        CHECK(a.num_records + b.num_records > records);
    }
    SECTION("others hold it all") {
        const MemoryAccount others(share, 20'000);
        CHECK_FALSE(feeds.poll(400));
        b.batches.clear();
        REQUIRE(feeds.poll(400));
        CHECK(a.num_records + b.num_records == records + 64);
        CHECK_FALSE(feeds.poll(400));
    }
    for (int i = 0; i < 40; ++i) {
        a.batches.clear();
        b.batches.clear();
        feeds.poll(400);
    }
    CHECK(a.num_records == 1000);
    CHECK(b.num_records == 1000);
    a.batches.clear();
    b.batches.clear();
    CHECK(memory.held() == 0);
    feeds.clear();
    log.reset();
    std::filesystem::remove_all(dir);
}
