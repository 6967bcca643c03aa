// A plain librdkafka client for tests: what stands here shares no code with the product's KafkaLog,
// so that it can be its judge. One thread each. A failure ends the program with a message.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace job {

[[noreturn]] void die(const std::string& message);

class Admin {
public:
    explicit Admin(const std::string& brokers);
    ~Admin();
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;

    std::vector<std::string> topics();
    /// Number of partitions; 0 when there is no such topic.
    int partitions(const std::string& topic);
    /// Waits until the topic is there, or until it is gone.
    /// `setting`: a topic property, NAME=VALUE.
    void create(const std::string& topic, int partitions, const std::string& setting = "");
    void remove(const std::vector<std::string>& topics);
    /// Records between beginning and end (read_uncommitted: markers count, too).
    int64_t size(const std::string& topic);

private:
    rd_kafka_t* handle_;
};

/// Keys choose the partition by murmur2, as Java clients do.
class Producer {
public:
    explicit Producer(const std::string& brokers);
    ~Producer();
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    void send(const std::string& topic, std::optional<std::string_view> key,
              std::optional<std::string_view> value, int64_t timestamp_ms);
    void flush();

private:
    rd_kafka_t* handle_;
};

struct Record {
    int32_t partition = 0;
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<std::string_view> key;
    std::optional<std::string_view> value;
};

enum class Isolation { kReadCommitted, kReadUncommitted };
enum class From { kBeginning, kEnd };

/// Reads all partitions of some topics, without a group.
class Consumer {
public:
    Consumer(const std::string& brokers, const std::vector<std::string>& topics,
             Isolation isolation, From from = From::kBeginning);
    ~Consumer();
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    using Callback = std::function<void(const std::string& topic, const Record& record)>;
    /// Hands over what comes within `timeout_ms`; the number of records.
    size_t poll(int timeout_ms, const Callback& callback);
    /// True when every partition has been read to its end as of the last poll.
    bool at_end() const;

private:
    rd_kafka_t* handle_;
    rd_kafka_queue_t* queue_;
    std::map<std::pair<std::string, int32_t>, bool> at_end_;
};

}  // namespace job
