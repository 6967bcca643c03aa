#include "engine/runtime/membership.h"

#include <fmt/format.h>

#include "engine/base/guard.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

constexpr int64_t kPollMs = 100;
constexpr int64_t kRetryMs = 500;
constexpr int64_t kReleaseTimeoutMs = 3000;
/// How long a predecessor's open transaction is waited for before its writer is fenced.
constexpr int64_t kFenceAfterMs = 300;

}  // namespace

Membership::Membership(const RuntimeContext& context, std::vector<Worker*> workers)
    : context_(context), workers_(std::move(workers)) {}

Membership::~Membership() {
    stop();
}

void Membership::start() {
    thread_ = std::thread([this] { loop(); });
}

void Membership::stop() {
    if (thread_.joinable()) {
        stop_ = true;
        thread_.join();
    }
    member_.reset();
}

void Membership::loop() {
    while (!stop_) {
        guarded(
            "runtime.membership", "a turn", [this] { turn(kPollMs); },
            [this](const std::string& reason) {
                note(reason);
                retry_at_ms_ = context_.steady->now_ms() + kRetryMs;
                member_.reset();
                on_revoke(true);
            });
    }
}

void Membership::run_once() {
    turn(0);
}

bool Membership::ensure_member() {
    if (member_) return true;
    if (context_.steady->now_ms() < retry_at_ms_) return false;
    // The slots topic is made by the first server; its number of partitions is the number of slots
    // for ever.
    const std::string topic = context_.slots_topic();
    auto info = context_.log->topics().describe(topic);
    Status status = info.status();
    if (!info && status.fault() == Fault::kNotFound) {
        TopicConfig config = own_topic_config(context_.options, context_.options.slots);
        config.settings["cleanup.policy"] = "compact";
        // Only segments that are full are compacted: a restart is to read little.
        config.settings["segment.bytes"] = std::to_string(4 << 20);
        config.settings["segment.ms"] = std::to_string(10 * 60 * 1000);
        status = context_.log->topics().create(topic, config);
        if (status) info = context_.log->topics().describe(topic);
    }
    if (!info) {
        log_warn("runtime.membership", "topic={} cannot be used: {}", topic,
                 info.status().message());
        note(fmt::format("topic {} cannot be used: {}", topic, info.status().message()));
        retry_at_ms_ = context_.steady->now_ms() + kRetryMs;
        return false;
    }
    if (static_cast<int32_t>(info->replicas.size()) != context_.options.slots) {
        const std::string why = fmt::format("topic {} has {} partitions, but millrace.slots is {}",
                                            topic, info->replicas.size(), context_.options.slots);
        log_error("runtime.membership", "{}", why);
        note(why);
        retry_at_ms_ = context_.steady->now_ms() + 10 * kRetryMs;
        return false;
    }
    MemberOptions options;
    options.group = context_.group();
    options.topic = topic;
    options.instance_id = context_.options.server_id;
    member_ = context_.log->member(options);
    return true;
}

void Membership::turn(int64_t timeout_ms) {
    if (!ensure_member()) {
        if (timeout_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(timeout_ms));
        return;
    }
    Status status = member_->poll(
        timeout_ms, [this](const GroupMember::Assignment& a) { on_assign(a); },
        [this](bool lost) { on_revoke(lost); });
    if (!status && status.fault() != Fault::kRetriable) {
        log_error("runtime.membership", "group={} {}", context_.group(), status.message());
        note(status.message());
        on_revoke(true);
        member_.reset();
        retry_at_ms_ = context_.steady->now_ms() + kRetryMs;
        return;
    }
    if (!status) note(status.message());
    if (pending_ && hand_over()) pending_.reset();
}

void Membership::note(std::string trouble) {
    std::lock_guard lock(trouble_mutex_);
    trouble_ = std::move(trouble);
}

std::string Membership::others() const {
    const int32_t elsewhere = elsewhere_;
    if (elsewhere == 0) return "";
    return fmt::format(
        "Another server of ksql.service.id '{}' is at work and has {} of {} slots: this one knows "
        "a part of the tables, and the two do not hear of each other's statements. End one of "
        "them.",
        context_.options.service_id, elsewhere, context_.options.slots);
}

std::string Membership::trouble() const {
    if (std::string why = others(); !why.empty() || assigned_) return why;
    std::lock_guard lock(trouble_mutex_);
    return trouble_;
}

void Membership::on_assign(const GroupMember::Assignment& assignment) {
    pending_ = std::make_shared<SlotAssignment>();
    pending_->version = assignment.version;
    pending_->slots = assignment.slots;
    pending_->metadata = assignment.metadata;
    pending_since_ms_ = context_.steady->now_ms();
}

void Membership::on_revoke(bool lost) {
    pending_.reset();
    assigned_ = false;
    for (Worker* worker : workers_) worker->release(lost, kReleaseTimeoutMs);
}

/// Waits for the slots' stable offsets, then gives the assignment to the workers.
bool Membership::hand_over() {
    if (!pending_->slots.empty()) {
        auto committed = member_->committed(pending_->slots, kFenceAfterMs);
        if (!committed) {
            if (context_.steady->now_ms() - pending_since_ms_ > kFenceAfterMs) {
                log_info("runtime.membership", "waiting for a predecessor's transaction: {}",
                         committed.status().message());
                note("waiting for a predecessor's transaction: " + committed.status().message());
            }
            return false;
        }
        pending_->committed = std::move(*committed);
    }
    log_info("runtime.membership", "server={} slots={} assigned", context_.options.server_id,
             pending_->slots.size());
    elsewhere_ = context_.options.slots - static_cast<int32_t>(pending_->slots.size());
    if (const std::string why = others(); !why.empty()) log_error("runtime.membership", "{}", why);
    for (Worker* worker : workers_) worker->assign(pending_);
    note("");
    assigned_ = true;
    return true;
}

}  // namespace millrace
