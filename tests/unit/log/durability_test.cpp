// What a log in a directory promises over a loss of power, and what it says of files that are not
// whole.
#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "engine/log/embedded/embedded_log.h"
#include "engine/log/embedded/wal_scan.h"
#include "tests/support/faulty_files.h"
#include "tests/unit/log/log_backends.h"

using namespace millrace;
using namespace millrace::test;

namespace {

const SystemClock g_durable_clock;

Result<std::unique_ptr<Log>> try_open(const std::filesystem::path& dir, DiskLogOptions options) {
    return open_rocksdb_log(dir.string(), g_durable_clock, options);
}

std::unique_ptr<Log> open_synced(const std::filesystem::path& dir, DiskLogOptions options = {}) {
    auto log = try_open(dir, options);
    INFO(log.status().message());
    REQUIRE(log.is_ok());
    return std::move(*log);
}

std::unique_ptr<LogWriter> transactional_writer(Log& log) {
    WriterOptions options;
    options.transactional_id = "writer";
    auto writer = log.writer(options);
    REQUIRE(writer->init_transactions(1000).is_ok());
    return writer;
}

/// Writes `count` records to topic a, every ten of them acknowledged together.
void write_tens(Log& log, int count) {
    auto writer = log.writer({});
    for (int i = 0; i < count; ++i) {
        REQUIRE(write_text(*writer, "a", 0, "record " + std::to_string(i)).is_ok());
        if (i % 10 == 9) REQUIRE(writer->flush(1000).is_ok());
    }
}

/// The only write-ahead log with something in it.
std::filesystem::path wal_of(const std::filesystem::path& dir) {
    std::filesystem::path found;
    for (const auto& entry : std::filesystem::directory_iterator(dir)) {
        if (entry.path().extension() == ".log" && entry.file_size() > 0) found = entry.path();
    }
    REQUIRE(!found.empty());
    return found;
}

/// A directory as kill -9 leaves it: 1,000 records in its write-ahead log.
std::filesystem::path killed_log(const ScratchDir& scratch) {
    const auto dir = scratch.path / "killed";
    auto log = open_synced(scratch.path / "live");
    REQUIRE(log->topics().create("a", {1, 1, {}}).is_ok());
    write_tens(*log, 1000);
    std::filesystem::copy(scratch.path / "live", dir);
    std::filesystem::remove(dir / "LOCK");
    return dir;
}

void overwrite(const std::filesystem::path& file, uint64_t at, const std::string& bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(at));
    out << bytes;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what was acknowledged outlives a loss of power", "[log][durability]") {
    const LogSync sync = GENERATE(LogSync::kGroup, LogSync::kAlways);
    ScratchDir scratch;
    FaultyFiles files;
    auto log = open_synced(scratch.path / "live", {.sync = sync, .env = &files});
    REQUIRE(log->topics().create("a", {1, 1, {}}).is_ok());
    auto plain = log->writer({});
    auto writer = transactional_writer(*log);
    for (int round = 1; round <= 5; ++round) {
        REQUIRE(write_text(*plain, "a", 0, "plain").is_ok());
        REQUIRE(plain->flush(1000).is_ok());
        REQUIRE(writer->begin().is_ok());
        REQUIRE(write_text(*writer, "a", 0, "committed").is_ok());
        REQUIRE(writer->commit(1000).is_ok());
        const auto left = scratch.path / std::to_string(round);
        files.leave_synced(scratch.path / "live", left);
        CHECK(committed_values(*open_synced(left), {"a", 0}).size() ==
              static_cast<size_t>(2 * round));
    }
}

TEST_CASE("what nobody waits for is synced soon, unless never", "[log][durability]") {
    const LogSync sync = GENERATE(LogSync::kGroup, LogSync::kNever);
    ScratchDir scratch;
    FaultyFiles files;
    auto log = open_synced(scratch.path / "live", {.sync = sync, .env = &files});
    REQUIRE(log->topics().create("a", {1, 1, {}}).is_ok());
    auto writer = log->writer({});
    REQUIRE(write_text(*writer, "a", 0, "x").is_ok());
    size_t left = 0;
    for (int i = 0; left == 0 && i < (sync == LogSync::kGroup ? 50 : 5); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        const auto dir = scratch.path / std::to_string(i);
        files.leave_synced(scratch.path / "live", dir);
        auto after = open_synced(dir);
        if (after->topics().describe("a")) left = committed_values(*after, {"a", 0}).size();
    }
    CHECK(left == (sync == LogSync::kGroup ? 1 : 0));
}

TEST_CASE("those who wait share a sync", "[log][durability]") {
    ScratchDir scratch;
    FaultyFiles files;
    auto log = open_synced(scratch.path / "live", {.env = &files});
    REQUIRE(log->topics().create("a", {1, 1, {}}).is_ok());
    const int64_t before = files.num_syncs();
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            auto writer = log->writer({});
            for (int i = 0; i < 50; ++i) {
                if (!write_text(*writer, "a", 0, "x") || !writer->flush(1000)) ++failed;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(failed == 0);
    CHECK(files.num_syncs() - before < 400);
}

TEST_CASE("a write-ahead log without its end is what a loss of power leaves", "[log][durability]") {
    ScratchDir scratch;
    const auto dir = killed_log(scratch);
    CHECK(!find_wal_hole(dir.string()));
    const auto wal = wal_of(dir);
    std::filesystem::resize_file(wal, std::filesystem::file_size(wal) * 4 / 5 + 3);
    const auto hole = find_wal_hole(dir.string());
    REQUIRE(hole);
    CHECK(!hole->acknowledged);
    auto log = open_synced(dir);
    const auto values = committed_values(*log, {"a", 0});
    CHECK(values.size() > 700);
    CHECK(values.size() < 850);
    for (size_t i = 0; i < values.size(); ++i) CHECK(values[i] == "record " + std::to_string(i));
    // What comes now stands behind what is left.
    write_tens(*log, 10);
    CHECK(committed_values(*log, {"a", 0}).size() == values.size() + 10);
}

TEST_CASE("damage within what was synced keeps a log from opening, and is named",
          "[log][durability]") {
    ScratchDir scratch;
    const auto dir = killed_log(scratch);
    const auto wal = wal_of(dir);
    const uint64_t middle = std::filesystem::file_size(wal) / 2;
    SECTION("changed bytes") {
        overwrite(wal, middle, "damaged");
    }
    SECTION("a page of zeros") {
        overwrite(wal, middle, std::string(4096, '\0'));
    }
    auto log = try_open(dir, {});
    REQUIRE(!log.is_ok());
    CHECK(log.status().fault() == Fault::kCorruptState);
    const std::string& message = log.status().message();
    INFO(message);
    CHECK(contains(message, wal.filename().string() + ", byte "));
    CHECK(contains(message, "topic a, partition 0: "));
    CHECK(contains(message, "millrace.log.damaged=cut"));

    // Nothing was changed by that; asked to, the log goes on with what stands before the damage.
    auto cut = open_synced(dir, {.on_damage = OnDamage::kCut});
    const auto values = committed_values(*cut, {"a", 0});
    CHECK(values.size() > 400);
    CHECK(values.size() < 600);
    CHECK(contains(message, fmt::format(": {} records from offset {} on", 1000 - values.size(),
                                        values.size())));
    CHECK(std::filesystem::exists(dir / "damaged-1" / wal.filename()));
    write_tens(*cut, 10);
    cut.reset();
    CHECK(committed_values(*open_synced(dir), {"a", 0}).size() == values.size() + 10);
}

TEST_CASE("every byte of a write-ahead log counts", "[log][durability]") {
    ScratchDir scratch;
    const auto dir = killed_log(scratch);
    const auto wal = wal_of(dir);
    const uint64_t size = std::filesystem::file_size(wal);
    for (uint64_t at = 5; at < size; at += size / 97) {
        char byte = 0;
        std::ifstream(wal, std::ios::binary).seekg(static_cast<std::streamoff>(at)).get(byte);
        overwrite(wal, at, std::string(1, static_cast<char>(byte ^ 0x20)));
        INFO("byte " << at << " of " << size);
        const auto hole = find_wal_hole(dir.string());
        REQUIRE(hole);
        CHECK(hole->at <= at);
        overwrite(wal, at, std::string(1, byte));
    }
    CHECK(!find_wal_hole(dir.string()));
}

TEST_CASE("a log whose root is missing is no new one", "[log][durability]") {
    ScratchDir scratch;
    const auto dir = killed_log(scratch);
    std::filesystem::remove(dir / "CURRENT");
    auto log = try_open(dir, {});
    REQUIRE(!log.is_ok());
    CHECK(log.status().fault() == Fault::kCorruptState);
    CHECK(contains(log.status().message(), "CURRENT"));
}

TEST_CASE("a log keeps a reserve of its disk, says so, and goes on by itself",
          "[log][durability]") {
    ScratchDir scratch;
    FaultyFiles files;
    auto log = open_synced(scratch.path / "live", {.disk_reserve_bytes = 1 << 20, .env = &files});
    REQUIRE(log->topics().create("a", {1, 1, {}}).is_ok());
    REQUIRE(log->topics().create("b", {1, 1, {}}).is_ok());
    auto plain = log->writer({});
    auto writer = transactional_writer(*log);
    REQUIRE(writer->begin().is_ok());
    REQUIRE(write_text(*writer, "a", 0, "committed").is_ok());
    files.tell_free(1000);
    // The system is asked now and then; from then on every time.
    const std::string megabyte(1 << 19, 'x');
    Status full;
    for (int i = 0; full && i < 4; ++i) full = write_text(*plain, "b", 0, megabyte);
    CHECK(full.fault() == Fault::kRetriable);
    CHECK(contains(full.message(), "1000 bytes are free"));
    CHECK(writer->commit(100).fault() == Fault::kRetriable);
    CHECK(log->topics().create("c", {1, 1, {}}).fault() == Fault::kRetriable);
    // What frees room is done all the same.
    CHECK(log->topics().remove("b").is_ok());
    files.tell_free(0);
    CHECK(writer->commit(1000).is_ok());
    CHECK(write_text(*plain, "a", 0, "x").is_ok());
    CHECK(plain->flush(1000).is_ok());
    CHECK(committed_values(*log, {"a", 0}) == std::vector<std::string>{"committed", "x"});
}

TEST_CASE("a write that the disk cuts off loses nothing that was acknowledged",
          "[log][durability]") {
    const LogSync sync = GENERATE(LogSync::kGroup, LogSync::kAlways);
    const int before = GENERATE(0, 5);
    ScratchDir scratch;
    FaultyFiles files;
    {
        auto log = open_synced(scratch.path / "live", {.sync = sync});
        REQUIRE(log->topics().create("a", {1, 1, {}}).is_ok());
    }
    size_t told = 0;
    {
        auto log = open_synced(scratch.path / "live", {.sync = sync, .env = &files});
        auto writer = log->writer({});
        auto write = [&] {
            if (write_text(*writer, "a", 0, "v" + std::to_string(told)) && writer->flush(1000))
                ++told;
        };
        for (int i = 0; i < before; ++i) write();
        REQUIRE(told == static_cast<size_t>(before));
        files.set_full(true);
        write();
        write();
        CHECK(told == static_cast<size_t>(before));
        files.set_full(false);
        if (before == 0) {  // RocksDB cannot be made to go on; a new start can.
            const Status refused = write_text(*writer, "a", 0, "x");
            CHECK(refused.fault() == Fault::kFatal);
            CHECK(contains(refused.message(), "started again"));
            writer.reset();
            log.reset();
            log = open_synced(scratch.path / "live", {.sync = sync, .env = &files});
            writer = log->writer({});
        }
        for (int i = 0; i < 100 && told < static_cast<size_t>(before) + 10; ++i) write();
        CHECK(told == static_cast<size_t>(before) + 10);
        CHECK(committed_values(*log, {"a", 0}).size() >= told);
        // Not closed: as after kill -9.
        std::filesystem::copy(scratch.path / "live", scratch.path / "killed");
        std::filesystem::remove(scratch.path / "killed" / "LOCK");
    }
    for (const char* dir : {"live", "killed"}) {
        auto values = committed_values(*open_synced(scratch.path / dir), {"a", 0});
        std::set<std::string> distinct(values.begin(), values.end());
        for (size_t i = 0; i < told; ++i) CHECK(distinct.count("v" + std::to_string(i)) == 1);
    }
}
