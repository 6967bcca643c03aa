// The logs that the contract is held against, and short ways to write and read in tests.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/log/log.h"

namespace millrace::test {

struct Backend {
    std::string name;
    bool is_broker = false;
    std::function<std::unique_ptr<Log>()> open;
};

/// A new directory, removed at the end.
struct ScratchDir {
    ScratchDir();
    ~ScratchDir();
    ScratchDir(const ScratchDir&) = delete;
    ScratchDir& operator=(const ScratchDir&) = delete;
    std::filesystem::path path;
};

/// Memory, a broker in memory, a RocksDB directory and, when MILLRACE_TEST_BROKER=host:port is set,
/// Kafka.
std::vector<Backend> backends();

/// A name that no other test, and no other run on the same broker, uses.
std::string unique_name(const std::string& stem);
/// Creates a topic of that stem and tells its name.
std::string make_topic(Log& log, const std::string& stem, int32_t partitions = 1);

/// A record out of the log, owned.
struct SeenRecord {
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<Header> headers;
};

/// Reads until `count` records are there or the time is over.
std::vector<SeenRecord> read_records(LogReader& reader, const TopicPartition& partition,
                                     size_t count, int64_t timeout_ms = 10000);
/// Values of all records of a partition that a fresh reader gets before it is at the end.
std::vector<std::string> committed_values(Log& log, const TopicPartition& partition);
std::vector<std::string> values_of(const std::vector<SeenRecord>& records);

Status write_text(LogWriter& writer, const std::string& topic, int32_t partition,
                  const std::string& value);
/// Calls until the answer is final.
Status init_transactions(LogWriter& writer);
Status until_final(const std::function<Status()>& call, int64_t timeout_ms = 20000);

}  // namespace millrace::test
