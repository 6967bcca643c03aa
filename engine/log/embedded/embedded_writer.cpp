#include "engine/log/embedded/embedded_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "engine/base/check.h"

namespace millrace {

namespace {

constexpr int64_t kRoomWaitMs = 500;
constexpr auto kRoomPause = std::chrono::milliseconds(50);

/// A disk may have room again in a moment. Short, so that whoever writes can be stopped.
template <class Call>
Status wait_for_room(int64_t timeout_ms, const Call& call) {
    Status status = call();
    if (status.fault() != Fault::kRetriable) return status;
    const int64_t until_ms = steady_ms() + std::min(timeout_ms, kRoomWaitMs);
    while (status.fault() == Fault::kRetriable && steady_ms() < until_ms) {
        std::this_thread::sleep_for(kRoomPause);
        status = call();
    }
    return status;
}

/// Of a batch of one record, as Kafka counts it: heads, then lengths and bytes.
size_t bytes_in_batch(const ProducedRecord& record) {
    constexpr size_t kBatchHeadBytes = 61;
    constexpr size_t kRecordHeadBytes = 10;
    constexpr size_t kLengthsBytes = 6;
    size_t size = kBatchHeadBytes + kRecordHeadBytes;
    if (record.key) size += record.key->size();
    if (record.value) size += record.value->size();
    for (const Header& header : record.headers)
        size += kLengthsBytes + header.key.size() + (header.value ? header.value->size() : 0);
    return size;
}

Status check_size(const EmbeddedTopic& topic, const ProducedRecord& record) {
    const size_t size = bytes_in_batch(record);
    if (std::cmp_less_equal(size, topic.limits.max_message_bytes)) return Status::ok();
    return {Fault::kRefused,
            fmt::format("writing to topic '{}': Message size too large: {} bytes, and the topic's "
                        "max.message.bytes is {}",
                        topic.name, size, topic.limits.max_message_bytes)};
}

}  // namespace

EmbeddedWriter::EmbeddedWriter(std::shared_ptr<EmbeddedCore> core, const WriterOptions& options)
    : core_(std::move(core)), options_(options) {}

EmbeddedWriter::~EmbeddedWriter() {
    // What is open is lost with its writer; others need not wait for its time-out.
    if (open_) (void)core_->abort(options_.transactional_id, epoch_);
}

Status EmbeddedWriter::init_transactions(int64_t) {
    if (!transactional()) return {Fault::kFatal, "This writer has no transactional id."};
    drop_staged();
    open_ = false;
    epoch_ = core_->init_transactions(options_.transactional_id, options_.transaction_timeout_ms);
    return Status::ok();
}

Status EmbeddedWriter::begin() {
    if (epoch_ == 0) return {Fault::kFatal, "init_transactions comes before begin."};
    Status begun = core_->begin(options_.transactional_id, epoch_);
    if (begun) open_ = true;
    return begun;
}

Result<EmbeddedWriter::Target*> EmbeddedWriter::target(std::string_view topic) {
    if (last_target_ != nullptr && last_target_->topic->name == topic &&
        !last_target_->topic->removed) {
        return last_target_;
    }
    auto found = targets_.find(topic);
    if (found == targets_.end() || found->second.topic->removed) {
        TopicHandle handle = core_->find(topic);
        if (!handle) {
            return Status(Fault::kNotFound,
                          fmt::format("Cannot write to topic '{}': it does not exist.", topic));
        }
        if (found == targets_.end()) {
            found = targets_.emplace(std::string(topic), Target{}).first;
        } else if (!staged_.empty()) {
            replaced_.push_back(found->second.topic);
        }
        found->second = {std::move(handle), 0};
    }
    last_target_ = &found->second;
    return last_target_;
}

Status EmbeddedWriter::write(const ProducedRecord& record) {
    return write(record, nullptr);
}

Status EmbeddedWriter::write(const ProducedRecord& record,
                             std::function<void(int64_t offset)> acked) {
    auto to = target(record.topic);
    if (!to) return to.status();
    Target& target = **to;
    int32_t partition = record.partition;
    const int32_t num_partitions = target.topic->num_partitions();
    if (partition >= num_partitions) {
        return {Fault::kNotFound,
                fmt::format("Topic '{}' has no partition {}.", record.topic, partition)};
    }
    if (partition < 0 && record.key) partition = partition_for_key(*record.key, num_partitions);
    if (partition < 0) {
        partition = target.next_partition;
        target.next_partition = (partition + 1) % num_partitions;
    }
    if (Status fits = check_size(*target.topic, record); !fits) return fits;
    if (transactional()) {
        if (Status open = require_open(); !open) return open;
        if (!core_->marked()) return stage(target, partition, record, std::move(acked));
    }
    return append(target, partition, record, std::move(acked));
}

Status EmbeddedWriter::append(Target& target, int32_t partition, const ProducedRecord& record,
                              std::function<void(int64_t offset)> acked) {
    std::vector<Header> headers;
    LogRecord written{0, record.timestamp_ms, record.key, record.value, nullptr};
    if (written.timestamp_ms < 0) written.timestamp_ms = core_->clock().now_ms();
    if (!record.headers.empty()) {
        headers.assign(record.headers.begin(), record.headers.end());
        written.headers = &headers;
    }
    int64_t offset = 0;
    Status appended = wait_for_room(kRoomWaitMs, [&] {
        auto at = transactional() ? core_->append_open(options_.transactional_id, epoch_,
                                                       target.topic, partition, written)
                                  : core_->append(*target.topic, partition, written);
        if (at) offset = *at;
        return at.status();
    });
    if (!appended) return appended;
    unsynced_ = true;
    if (acked) acked_.emplace_back(offset, std::move(acked));
    return Status::ok();
}

Status EmbeddedWriter::stage(Target& target, int32_t partition, const ProducedRecord& record,
                             std::function<void(int64_t offset)> acked) {
    StagedRecord& staged = staged_.emplace_back();
    staged.topic = target.topic.get();
    staged.partition = partition;
    staged.record.timestamp_ms =
        record.timestamp_ms < 0 ? core_->clock().now_ms() : record.timestamp_ms;
    if (record.key) staged.record.key = arena_.copy(*record.key);
    if (record.value) staged.record.value = arena_.copy(*record.value);
    if (!record.headers.empty()) {
        staged.record.headers =
            &headers_.emplace_back(record.headers.begin(), record.headers.end());
    }
    if (acked) acknowledgements_.push_back({staged_.size() - 1, std::move(acked)});
    return Status::ok();
}

Status EmbeddedWriter::require_open() const {
    if (!open_) return {Fault::kFatal, "No transaction is open."};
    return doomed_;
}

Status EmbeddedWriter::send_offsets(const std::string& group_topic,
                                    const std::map<int32_t, GroupOffset>& offsets,
                                    const GroupMetadata& membership, int64_t) {
    if (Status open = require_open(); !open) return open;
    const auto* proof = dynamic_cast<const MembershipProof*>(&membership);
    MR_CHECK(proof != nullptr, "the membership comes from a member of this log");
    std::vector<StoredOffset> stored;
    for (const auto& [slot, offset] : offsets) {
        stored.push_back({proof->group(), TopicPartition{group_topic, slot}, offset});
    }
    Status sent = core_->send_offsets(options_.transactional_id, epoch_, std::move(stored), *proof);
    if (sent.fault() == Fault::kAbortable) doomed_ = sent;
    return sent;
}

Status EmbeddedWriter::commit(int64_t timeout_ms) {
    if (Status open = require_open(); !open) return open;
    Status committed = wait_for_room(
        timeout_ms, [&] { return core_->commit(options_.transactional_id, epoch_, staged_); });
    if (committed.fault() == Fault::kAbortable) doomed_ = committed;
    if (!committed) return committed;
    open_ = false;
    for (auto& [record, acked] : acknowledgements_) {
        acked_.emplace_back(staged_[record].record.offset, std::move(acked));
    }
    drop_staged();
    // Whatever comes of this, it is committed: who is told of a failure has to read the log.
    Status durable = core_->store().make_durable();
    unsynced_ = false;
    poll();
    return durable;
}

Status EmbeddedWriter::abort(int64_t) {
    if (!open_) return {Fault::kFatal, "No transaction is open."};
    Status aborted = core_->abort(options_.transactional_id, epoch_);
    if (aborted) open_ = false;
    drop_staged();
    return aborted;
}

Status EmbeddedWriter::flush(int64_t) {
    Status durable = unsynced_ ? core_->store().make_durable() : Status::ok();
    unsynced_ = false;
    poll();
    return durable;
}

void EmbeddedWriter::poll() {
    auto told = std::exchange(acked_, {});
    for (auto& [offset, acked] : told) acked(offset);
}

void EmbeddedWriter::drop_staged() {
    constexpr size_t kRecordsKept = 4096;
    if (staged_.capacity() > kRecordsKept) std::vector<StagedRecord>().swap(staged_);
    staged_.clear();
    acknowledgements_.clear();
    headers_.clear();
    arena_.clear();
    replaced_.clear();
    doomed_ = Status::ok();
}

}  // namespace millrace
