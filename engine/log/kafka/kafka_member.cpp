#include "engine/log/kafka/kafka_member.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/guard.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

constexpr int64_t kLeaveTimeoutMs = 5000;
constexpr int64_t kFenceForgivenMs = 60000;

ClientHandle::Settings member_settings(const MemberOptions& options) {
    return {
        {"client.id", options.instance_id},
        {"group.id", options.group},
        {"group.instance.id", options.instance_id},
        {"session.timeout.ms", std::to_string(options.session_timeout_ms)},
        {"heartbeat.interval.ms",
         std::to_string(std::max<int64_t>(options.session_timeout_ms / 6, 100))},
        // Co-partitioned ranges, and eager: nobody works on a slot while it moves.
        {"partition.assignment.strategy", "range"},
        // Makes the broker hold back offsets that an open transaction may still change.
        {"isolation.level", "read_committed"},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"allow.auto.create.topics", "false"},
    };
}

}  // namespace

KafkaMember::KafkaMember(const SharedConfig& config, const MemberOptions& options)
    : config_(config), options_(options) {
    open();
}

void KafkaMember::open() {
    auto opened =
        ClientHandle::open(RD_KAFKA_CONSUMER, config_,
                           {{"retry.backoff.ms", "50"}, {"coordinator.query.interval.ms", "5000"}},
                           member_settings(options_), this, &KafkaMember::set_callbacks);
    if (!opened) {
        broken_ = opened.status();
        return;
    }
    handle_ = std::move(*opened);
    rd_kafka_poll_set_consumer(handle_->get());
}

void KafkaMember::set_callbacks(rd_kafka_conf_t* conf) {
    rd_kafka_conf_set_rebalance_cb(conf, &KafkaMember::on_rebalance);
}

/// No exception may pass through librdkafka, which calls these; the next poll tells of it.
template <class Act>
void KafkaMember::tell(const Act& act) {
    guarded("log.kafka", "a change of slots", act, [this](const std::string& reason) {
        broken_ = Status(Fault::kFatal, "a change of slots failed: " + reason);
    });
}

void KafkaMember::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t code,
                               rd_kafka_topic_partition_list_t* partitions, void* context) {
    auto* member = static_cast<KafkaMember*>(static_cast<ClientContext*>(context)->owner);
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        Assignment assignment;
        assignment.version = ++member->version_;
        // Of this assignment and no later one: what fences work that has outlived its slots.
        assignment.metadata =
            std::make_shared<KafkaMembership>(rd_kafka_consumer_group_metadata(client));
        for (int i = 0; i < partitions->cnt; ++i) {
            assignment.slots.push_back(partitions->elems[i].partition);
        }
        std::sort(assignment.slots.begin(), assignment.slots.end());
        PartitionList nothing = make_partition_list(0);
        rd_kafka_assign(client, nothing.get());
        member->has_slots_ = true;
        member->tell([&] {
            if (member->on_assign_ != nullptr) (*member->on_assign_)(assignment);
        });
        return;
    }
    const bool lost = rd_kafka_assignment_lost(client) != 0;
    if (std::exchange(member->has_slots_, false) && member->on_revoke_ != nullptr) {
        member->tell([&] { (*member->on_revoke_)(lost); });
    }
    rd_kafka_assign(client, nullptr);
}

Status KafkaMember::subscribe() {
    PartitionList topics = make_partition_list(1);
    rd_kafka_topic_partition_list_add(topics.get(), options_.topic.c_str(), RD_KAFKA_PARTITION_UA);
    auto code = rd_kafka_subscribe(handle_->get(), topics.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return handle_->config().failure(code, fmt::format("joining group '{}'", options_.group));
    }
    subscribed_ = true;
    return Status::ok();
}

Status KafkaMember::status_of_event(rd_kafka_resp_err_t code, const std::string& message) {
    const std::string doing =
        fmt::format("group '{}' as '{}'", options_.group, options_.instance_id);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        char reason[256] = "";
        rd_kafka_fatal_error(handle_->get(), reason, sizeof reason);
        return fenced(fmt::format("{}: {}", doing, reason));
    }
    if (code == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED) return Status::ok();  // Revoked next.
    return handle_->config().failure(fault_of(code), fmt::format("{}: {}", doing, message));
}

/// A broker that goes down in the middle of a rejoin leaves the group with a member id that its own
/// member was never told: it then looks as if another process had the instance id. Coming back once
/// finds out: if there is another, it will fence this one again.
Status KafkaMember::fenced(const std::string& reason) {
    const int64_t now_ms = steady_ms();
    const bool again = rejoined_ms_ != 0 && now_ms - rejoined_ms_ < kFenceForgivenMs;
    if (again || !handle_->had_trouble(kFenceForgivenMs)) {
        broken_ = config_->failure(Fault::kFenced, reason);
        return broken_;
    }
    log_warn("log.kafka",
             "group={} instance={} is fenced after trouble with the broker: joining anew",
             options_.group, options_.instance_id);
    rejoined_ms_ = now_ms;
    if (std::exchange(has_slots_, false)) (*on_revoke_)(true);
    subscribed_ = false;
    handle_.reset();
    open();
    return broken_;
}

Status KafkaMember::poll(int64_t timeout_ms,
                         const std::function<void(const Assignment&)>& on_assign,
                         const std::function<void(bool lost)>& on_revoke) {
    if (!broken_) {
        // Whoever polls on in spite of it must not spin.
        std::this_thread::sleep_for(std::chrono::milliseconds(timeout_ms));
        return broken_;
    }
    on_assign_ = &on_assign;
    on_revoke_ = &on_revoke;
    Status status;
    if (!subscribed_) status = subscribe();
    if (status) {
        auto* message = rd_kafka_consumer_poll(handle_->get(), static_cast<int>(timeout_ms));
        if (message != nullptr) {
            const rd_kafka_resp_err_t code = message->err;
            const bool failed = code != RD_KAFKA_RESP_ERR_NO_ERROR;
            const std::string reason = failed ? rd_kafka_message_errstr(message) : "";
            rd_kafka_message_destroy(message);  // Before its client, which may be replaced.
            if (failed) status = status_of_event(code, reason);
        }
    }
    on_assign_ = nullptr;
    on_revoke_ = nullptr;
    if (status.fault() == Fault::kFenced && std::exchange(has_slots_, false)) on_revoke(true);
    return status;
}

Result<std::map<int32_t, GroupOffset>> KafkaMember::committed(const std::vector<int32_t>& slots,
                                                              int64_t timeout_ms) {
    if (!broken_) return broken_;
    const int64_t deadline = steady_ms() + timeout_ms;
    PartitionList list;
    auto code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    do {
        list = make_partition_list(slots.size());
        for (int32_t slot : slots) {
            rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), slot);
        }
        const int64_t left = std::max<int64_t>(deadline - steady_ms(), 10);
        // Out of time, the call says so and the entries say "no offset, no error": only the call
        // counts.
        code = rd_kafka_committed(handle_->get(), list.get(), static_cast<int>(left));
        for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
            code = list->elems[i].err;
        }
    } while (fault_of(code) == Fault::kRetriable && steady_ms() < deadline);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return handle_->config().failure(code,
                                         fmt::format("offsets of group '{}'", options_.group));
    }
    std::map<int32_t, GroupOffset> offsets;
    for (int i = 0; i < list->cnt; ++i) {
        const auto& entry = list->elems[i];
        if (entry.offset < 0) continue;
        GroupOffset& offset = offsets[entry.partition];
        offset.offset = entry.offset;
        offset.metadata.assign(static_cast<const char*>(entry.metadata), entry.metadata_size);
    }
    return offsets;
}

void KafkaMember::leave() {
    if (!handle_ || !subscribed_) return;
    subscribed_ = false;
    has_slots_ = false;
    // By a queue of its own: librdkafka's plain close can hang when the topic is gone (its #4187).
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle_->get());
    rd_kafka_error_t* error = rd_kafka_consumer_close_queue(handle_->get(), queue);
    if (error != nullptr) {
        rd_kafka_error_destroy(error);
    } else {
        const int64_t deadline = steady_ms() + kLeaveTimeoutMs;
        while (rd_kafka_consumer_closed(handle_->get()) == 0 && steady_ms() < deadline) {
            rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 100);
            if (event == nullptr) continue;
            if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) {
                rd_kafka_assign(handle_->get(), nullptr);
            }
            rd_kafka_event_destroy(event);
        }
    }
    rd_kafka_queue_destroy(queue);
    broken_ = handle_->config().failure(Fault::kFatal, "the member has left its group");
}

}  // namespace millrace
