#include "tests/unit/log/log_backends.h"

#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "engine/log/embedded/embedded_log.h"
#include "engine/log/embedded/memory_broker.h"
#include "engine/log/kafka/kafka_log.h"

namespace millrace::test {

namespace {

const SystemClock& system_clock() {
    static const SystemClock clock;
    return clock;
}

std::unique_ptr<Log> opened(Result<std::unique_ptr<Log>> log) {
    INFO(log.status().message());
    REQUIRE(log.is_ok());
    return std::move(*log);
}

}  // namespace

std::vector<Backend> backends() {
    std::vector<Backend> all;
    all.push_back({"memory", false, [] { return open_memory_log(system_clock()); }});
    all.push_back({"memory broker", false, [] {
                       // Its state lives as long as the log.
                       return MemoryBroker(system_clock()).connect("client");
                   }});
    all.push_back({"rocksdb", false, [] {
                       static ScratchDir scratch;
                       auto dir = scratch.path / unique_name("log");
                       return opened(open_rocksdb_log(dir.string(), system_clock()));
                   }});
    if (const char* broker = getenv("MILLRACE_TEST_BROKER"); broker != nullptr) {
        all.push_back({"kafka", true, [broker = std::string(broker)] {
                           return opened(open_kafka_log({{"bootstrap.servers", broker}}));
                       }});
    } else {
        static const bool told = [] {
            WARN("MILLRACE_TEST_BROKER is not set: the Kafka sections are skipped");
            return true;
        }();
        (void)told;
    }

    return all;
}

ScratchDir::ScratchDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "log_test_XXXXXX").string();
    path = mkdtemp(pattern.data());
}

ScratchDir::~ScratchDir() {
    std::filesystem::remove_all(path);
}

std::string unique_name(const std::string& stem) {
    static std::atomic<int> next{0};
    static const int64_t run = SystemClock().now_ms();
    return stem + "-" + std::to_string(run % 100000000) + "-" + std::to_string(getpid()) + "-" +
           std::to_string(next++);
}

std::string make_topic(Log& log, const std::string& stem, int32_t partitions) {
    std::string name = unique_name(stem);
    Status created = log.topics().create(name, {partitions, 1, {}});
    INFO(created.message());
    REQUIRE(created.is_ok());
    return name;
}

std::vector<SeenRecord> read_records(LogReader& reader, const TopicPartition& partition,
                                     size_t count, int64_t timeout_ms) {
    std::vector<SeenRecord> seen;
    const int64_t deadline = steady_ms() + timeout_ms;
    while (seen.size() < count) {
        auto batch = reader.poll(partition, count - seen.size());
        if (!batch) {
            if (steady_ms() >= deadline) break;
            reader.wait(50);
            continue;
        }
        CHECK(batch->source() == partition);
        for (const LogRecord& record : batch->records()) {
            SeenRecord& copy = seen.emplace_back();
            copy.offset = record.offset;
            copy.timestamp_ms = record.timestamp_ms;
            if (record.key) copy.key = std::string(*record.key);
            if (record.value) copy.value = std::string(*record.value);
            if (record.headers != nullptr) copy.headers = *record.headers;
        }
    }
    return seen;
}

std::vector<std::string> values_of(const std::vector<SeenRecord>& records) {
    std::vector<std::string> values;
    for (const auto& record : records) values.push_back(record.value.value_or("(null)"));
    return values;
}

std::vector<std::string> committed_values(Log& log, const TopicPartition& partition) {
    auto reader = log.reader({});
    REQUIRE(until_final([&] { return reader->assign({{partition, kOffsetEarliest}}); }).is_ok());
    std::vector<SeenRecord> seen;
    const int64_t deadline = steady_ms() + 20000;
    while (steady_ms() < deadline) {
        auto some = read_records(*reader, partition, 1000, 0);
        seen.insert(seen.end(), some.begin(), some.end());
        if (some.empty()) {
            if (reader->at_end(partition)) break;
            reader->wait(50);
        }
    }
    return values_of(seen);
}

Status write_text(LogWriter& writer, const std::string& topic, int32_t partition,
                  const std::string& value) {
    ProducedRecord record;
    record.topic = topic;
    record.partition = partition;
    record.value = value;
    return writer.write(record);
}

Status until_final(const std::function<Status()>& call, int64_t timeout_ms) {
    const int64_t deadline = steady_ms() + timeout_ms;
    Status status = call();
    while (status.fault() == Fault::kRetriable && steady_ms() < deadline) status = call();
    return status;
}

Status init_transactions(LogWriter& writer) {
    return until_final([&] { return writer.init_transactions(5000); });
}

}  // namespace millrace::test
