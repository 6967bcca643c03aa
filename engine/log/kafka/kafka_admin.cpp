#include "engine/log/kafka/kafka_admin.h"

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <thread>

#include "engine/base/clock.h"
#include "engine/log/kafka/admin_request.h"
#include "engine/log/kafka/owned.h"
#include "engine/log/kafka/topic_settings.h"

namespace millrace {

namespace {

constexpr int kTimeoutMs = 10000;
/// For so long a change may take to reach every broker.
constexpr int kVisibleTimeoutMs = 15000;
constexpr int kWitnessTimeoutMs = 2000;
constexpr int64_t kLeadersTimeoutMs = 5000;
constexpr int64_t kLeadersPauseMs = 20;

Status status_of_topics(const ClientHandle& handle, const rd_kafka_topic_result_t** topics,
                        size_t count, const std::string& doing) {
    for (size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(topics[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        const char* why = rd_kafka_topic_result_error_string(topics[i]);
        return handle.config().failure(
            fault_of(code),
            fmt::format("{}: {}", doing, why != nullptr ? why : rd_kafka_err2str(code)));
    }
    return Status::ok();
}

Status status_of_partitions(const ClientHandle& handle, const rd_kafka_topic_partition_list_t* list,
                            const std::string& doing) {
    for (int i = 0; i < list->cnt; ++i) {
        if (list->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        return handle.config().failure(
            list->elems[i].err,
            fmt::format("{} {}-{}", doing, list->elems[i].topic, list->elems[i].partition));
    }
    return Status::ok();
}

TopicInfo info_of(const rd_kafka_metadata_topic_t& topic) {
    TopicInfo info;
    info.name = topic.topic;
    for (int i = 0; i < topic.partition_cnt; ++i) {
        info.replicas.push_back(topic.partitions[i].replica_cnt);
    }
    return info;
}

}  // namespace

Result<std::unique_ptr<KafkaAdmin>> KafkaAdmin::open(const SharedConfig& config) {
    auto handle = ClientHandle::open(RD_KAFKA_CONSUMER, config, {},
                                     {{"client.id", "millrace-admin"},
                                      {"group.id", "millrace-admin"},  // Never joined.
                                      {"enable.auto.commit", "false"},
                                      {"allow.auto.create.topics", "false"},
                                      {"isolation.level", "read_uncommitted"}});
    if (!handle) return handle.status();
    return std::unique_ptr<KafkaAdmin>(new KafkaAdmin(config, std::move(*handle)));
}

Result<std::vector<TopicInfo>> KafkaAdmin::list() {
    const rd_kafka_metadata_t* answer = nullptr;
    auto code = rd_kafka_metadata(handle_->get(), 1, nullptr, &answer, kTimeoutMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return handle_->config().failure(code, "listing topics");
    OwnedMetadata metadata(answer);
    std::vector<TopicInfo> infos;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const auto& topic = metadata->topics[i];
        if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) infos.push_back(info_of(topic));
    }
    return infos;
}

Result<TopicInfo> KafkaAdmin::look_up(const ClientHandle& handle, const std::string& name,
                                      int timeout_ms) {
    OwnedTopic topic(rd_kafka_topic_new(handle.get(), name.c_str(), nullptr));
    const std::string doing = fmt::format("looking up topic '{}'", name);
    if (!topic) return handle.config().failure(rd_kafka_last_error(), doing);
    const rd_kafka_metadata_t* answer = nullptr;
    auto code = rd_kafka_metadata(handle.get(), 0, topic.get(), &answer, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return handle.config().failure(code, doing);
    OwnedMetadata metadata(answer);
    if (metadata->topic_cnt != 1) {
        return handle.config().failure(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, doing);
    }
    const auto& found = metadata->topics[0];
    if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        found.err == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION) {
        return Status(Fault::kNotFound, fmt::format("Topic '{}' does not exist.", name));
    }
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return handle.config().failure(found.err, doing);
    for (int i = 0; i < found.partition_cnt; ++i) {
        if (found.partitions[i].leader < 0) {
            return handle.config().failure(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, doing);
        }
    }
    return info_of(found);
}

Result<std::vector<KafkaAdmin::Witness>> KafkaAdmin::witnesses() {
    const rd_kafka_metadata_t* answer = nullptr;
    auto code = rd_kafka_metadata(handle_->get(), 0, nullptr, &answer, kTimeoutMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return handle_->config().failure(code, "looking up the brokers");
    OwnedMetadata metadata(answer);
    std::vector<Witness> all;
    std::lock_guard lock(mutex_);
    for (int i = 0; i < metadata->broker_cnt; ++i) {
        const auto& broker = metadata->brokers[i];
        const std::string address = fmt::format("{}:{}", broker.host, broker.port);
        if (metadata->broker_cnt == 1) return std::vector<Witness>{{address, handle_}};
        Witness& witness = witnesses_[address];
        if (!witness.handle) {
            // Without a group, whose coordinator it would meet as well.
            auto handle = ClientHandle::open(RD_KAFKA_CONSUMER, config_, {},
                                             {{"client.id", "millrace-witness"},
                                              {"bootstrap.servers", address},
                                              {"metadata.broker.list", address},
                                              {"group.id", ""},
                                              {"allow.auto.create.topics", "false"}});
            if (!handle) return handle.status();
            witness = {address, std::move(*handle)};
        }
        all.push_back(witness);
    }
    return all;
}

Status KafkaAdmin::wait_for_all(const std::string& topic, const std::string& late,
                                const std::function<bool(const Result<TopicInfo>&)>& wanted) {
    const int64_t deadline = steady_ms() + kVisibleTimeoutMs;
    while (true) {
        // Anew each time: a broker that has died is asked no more.
        std::string missing = "No broker can be asked whether";
        bool all = false;
        if (auto brokers = witnesses()) {
            all = !brokers->empty();
            for (const Witness& broker : *brokers) {
                if (wanted(look_up(*broker.handle, topic, kWitnessTimeoutMs))) continue;
                missing = "Broker " + broker.address + " " + late;
                all = false;
                break;
            }
        }
        if (all) return Status::ok();
        if (steady_ms() >= deadline) {
            return handle_->config().failure(
                Fault::kRetriable,
                fmt::format("{} topic '{}' after {} s.", missing, topic, kVisibleTimeoutMs / 1000));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

Result<TopicInfo> KafkaAdmin::describe(const std::string& topic) {
    auto info = look_up(topic, kTimeoutMs);
    if (!info) return info;
    auto described = read_topic_settings(*handle_, {topic}, kTimeoutMs);
    if (!described) return described.status();
    for (auto& [name, settings] : *described) {
        if (!settings) return settings.status();
        info->settings = std::move(*settings);
    }
    return info;
}

Status KafkaAdmin::create(const std::string& topic, const TopicConfig& config) {
    char text[256];
    rd_kafka_NewTopic_t* wanted =
        rd_kafka_NewTopic_new(topic.c_str(), config.partitions, config.replicas, text, sizeof text);
    if (wanted == nullptr) return handle_->config().failure(Fault::kFatal, text);
    for (const auto& [name, value] : config.settings) {
        rd_kafka_NewTopic_set_config(wanted, name.c_str(), value.c_str());
    }
    const std::string doing = fmt::format("creating topic '{}'", topic);
    auto answer =
        admin_request(*handle_, RD_KAFKA_ADMIN_OP_CREATETOPICS, kTimeoutMs, doing,
                      [&](auto* options, auto* queue) {
                          // The answer comes when the controller is done, not merely asked.
                          char ignored[64];
                          rd_kafka_AdminOptions_set_operation_timeout(options, kTimeoutMs, ignored,
                                                                      sizeof ignored);
                          rd_kafka_CreateTopics(handle_->get(), &wanted, 1, options, queue);
                      });
    rd_kafka_NewTopic_destroy(wanted);
    if (!answer) return answer.status();
    size_t count = 0;
    const auto** topics = rd_kafka_CreateTopics_result_topics(
        rd_kafka_event_CreateTopics_result(answer->get()), &count);
    if (count == 1 &&
        rd_kafka_topic_result_error(topics[0]) == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        auto existing = look_up(topic, kTimeoutMs);
        if (!existing) return existing.status();
        const auto partitions = static_cast<int32_t>(existing->replicas.size());
        if (partitions == config.partitions) return Status::ok();
        return handle_->config().failure(
            Fault::kFatal, fmt::format("Topic '{}' exists with {} partitions, not {}.", topic,
                                       partitions, config.partitions));
    }
    if (Status made = status_of_topics(*handle_, topics, count, doing); !made) return made;
    Status known =
        wait_for_all(topic, "does not yet know the leaders of the new", [&](const auto& info) {
            return info && static_cast<int32_t>(info.value().replicas.size()) == config.partitions;
        });
    if (known) wait_for_leaders(topic, config.partitions);
    return known;
}

/// A leader may not know yet that it is one, though everybody else does, and refuses whoever comes.
/// If that lasts, it is for those who use the topic to say.
void KafkaAdmin::wait_for_leaders(const std::string& topic, int32_t partitions) {
    std::vector<TopicPartition> all;
    for (int32_t partition = 0; partition < partitions; ++partition)
        all.push_back({topic, partition});
    const int64_t deadline = steady_ms() + kLeadersTimeoutMs;
    while (look_up_offsets(all, RD_KAFKA_OFFSET_END).status().fault() == Fault::kRetriable &&
           steady_ms() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(kLeadersPauseMs));
    }
}

Status KafkaAdmin::remove(const std::string& topic) {
    rd_kafka_DeleteTopic_t* wanted = rd_kafka_DeleteTopic_new(topic.c_str());
    const std::string doing = fmt::format("removing topic '{}'", topic);
    auto answer =
        admin_request(*handle_, RD_KAFKA_ADMIN_OP_DELETETOPICS, kTimeoutMs, doing,
                      [&](auto* options, auto* queue) {
                          char ignored[64];
                          rd_kafka_AdminOptions_set_operation_timeout(options, kTimeoutMs, ignored,
                                                                      sizeof ignored);
                          rd_kafka_DeleteTopics(handle_->get(), &wanted, 1, options, queue);
                      });
    rd_kafka_DeleteTopic_destroy(wanted);
    if (!answer) return answer.status();
    size_t count = 0;
    const auto** topics = rd_kafka_DeleteTopics_result_topics(
        rd_kafka_event_DeleteTopics_result(answer->get()), &count);
    if (Status removed = status_of_topics(*handle_, topics, count, doing); !removed) return removed;
    return wait_for_all(topic, "still lists the deleted", [](const auto& info) {
        return !info && info.status().fault() == Fault::kNotFound;
    });
}

Result<std::map<TopicPartition, int64_t>> KafkaAdmin::look_up_offsets(
    const std::vector<TopicPartition>& partitions, int64_t timestamp_ms) {
    std::map<TopicPartition, int64_t> offsets;
    if (partitions.empty()) return offsets;
    PartitionList list = make_partition_list(partitions.size());
    for (const TopicPartition& partition : partitions) {
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(),
                                                        partition.partition);
        entry->offset = timestamp_ms;
    }
    auto code = rd_kafka_offsets_for_times(handle_->get(), list.get(), kTimeoutMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return handle_->config().failure(
            code, fmt::format("looking up offsets of {}-{}", partitions[0].topic,
                              partitions[0].partition));
    }
    if (Status good = status_of_partitions(*handle_, list.get(), "looking up offsets of"); !good) {
        return good;
    }
    for (int i = 0; i < list->cnt; ++i) {
        const auto& entry = list->elems[i];
        offsets[{entry.topic, entry.partition}] = entry.offset;
    }
    return offsets;
}

Result<std::map<TopicPartition, OffsetRange>> KafkaAdmin::offsets_of(
    const std::vector<TopicPartition>& partitions) {
    // librdkafka waits its time out for a topic that is not there; the metadata knows at once.
    std::map<std::string, size_t> counts;
    constexpr size_t kAskedOneByOne = 8;
    if (partitions.size() > kAskedOneByOne) {
        auto all = list();
        if (!all) return all.status();
        for (const TopicInfo& topic : *all) counts[topic.name] = topic.replicas.size();
    }
    for (const TopicPartition& partition : partitions) {
        if (!counts.contains(partition.topic)) {
            auto info = look_up(partition.topic, kTimeoutMs);
            if (!info) return info.status();
            counts[partition.topic] = info->replicas.size();
        }
        if (static_cast<size_t>(partition.partition) >= counts[partition.topic]) {
            return Status(Fault::kNotFound, fmt::format("Topic '{}' has no partition {}.",
                                                        partition.topic, partition.partition));
        }
    }
    auto begins = look_up_offsets(partitions, kOffsetEarliest);
    if (!begins) return begins.status();
    auto ends = look_up_offsets(partitions, kOffsetLatest);
    if (!ends) return ends.status();
    std::map<TopicPartition, OffsetRange> ranges;
    for (const auto& [partition, begin] : *begins) ranges[partition] = {begin, (*ends)[partition]};
    return ranges;
}

Result<OffsetRange> KafkaAdmin::offsets(const TopicPartition& partition) {
    auto ranges = offsets_of({partition});
    if (!ranges) return ranges.status();
    return ranges->begin()->second;
}

Result<int64_t> KafkaAdmin::offset_for_time(const TopicPartition& partition, int64_t timestamp_ms) {
    auto range = offsets(partition);
    if (!range) return range.status();
    auto found = look_up_offsets({partition}, std::max<int64_t>(timestamp_ms, 0));
    if (!found) return found.status();
    const int64_t offset = (*found)[partition];
    return offset < 0 ? range->end : offset;
}

Status KafkaAdmin::delete_records(const std::map<TopicPartition, int64_t>& before) {
    if (before.empty()) return Status::ok();
    PartitionList list = make_partition_list(before.size());
    for (const auto& [partition, offset] : before) {
        auto* entry = rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(),
                                                        partition.partition);
        entry->offset = offset;
    }
    rd_kafka_DeleteRecords_t* wanted = rd_kafka_DeleteRecords_new(list.get());
    auto answer =
        admin_request(*handle_, RD_KAFKA_ADMIN_OP_DELETERECORDS, kTimeoutMs, "deleting records",
                      [&](auto* options, auto* queue) {
                          rd_kafka_DeleteRecords(handle_->get(), &wanted, 1, options, queue);
                      });
    rd_kafka_DeleteRecords_destroy(wanted);
    if (!answer) return answer.status();
    const auto* result = rd_kafka_event_DeleteRecords_result(answer->get());
    return status_of_partitions(*handle_, rd_kafka_DeleteRecords_result_offsets(result),
                                "deleting records of");
}

Status KafkaAdmin::publish_group_offsets(const std::string& publisher, const GroupOffsets& groups) {
    return offset_publisher_.publish(publisher, groups);
}

std::string KafkaAdmin::cluster_id() {
    std::lock_guard lock(mutex_);
    if (cluster_id_.empty()) {
        char* id = rd_kafka_clusterid(handle_->get(), 5000);
        if (id != nullptr) {
            cluster_id_ = id;
            rd_kafka_mem_free(handle_->get(), id);
        }
    }
    return cluster_id_;
}

Status KafkaAdmin::ping(int64_t timeout_ms) {
    const rd_kafka_metadata_t* answer = nullptr;
    auto code =
        rd_kafka_metadata(handle_->get(), 0, nullptr, &answer, static_cast<int>(timeout_ms));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(answer);
        return Status::ok();
    }
    std::string why = handle_->config().lines.last_failure();
    return handle_->config().failure(
        fault_of(code),
        why.empty() ? rd_kafka_err2str(code) : fmt::format("{} ({})", rd_kafka_err2str(code), why));
}

}  // namespace millrace
