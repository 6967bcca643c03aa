// Retention and compaction of topics on disk, and the bound of a record.
#include "engine/log/embedded/log_cleaner.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "engine/log/embedded/embedded_log.h"
#include "engine/log/embedded/rocksdb_store.h"
#include "tests/support/damaged_bytes.h"
#include "tests/unit/log/log_backends.h"

using namespace millrace;
using namespace millrace::test;

namespace {

constexpr int64_t kHour = 3600 * 1000;

/// A log whose cleaner does what it is told, when it is told.
struct CleanedLog {
    ScratchDir dir;
    ManualClock clock{1000 * kHour};
    std::shared_ptr<EmbeddedCore> core;
    std::unique_ptr<Log> log;

    CleanedLog() { open(); }
    void open() {
        log.reset();
        core.reset();
        auto store = open_rocksdb_store(dir.path.string(), {});
        REQUIRE(store.is_ok());
        core = std::make_shared<EmbeddedCore>(clock, std::shared_ptr<LogStore>(std::move(*store)));
        REQUIRE(core->load().is_ok());
        log = make_embedded_log(core);
    }
    void clean() { LogCleaner(core).clean(); }
    void pass(int64_t ms) {
        clock.advance(ms);
        clean();
    }
    void write(const std::string& value, int64_t timestamp_ms = -1,
               std::optional<std::string> key = std::nullopt) {
        ProducedRecord record;
        record.topic = "a";
        if (key) record.key = *key;
        if (value != "tombstone") record.value = value;
        record.timestamp_ms = timestamp_ms;
        auto writer = log->writer({});
        REQUIRE(writer->write(record).is_ok());
        REQUIRE(writer->flush(1000).is_ok());
    }
    std::vector<std::string> values() { return committed_values(*log, {"a", 0}); }
    OffsetRange range() { return *log->topics().offsets({"a", 0}); }
};

using Values = std::vector<std::string>;

}  // namespace

TEST_CASE("records go when they are older than retention.ms", "[log][cleaner]") {
    CleanedLog world;
    REQUIRE(world.log->topics().create("a", {1, 1, {{"retention.ms", "3600000"}}}).is_ok());
    world.write("first");
    world.clean();
    world.pass(kHour / 2);
    world.write("second");
    world.clean();
    world.pass(kHour / 2 - 1);
    CHECK(world.values() == Values{"first", "second"});
    world.pass(kHour / 16);
    CHECK(world.values() == Values{"second"});
    CHECK(world.range().begin == 1);
    // It has been noted when they came.
    world.open();
    world.pass(kHour);
    CHECK(world.values().empty());
    CHECK(world.range().end == 2);
    world.open();
    world.write("third");
    CHECK(world.range().end == 3);
    CHECK(world.values() == Values{"third"});
}

TEST_CASE("a record of long ago that has come just now stays for a while", "[log][cleaner]") {
    CleanedLog world;
    REQUIRE(world.log->topics().create("a", {1, 1, {}}).is_ok());
    world.write("of 1970", 5);
    world.clean();
    world.pass(24 * kHour);
    CHECK(world.values() == Values{"of 1970"});
    world.pass(7 * 24 * kHour);
    CHECK(world.values().empty());
}

TEST_CASE("retention.ms=-1 and time to come keep records", "[log][cleaner]") {
    CleanedLog world;
    const bool for_ever = GENERATE(true, false);
    const std::string retention = for_ever ? "-1" : "1000";
    REQUIRE(world.log->topics().create("a", {1, 1, {{"retention.ms", retention}}}).is_ok());
    world.write("x", for_ever ? 5 : world.clock.now_ms() + 1000 * kHour);
    world.clean();
    world.pass(100 * kHour);
    world.pass(100 * kHour);
    CHECK(world.values() == Values{"x"});
}

TEST_CASE("a partition is no larger than retention.bytes, but for its last record",
          "[log][cleaner]") {
    CleanedLog world;
    REQUIRE(world.log->topics()
                .create("a", {1, 1, {{"retention.ms", "-1"}, {"retention.bytes", "100000"}}})
                .is_ok());
    std::mt19937 random(1);
    for (int i = 0; i < 300; ++i) {
        std::string value(2000, '\0');
        for (char& c : value) c = static_cast<char>(random());
        world.write(value);
    }
    world.open();  // To a table file: there sizes are exact.
    for (int i = 0; i < 20; ++i) world.clean();
    const auto left = world.range();
    CHECK(left.end == 300);
    CHECK(left.begin > 200);
    CHECK(left.begin < 299);
    CHECK(world.values().size() == static_cast<size_t>(left.end - left.begin));
}

TEST_CASE("a compacted topic keeps the last record of each key", "[log][cleaner]") {
    CleanedLog world;
    REQUIRE(world.log->topics().create("a", {1, 1, {{"cleanup.policy", "compact"}}}).is_ok());
    for (int i = 0; i < 1000; ++i) world.write("v" + std::to_string(i), -1, std::to_string(i % 10));
    world.write("tombstone", -1, "3");
    world.write("end", -1, "end");
    world.clean();
    auto reader = world.log->reader({});
    REQUIRE(reader->assign({{{"a", 0}, kOffsetEarliest}}).is_ok());
    std::map<std::string, std::string> table;
    auto records = read_records(*reader, {"a", 0}, 11, 1000);
    CHECK(records.size() == 11);
    for (const auto& record : records) table[*record.key] = record.value.value_or("tombstone");
    CHECK(reader->at_end({"a", 0}));
    CHECK(reader->position({"a", 0}) == 1002);
    CHECK(table.size() == 11);
    CHECK(table["0"] == "v990");
    CHECK(table["3"] == "tombstone");
    CHECK(table["end"] == "end");
    reader.reset();
    // The key's tombstone goes when all who read from the beginning have had time to see it.
    world.open();
    world.pass(25 * kHour);
    for (int i = 0; i < 1000; ++i) world.write("w" + std::to_string(i), -1, "0");
    world.clean();
    auto values = world.values();
    CHECK(values.size() < 100);
    CHECK(std::count(values.begin(), values.end(), "v999") == 1);
    CHECK(values.back() == "w999");
    CHECK(world.range().end == 2002);
}

TEST_CASE("the cleaner's note stands any bytes", "[log][cleaner]") {
    CleanerNote note;
    note.compacted_to = 7;
    note.arrivals = {{1, 2}, {3, 4}};
    const CleanerNote again = CleanerNote::decode(note.encode());
    CHECK(again.compacted_to == 7);
    CHECK(again.arrived_before(2) == 2);
    CHECK(again.arrived_before(3) == 4);
    CHECK(again.arrived_before(0) == 0);
    for_each_damaged(note.encode(), [](const std::string& bytes) { CleanerNote::decode(bytes); });
}

TEST_CASE("a record larger than max.message.bytes is refused", "[log][cleaner]") {
    const ManualClock clock;
    auto log = open_memory_log(clock);
    REQUIRE(log->topics().create("large", {1, 1, {}}).is_ok());
    REQUIRE(log->topics().create("small", {1, 1, {{"max.message.bytes", "2000"}}}).is_ok());
    auto plain = log->writer({});
    WriterOptions options;
    options.transactional_id = "writer";
    auto writer = log->writer(options);
    REQUIRE(writer->init_transactions(1000).is_ok());
    REQUIRE(writer->begin().is_ok());
    for (LogWriter* each : {plain.get(), writer.get()}) {
        CHECK(write_text(*each, "large", 0, std::string(1048588 - 100, 'x')).is_ok());
        CHECK(write_text(*each, "small", 0, std::string(1900, 'x')).is_ok());
        Status refused = write_text(*each, "large", 0, std::string(1048588, 'x'));
        CHECK(refused.fault() == Fault::kRefused);
        CHECK(refused.message().find("Message size too large") != std::string::npos);
        CHECK(write_text(*each, "small", 0, std::string(2000, 'x')).fault() == Fault::kRefused);
    }
    CHECK(writer->commit(1000).is_ok());
    CHECK(committed_values(*log, {"large", 0}).size() == 2);
}
