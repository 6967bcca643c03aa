#include "engine/runtime/transaction.h"

namespace millrace {

namespace {

constexpr int64_t kCallTimeoutMs = 10000;

}  // namespace

Transaction::Transaction(Log& log, WriterOptions options, std::string slots_topic,
                         const std::atomic<bool>& stopping)
    : log_(log),
      options_(std::move(options)),
      slots_topic_(std::move(slots_topic)),
      stopping_(stopping) {}

Status Transaction::ensure_writer() {
    if (writer_) return Status::ok();
    auto writer = log_.writer(options_);
    Status status = writer->init_transactions(kCallTimeoutMs);
    if (status) writer_ = std::move(writer);
    return status;
}

void Transaction::drop_writer() {
    writer_.reset();
    open_ = false;
    outcome_open_ = false;
    failure_ = Status::ok();
    touched_.clear();
}

bool Transaction::begin_anew() {
    Status status = ensure_writer();
    if (status) status = writer_->begin();
    open_ = status.is_ok();
    if (!open_) failure_ = std::move(status);
    return open_;
}

void Transaction::touch(int32_t slot) {
    touched_[slot] = {epochs_[slot], options_.transactional_id};
}

Status Transaction::claim(const SlotAssignment& assignment, const std::set<int32_t>& slots) {
    MR_CHECK(!open_, "slots are claimed in a transaction of their own");
    membership_ = assignment.metadata;
    epochs_.clear();
    for (const auto& [slot, offset] : assignment.committed) epochs_[slot] = offset.offset;
    if (slots.empty() || !begin()) return failure_;
    for (int32_t slot : slots) {
        ++epochs_[slot];
        touch(slot);
    }
    return commit();
}

void Transaction::write(const ProducedRecord& record, std::function<void(int64_t offset)> acked) {
    if (!begin()) return;
    if (Status status = writer_->write(record, std::move(acked)); !status)
        failure_ = std::move(status);
}

void Transaction::write_position(int32_t slot, const PositionKey& key,
                                 const std::optional<InputPosition>& position) {
    const std::string key_text = key.encode();
    std::string value;
    ProducedRecord record;
    record.topic = slots_topic_;
    record.partition = slot;
    record.key = key_text;
    if (position) record.value = value = encode_position(*position);
    write(record);
    touch(slot);
}

void Transaction::poll() {
    if (writer_ && open_) writer_->poll();
}

Status Transaction::commit() {
    if (failure_ && open_) failure_ = send_and_commit();
    return failure_;
}

Status Transaction::send_and_commit() {
    if (!touched_.empty()) {
        Status status = writer_->send_offsets(slots_topic_, touched_, *membership_, kCallTimeoutMs);
        if (!status) return status;
    }
    // A retriable answer leaves the outcome open: only the same call again can tell.
    bool asked_again = false;
    Status status = writer_->commit(kCallTimeoutMs);
    while (status.fault() == Fault::kRetriable && !stopping_) {
        asked_again = true;
        status = writer_->commit(kCallTimeoutMs);
    }
    outcome_open_ = status.fault() == Fault::kRetriable;
    if (!status) return status;
    open_ = false;
    touched_.clear();
    // The request that was not answered may still be under way, and would end the next transaction
    // of this writer: one that comes anew under the same id is safe from it.
    if (asked_again) writer_.reset();
    return status;
}

void Transaction::abort(const Status& why) {
    const bool dead =
        why.fault() == Fault::kFenced || why.fault() == Fault::kFatal || outcome_open_;
    if (dead || (open_ && !writer_->abort(kCallTimeoutMs))) return drop_writer();
    open_ = false;
    failure_ = Status::ok();
    touched_.clear();
}

}  // namespace millrace
