// What only a log in a directory promises: it is there again after a close, and after kill -9.
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "engine/log/embedded/embedded_log.h"
#include "tests/support/damaged_bytes.h"
#include "tests/support/damaged_files.h"
#include "tests/unit/log/log_backends.h"

using namespace millrace;
using namespace millrace::test;

namespace {

constexpr const char* kDirVariable = "MILLRACE_TEST_KILL_DIR";
const SystemClock g_clock;

std::unique_ptr<Log> open_log(const std::filesystem::path& dir) {
    auto log = open_rocksdb_log(dir.string(), g_clock);
    INFO(log.status().message());
    REQUIRE(log.is_ok());
    return std::move(*log);
}

int64_t committed_offset(Log& log) {
    auto member = log.member({"group", "slots", "server", 6000});
    auto offsets = member->committed({0}, 1000);
    REQUIRE(offsets.is_ok());
    return offsets->empty() ? 0 : offsets->at(0).offset;
}

}  // namespace

TEST_CASE("topics, records and offsets are there after a close", "[log][rocksdb]") {
    ScratchDir dir;
    std::string cluster_id;
    {
        auto log = open_log(dir.path);
        cluster_id = log->topics().cluster_id();
        CHECK(log->describe() == "embedded (" + dir.path.string() + ")");
        REQUIRE(log->topics().create("a", {2, 3, {{"cleanup.policy", "compact"}}}).is_ok());
        REQUIRE(log->topics().create("gone", {1, 1, {}}).is_ok());
        REQUIRE(log->topics().create("slots", {4, 1, {}}).is_ok());
        auto writer = log->writer({});
        for (int i = 0; i < 100; ++i) {
            REQUIRE(write_text(*writer, "a", 0, std::to_string(i)).is_ok());
        }
        REQUIRE(write_text(*writer, "gone", 0, "x").is_ok());
        REQUIRE(log->topics().delete_records({{{"a", 0}, 40}}).is_ok());
        REQUIRE(log->topics().delete_records({{{"a", 1}, 40}}).is_ok());
        REQUIRE(log->topics().remove("gone").is_ok());
        REQUIRE(
            log->topics().publish_group_offsets("me", {{"group", {{{"slots", 0}, 77}}}}).is_ok());
    }
    auto log = open_log(dir.path);
    CHECK(log->topics().cluster_id() == cluster_id);
    auto info = log->topics().describe("a");
    REQUIRE(info.is_ok());
    CHECK(info->replicas == std::vector<int32_t>{3, 3});
    CHECK(info->settings["cleanup.policy"] == "compact");
    CHECK(log->topics().describe("gone").status().fault() == Fault::kNotFound);
    CHECK(log->topics().offsets({"a", 0})->begin == 40);
    CHECK(log->topics().offsets({"a", 0})->end == 100);
    CHECK(log->topics().offsets({"a", 1})->end == 0);
    CHECK(committed_values(*log, {"a", 0}).size() == 60);
    CHECK(committed_offset(*log) == 77);
    // A new topic of an old name starts empty.
    REQUIRE(log->topics().create("gone", {1, 1, {}}).is_ok());
    CHECK(log->topics().offsets({"gone", 0})->end == 0);
    CHECK(committed_values(*log, {"gone", 0}).empty());
}

TEST_CASE("what was truncated stays away and its offsets are not given again", "[log][rocksdb]") {
    ScratchDir dir;
    {
        auto log = open_log(dir.path);
        REQUIRE(log->topics().create("a", {1, 1, {}}).is_ok());
        auto writer = log->writer({});
        for (int i = 0; i < 25000; ++i) REQUIRE(write_text(*writer, "a", 0, "v").is_ok());
        REQUIRE(log->topics().delete_records({{{"a", 0}, 15000}}).is_ok());
        CHECK(committed_values(*log, {"a", 0}).size() == 10000);
        REQUIRE(log->topics().delete_records({{{"a", 0}, 25000}}).is_ok());
    }
    auto log = open_log(dir.path);
    CHECK(log->topics().offsets({"a", 0})->begin == 25000);
    CHECK(log->topics().offsets({"a", 0})->end == 25000);
    auto writer = log->writer({});
    REQUIRE(write_text(*writer, "a", 0, "next").is_ok());
    CHECK(log->topics().offsets({"a", 0})->end == 25001);
    CHECK(committed_values(*log, {"a", 0}) == std::vector<std::string>{"next"});
}

TEST_CASE("one process at a time has the directory", "[log][rocksdb]") {
    ScratchDir dir;
    auto log = open_log(dir.path);
    auto second = open_rocksdb_log(dir.path.string(), g_clock);
    REQUIRE(!second.is_ok());
    CHECK(second.status().fault() == Fault::kFatal);
    CHECK(second.status().message().find(dir.path.string()) != std::string::npos);
}

// Run by the next test in a process of its own; ends only by a signal.
TEST_CASE("the writer that is killed", "[.killed]") {
    const char* dir = getenv(kDirVariable);
    if (dir == nullptr) return;
    auto log = open_log(std::filesystem::path(dir) / "log");
    for (const char* topic : {"left", "right", "plain"}) {
        REQUIRE(log->topics().create(topic, {1, 1, {}}).is_ok());
    }
    REQUIRE(log->topics().create("slots", {1, 1, {}}).is_ok());
    GroupMember::Assignment assignment;
    auto member = log->member({"group", "slots", "server", 6000});
    REQUIRE(member
                ->poll(
                    0, [&](const auto& given) { assignment = given; }, [](bool) {})
                .is_ok());
    WriterOptions options;
    options.transactional_id = "writer";
    auto writer = log->writer(options);
    auto plain = log->writer({});
    REQUIRE(writer->init_transactions(1000).is_ok());
    std::ofstream told(std::filesystem::path(dir) / "told");
    int64_t count = committed_offset(*log);
    const std::string padding(200, 'x');
    while (true) {
        REQUIRE(writer->begin().is_ok());
        for (int i = 0; i < 20; ++i, ++count) {
            REQUIRE(write_text(*writer, "left", 0, std::to_string(count) + padding).is_ok());
            REQUIRE(write_text(*writer, "right", 0, std::to_string(count)).is_ok());
        }
        REQUIRE(
            writer->send_offsets("slots", {{0, {count, ""}}}, *assignment.metadata, 1000).is_ok());
        REQUIRE(writer->commit(1000).is_ok());
        REQUIRE(write_text(*plain, "plain", 0, std::to_string(count)).is_ok());
        told.seekp(0);
        told << count << '\n' << std::flush;
    }
}

/// How many records the writer has told of, 0 before the first.
int64_t told_in(const std::filesystem::path& dir) {
    int64_t told = 0;
    std::ifstream(dir / "told") >> told;
    return told;
}

TEST_CASE("after kill -9 every commit that was told is there, whole", "[log][rocksdb]") {
    ScratchDir dir;
    setenv(kDirVariable, dir.path.c_str(), 1);
    for (int round = 0; round < 4; ++round) {
        // A new program, not a fork: this one has had RocksDB open.
        char program[] = "/proc/self/exe";
        char filter[] = "[.killed]";
        char* arguments[] = {program, filter, nullptr};
        pid_t child = 0;
        const int64_t told_before = told_in(dir.path);
        REQUIRE(posix_spawn(&child, program, nullptr, nullptr, arguments, environ) == 0);
        // However slow the machine: it has written something before it ends.
        for (int i = 0; i < 6000 && told_in(dir.path) <= told_before; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(50 + round * 137));
        REQUIRE(kill(child, SIGKILL) == 0);
        int how = 0;
        REQUIRE(waitpid(child, &how, 0) == child);
        REQUIRE(WIFSIGNALED(how));

        const int64_t told = told_in(dir.path);
        auto log = open_log(dir.path / "log");
        const int64_t offset = committed_offset(*log);
        CHECK(offset >= told);
        CHECK(offset > round * 20);
        CHECK(offset % 20 == 0);
        auto left = committed_values(*log, {"left", 0});
        auto right = committed_values(*log, {"right", 0});
        CHECK(static_cast<int64_t>(left.size()) == offset);
        CHECK(static_cast<int64_t>(right.size()) == offset);
        bool in_order = true;
        for (size_t i = 0; i < right.size(); ++i) {
            in_order = in_order && right[i] == std::to_string(i) && left[i].starts_with(right[i]);
        }
        CHECK(in_order);
        auto plain = committed_values(*log, {"plain", 0});
        REQUIRE(!plain.empty());
        CHECK(std::stoll(plain.back()) >= told);
    }
    unsetenv(kDirVariable);
}

TEST_CASE("a damaged file is no end of the records", "[log][rocksdb]") {
    ScratchDir dir;
    {
        auto log = open_log(dir.path);
        REQUIRE(log->topics().create("a", {1, 1, {}}).is_ok());
        auto writer = log->writer({});
        std::mt19937 random(1);
        for (int i = 0; i < 1000; ++i)
            REQUIRE(write_text(*writer, "a", 0, random_bytes(random, 400)).is_ok());
    }
    open_log(dir.path);  // What the WAL holds goes to a table file.
    damage_table_files(dir.path);
    auto log = open_log(dir.path);
    auto reader = log->reader({});
    REQUIRE(reader->assign({{{"a", 0}, kOffsetEarliest}}).is_ok());
    size_t records = 0;
    while (auto batch = reader->poll({"a", 0}, 100)) records += batch->records().size();
    CHECK(records < 1000);
    const auto errors = reader->take_errors();
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].second.fault() == Fault::kCorruptState);
}
