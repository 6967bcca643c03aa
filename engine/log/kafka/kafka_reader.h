// Reads Kafka partitions: one consumer, assigned by hand, with a queue for each partition. A
// partition that is not polled fills its queue and is then not fetched; no pausing. One thread
// (wake: any).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/kafka/client_handle.h"
#include "engine/log/kafka/leaving_queues.h"
#include "engine/log/kafka/owned.h"
#include "engine/log/log.h"
#include "engine/log/wait_signal.h"

namespace millrace {

class KafkaReader final : public LogReader {
public:
    KafkaReader(const SharedConfig& config, const ReaderOptions& options);
    ~KafkaReader() override;

    Status assign(const std::map<TopicPartition, int64_t>& starts) override;
    void expect(const std::vector<std::string>& topics) override;
    void unassign(const std::vector<TopicPartition>& partitions) override;
    std::unique_ptr<LogBatch> poll(const TopicPartition& partition, size_t max_records) override;
    void wait(int64_t timeout_ms) override;
    void wake() override;
    bool at_end(const TopicPartition& partition) override;
    int64_t position(const TopicPartition& partition) override;
    std::vector<std::pair<TopicPartition, Status>> take_errors() override;
    std::vector<TopicPartition> take_out_of_range() override;

private:
    /// Its address is known to librdkafka's threads while it is assigned.
    struct Assigned {
        WaitSignal* signal = nullptr;
        std::atomic<bool> ready{true};  ///< The queue may hold something.
        rd_kafka_queue_t* queue = nullptr;
        int64_t position = -1;
        bool at_end = false;
        Fault told = Fault::kNone;  ///< The last failure that was put into errors_.
    };

    static void on_queue_filled(rd_kafka_t*, void* assigned);
    static void on_events(rd_kafka_t*, void* signal);
    static void on_error(rd_kafka_t* client, int code, const char* reason, void* context);
    static void set_callbacks(rd_kafka_conf_t* conf);

    void take_expected(const std::map<TopicPartition, int64_t>& starts);
    Status warm_up(const std::map<TopicPartition, int64_t>& starts);
    Status resolve_latest(std::map<TopicPartition, int64_t>& starts);
    void add_error(const TopicPartition& partition, rd_kafka_resp_err_t code, const char* reason);
    void serve_events();
    void drain_leaving();
    void wait_for_leaving();
    void count_consumed(size_t num_bytes, size_t num_records);

    const ReaderOptions options_;
    const size_t queue_records_max_;
    WaitSignal signal_;
    Status broken_;  ///< Why there is no client.
    SharedHandle handle_;
    rd_kafka_queue_t* events_ = nullptr;
    struct LookedUp {
        OwnedTopic topic;
        int32_t partitions = 0;
    };
    std::map<std::string, OwnedTopic> topics_;  ///< Looked up, and there when it was.
    std::mutex expected_mutex_;
    std::map<std::string, LookedUp> expected_;  ///< Looked up on other threads, for topics_.
    std::map<TopicPartition, std::unique_ptr<Assigned>> assigned_;
    LeavingQueues leaving_;
    std::vector<std::pair<TopicPartition, Status>> errors_;
    std::vector<TopicPartition> out_of_range_;
    std::vector<rd_kafka_message_t*> messages_;
    const TopicPartition* polling_ = nullptr;  ///< Whose queue is being read at this moment.
    bool draining_ = false;                    ///< Of a queue that is read only to be emptied.
    size_t consumed_bytes_ = 0;                ///< Since the last nudge.
    size_t consumed_records_ = 0;              ///< Since the last nudge.
    int64_t nudged_ms_ = 0;
};

}  // namespace millrace
