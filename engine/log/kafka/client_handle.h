// One librdkafka client: its configuration, its log lines, its errors as Status.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/base/status.h"
#include "engine/log/kafka/client_properties.h"

namespace millrace {

/// Takes librdkafka's log lines. While a broker is down every handle says so again and again; here
/// the first line of a kind passes, then one every ten seconds. Thread-safe.
class ClientLogLines {
public:
    void write(int level, const std::string& client, const std::string& facility,
               const std::string& message);
    /// The last reason why a broker could not be reached, while that is so.
    std::string last_failure() const;

private:
    /// How many lines were left out since the last one, or -1: leave this one out as well.
    int64_t admit(const std::string& kind);

    mutable std::mutex mutex_;
    std::map<std::string, int64_t> told_ms_;  ///< When a kind was last told.
    int64_t last_ms_ = 0;
    int64_t suppressed_ = 0;
    std::string last_failure_;
};

/// What all handles of one KafkaLog have in common. Immutable but for the log lines.
struct ClientConfig {
    ClientProperties properties;
    std::string brokers;
    ClientLogLines lines;

    /// Puts the place in front: "Kafka at HOST:PORT: …".
    Status failure(Fault fault, const std::string& message) const;
    /// By an error code, outside transactions.
    Status failure(rd_kafka_resp_err_t code, const std::string& doing) const;
};

using SharedConfig = std::shared_ptr<ClientConfig>;

/// Requests to end transactions and to set offsets in them, as a producer sends and repeats them:
/// of each kind one at a time. Any thread.
class EndsOfTransactions {
public:
    void sent(int16_t api) {
        if (std::atomic<bool>* waits = of(api); waits != nullptr && waits->exchange(true))
            repeated_ = true;
    }
    /// librdkafka 2.0.2 tells some answers twice.
    void answered(int16_t api) {
        if (std::atomic<bool>* waits = of(api)) *waits = false;
    }
    /// Was one never answered, so that it may still be under way?
    bool unanswered() const { return repeated_ || end_waits_ || offsets_wait_; }

private:
    /// Null: it is another request. By Kafka's numbers of requests.
    std::atomic<bool>* of(int16_t api) {
        constexpr int16_t kEndTxn = 26, kTxnOffsetCommit = 28;
        return api == kEndTxn ? &end_waits_ : api == kTxnOffsetCommit ? &offsets_wait_ : nullptr;
    }

    std::atomic<bool> end_waits_{false}, offsets_wait_{false};
    std::atomic<bool> repeated_{false};  ///< Without an answer to the one before.
};

/// What the callbacks of a handle get as their opaque.
struct ClientContext {
    SharedConfig config;
    void* owner = nullptr;
    std::atomic<int64_t> failed_ms{0};  ///< When a connection last broke or was refused.
    EndsOfTransactions ends;
};

/// Owns the rd_kafka_t. Shared by what must not outlive it: batches hold messages of it.
class ClientHandle {
public:
    using Settings = std::map<std::string, std::string>;
    using Setup = void (*)(rd_kafka_conf_t*);

    /// `defaults` give way to the user's properties, `fixed` do not. `setup` registers callbacks.
    static Result<std::shared_ptr<ClientHandle>> open(rd_kafka_type_t type, SharedConfig config,
                                                      const Settings& defaults,
                                                      const Settings& fixed, void* owner = nullptr,
                                                      Setup setup = nullptr);
    ~ClientHandle();
    ClientHandle(const ClientHandle&) = delete;
    ClientHandle& operator=(const ClientHandle&) = delete;

    rd_kafka_t* get() const { return client_; }
    const ClientConfig& config() const { return *context_->config; }
    ClientLogLines& log_lines() { return context_->config->lines; }

    /// Has a connection of this client failed within the last `within_ms`?
    bool had_trouble(int64_t within_ms) const;

    const EndsOfTransactions& ends() const { return context_->ends; }

    /// How many partitions the topics have that this client holds an object of; asked for in one
    /// request. Those that are not there, or not to be seen, are left out.
    Result<std::map<std::string, int32_t>> look_up_topics(int timeout_ms,
                                                          const std::string& doing) const;

    /// Makes the client's threads look at their partitions now: a queue that was full is fetched
    /// again at once, where librdkafka 2.0.2 by itself comes round after up to a second.
    void nudge();

private:
    ClientHandle() = default;

    std::unique_ptr<ClientContext> context_;
    rd_kafka_t* client_ = nullptr;
    std::string sasl_username_;
    std::string sasl_password_;
};

using SharedHandle = std::shared_ptr<ClientHandle>;

/// Frees the error. Order of the tests: fatal, abortable, retriable, none of them.
Status status_of(rd_kafka_t* client, const ClientConfig& config, rd_kafka_error_t* error,
                 const std::string& doing);

/// What an error code means for the caller when no rd_kafka_error_t says so.
Fault fault_of(rd_kafka_resp_err_t code);

struct PartitionListDeleter {
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, PartitionListDeleter>;
PartitionList make_partition_list(size_t size);

}  // namespace millrace
