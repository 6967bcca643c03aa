// A static member of a consumer group over the slots topic. It consumes nothing: its assignment is
// emptied in the callback, only the membership counts. One thread.
#pragma once

#include <memory>
#include <string>

#include "engine/log/kafka/client_handle.h"
#include "engine/log/log.h"

namespace millrace {

/// The group's metadata at the moment of one assignment. Any thread.
class KafkaMembership final : public GroupMetadata {
public:
    explicit KafkaMembership(rd_kafka_consumer_group_metadata_t* metadata) : metadata_(metadata) {}
    ~KafkaMembership() override { rd_kafka_consumer_group_metadata_destroy(metadata_); }
    KafkaMembership(const KafkaMembership&) = delete;
    KafkaMembership& operator=(const KafkaMembership&) = delete;
    rd_kafka_consumer_group_metadata_t* get() const { return metadata_; }

private:
    rd_kafka_consumer_group_metadata_t* metadata_;
};

class KafkaMember final : public GroupMember {
public:
    KafkaMember(const SharedConfig& config, const MemberOptions& options);

    Status poll(int64_t timeout_ms, const std::function<void(const Assignment&)>& on_assign,
                const std::function<void(bool lost)>& on_revoke) override;
    Result<std::map<int32_t, GroupOffset>> committed(const std::vector<int32_t>& slots,
                                                     int64_t timeout_ms) override;
    void leave() override;

private:
    static void set_callbacks(rd_kafka_conf_t* conf);
    static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code,
                             rd_kafka_topic_partition_list_t* partitions, void* context);
    template <class Act>
    void tell(const Act& act);

    void open();
    Status subscribe();
    Status status_of_event(rd_kafka_resp_err_t code, const std::string& message);
    Status fenced(const std::string& reason);

    const SharedConfig config_;
    const MemberOptions options_;
    Status broken_;  ///< Why there is no client, or why it is of no use any more.
    SharedHandle handle_;
    bool subscribed_ = false;
    bool has_slots_ = false;
    int64_t rejoined_ms_ = 0;  ///< When it last came back after having been fenced.
    int64_t version_ = 0;
    const std::function<void(const Assignment&)>* on_assign_ = nullptr;  ///< During poll().
    const std::function<void(bool)>* on_revoke_ = nullptr;               ///< During poll().
};

}  // namespace millrace
