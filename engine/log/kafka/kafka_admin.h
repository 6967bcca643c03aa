// Topics of a Kafka cluster, seen through one read_uncommitted handle: its ends are high
// watermarks. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/kafka/client_handle.h"
#include "engine/log/kafka/offset_publisher.h"
#include "engine/log/log.h"

namespace millrace {

class KafkaAdmin final : public TopicAdmin {
public:
    static Result<std::unique_ptr<KafkaAdmin>> open(const SharedConfig& config);

    Result<std::vector<TopicInfo>> list() override;
    Result<TopicInfo> describe(const std::string& topic) override;
    Status create(const std::string& topic, const TopicConfig& config) override;
    Status remove(const std::string& topic) override;
    Result<OffsetRange> offsets(const TopicPartition& partition) override;
    Result<std::map<TopicPartition, OffsetRange>> offsets_of(
        const std::vector<TopicPartition>& partitions) override;
    Result<int64_t> offset_for_time(const TopicPartition& partition, int64_t timestamp_ms) override;
    Status delete_records(const std::map<TopicPartition, int64_t>& before) override;
    Status publish_group_offsets(const std::string& publisher, const GroupOffsets& groups) override;
    std::string cluster_id() override;
    Status ping(int64_t timeout_ms) override;

private:
    /// A client that has met one broker only, whose metadata it asks for. Which broker answers any
    /// other client is left to chance, and each knows of a change as soon as it hears of it.
    struct Witness {
        std::string address;
        SharedHandle handle;
    };

    KafkaAdmin(SharedConfig config, SharedHandle handle)
        : config_(std::move(config)), handle_(std::move(handle)), offset_publisher_(config_) {}

    /// Name and replicas; kNotFound when there is none, kRetriable while partitions have no leader.
    Result<TopicInfo> look_up(const std::string& topic, int timeout_ms) {
        return look_up(*handle_, topic, timeout_ms);
    }
    static Result<TopicInfo> look_up(const ClientHandle& handle, const std::string& topic,
                                     int timeout_ms);
    /// One for each broker that is there.
    Result<std::vector<Witness>> witnesses();
    /// Waits until every broker answers for the topic as is wanted. `late`: what is wrong with one
    /// that does not, after its address.
    Status wait_for_all(const std::string& topic, const std::string& late,
                        const std::function<bool(const Result<TopicInfo>&)>& wanted);
    void wait_for_leaders(const std::string& topic, int32_t partitions);
    /// By timestamp, -2 (begin) or -1 (end).
    Result<std::map<TopicPartition, int64_t>> look_up_offsets(
        const std::vector<TopicPartition>& partitions, int64_t timestamp_ms);

    const SharedConfig config_;
    const SharedHandle handle_;
    OffsetPublisher offset_publisher_;
    std::mutex mutex_;
    std::string cluster_id_;
    std::map<std::string, Witness> witnesses_;  ///< By address.
};

}  // namespace millrace
