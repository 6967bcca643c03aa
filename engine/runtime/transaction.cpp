#include "engine/runtime/transaction.h"

namespace millrace {

namespace {

constexpr int64_t kCallTimeoutMs = 10000;
constexpr int64_t kFlushTurnMs = 500;

WriterOptions outputs_options(const WriterOptions& options) {
    WriterOptions apart;
    apart.client_id = options.client_id + "-outputs";
    apart.linger_ms = 2;  // What is written is to be seen soon; under load batches fill anyway.
    return apart;
}

}  // namespace

Transaction::Transaction(Log& log, WriterOptions options, bool outputs_apart,
                         std::string slots_topic, std::string owner,
                         const std::atomic<bool>& stopping)
    : log_(log),
      options_(std::move(options)),
      slots_topic_(std::move(slots_topic)),
      owner_(std::move(owner)),
      stopping_(stopping),
      outputs_apart_(outputs_apart) {}

Status Transaction::ensure_writer() {
    if (writer_) return Status::ok();
    auto writer = log_.writer(options_);
    Status status = writer->init_transactions(kCallTimeoutMs);
    if (!status) return status;
    writer_ = std::move(writer);
    new_writers_ = true;
    return status;
}

void Transaction::drop_writer() {
    writer_.reset();
    outputs_.reset();
    outputs_pending_ = false;
    open_ = false;
    outcome_open_ = false;
    failure_ = Status::ok();
    failed_owner_ = 0;
    touched_.clear();
}

bool Transaction::begin_anew() {
    MR_CHECK(!committing_, "nothing is written to a transaction that is being committed");
    Status status = ensure_writer();
    if (status) status = writer_->begin();
    open_ = status.is_ok();
    if (!open_) failure_ = std::move(status);
    return open_;
}

void Transaction::touch(int32_t slot) {
    touched_[slot] = {epochs_[slot], owner_};
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

void Transaction::share_claim(const Transaction& other) {
    membership_ = other.membership_;
    epochs_ = other.epochs_;
}

void Transaction::write(const ProducedRecord& record, std::function<void(int64_t offset)> acked) {
    if (!begin()) return;
    if (Status status = writer_->write(record, std::move(acked)); !status)
        fail(record, std::move(status));
}

void Transaction::fail(const ProducedRecord& record, Status status) {
    const bool its_own = status.fault() == Fault::kNotFound || status.fault() == Fault::kRefused;
    if (its_own) failed_owner_ = record.owner;
    failure_ = std::move(status);
}

Status Transaction::write_output(const ProducedRecord& record, bool at_once) {
    const bool apart = at_once && outputs_apart_;
    if (apart ? !ensure_outputs() : !begin()) return failure_;
    Status status = (apart ? outputs_ : writer_)->write(record);
    if (apart) outputs_pending_ = true;
    if (!status && status.fault() != Fault::kRefused) fail(record, status);
    return status;
}

bool Transaction::ensure_outputs() {
    if (failure_ && !outputs_) {
        outputs_ = log_.writer(outputs_options(options_));
        new_writers_ = true;
    }
    return failure_.is_ok();
}

void Transaction::expect(const std::vector<std::string>& topics,
                         const std::vector<std::string>& apart) {
    if (!topics.empty() && ensure_writer()) writer_->expect(topics);
    if (!apart.empty() && ensure_outputs()) outputs_->expect(apart);
    new_writers_ = false;
}

void Transaction::flush_outputs() {
    if (!outputs_pending_ || !failure_) return;
    Status status = outputs_->flush(kFlushTurnMs);
    while (status.fault() == Fault::kRetriable && !stopping_)
        status = outputs_->flush(kFlushTurnMs);
    // What was refused has an owner, who pays alone; all others' records are in.
    if (!status && status.fault() != Fault::kRefused) {
        failure_ = std::move(status);
    } else {
        outputs_pending_ = false;
    }
}

std::optional<Refusal> Transaction::next_refusal() {
    for (LogWriter* writer : {committing_ ? nullptr : writer_.get(), outputs_.get()}) {
        if (writer == nullptr) continue;
        for (Refusal& refusal : writer->take_refusals()) refusals_.push_back(std::move(refusal));
    }
    if (refusals_.empty()) return std::nullopt;
    Refusal next = std::move(refusals_.front());
    refusals_.pop_front();
    return next;
}

void Transaction::write_position(int32_t slot, const PositionKey& key,
                                 const std::optional<InputPosition>& position,
                                 std::function<void(int64_t offset)> acked) {
    const std::string key_text = key.encode();
    std::string value;
    ProducedRecord record;
    record.topic = slots_topic_;
    record.partition = slot;
    record.key = key_text;
    if (position) record.value = value = encode_position(*position);
    std::vector<Header> headers;
    if (position && !position->topic_id.empty())
        headers.push_back({kTopicIdHeader, position->topic_id});
    if (position && !position->ahead.empty())
        headers.push_back({kAheadHeader, encode_ahead(*position)});
    record.headers = headers;
    if (acked) {
        write(record, std::move(acked));
    } else {
        write(record);
    }
    touch(slot);
}

void Transaction::poll() {
    if (!committing_ && writer_ && open_) writer_->poll();
    if (outputs_ && outputs_pending_) outputs_->poll();
}

bool Transaction::begin_commit() {
    flush_outputs();
    committing_ = failure_ && open_;
    return committing_;
}

Status Transaction::end_commit(Status sent) {
    committing_ = false;
    if (failure_) failure_ = std::move(sent);
    return failure_;
}

Status Transaction::send() {
    if (!touched_.empty()) {
        Status status = writer_->send_offsets(slots_topic_, touched_, *membership_, kCallTimeoutMs);
        if (!status) return status;
    }
    // A retriable answer leaves the outcome open: only the same call again can tell.
    bool asked_again = false;
    Status status = writer_->commit(kCallTimeoutMs);
    while (status.fault() == Fault::kRetriable) {
        asked_again = true;
        if (stopping_) break;
        status = writer_->commit(kCallTimeoutMs);
    }
    // What was not answered may have been done all the same, whatever was answered later.
    outcome_open_ = !status && asked_again;
    if (!status) return status;
    open_ = false;
    touched_.clear();
    // The request that was not answered may still be under way, and would end the next transaction
    // of this writer: one that comes anew under the same id is safe from it.
    if (asked_again) writer_.reset();
    return status;
}

bool Transaction::abort(const Status& why) {
    const bool dead =
        why.fault() == Fault::kFenced || why.fault() == Fault::kFatal || outcome_open_;
    if (dead || (open_ && !writer_->abort(kCallTimeoutMs))) {
        drop_writer();
        return false;
    }
    if (!failure_) outputs_.reset();  // It may be what has failed.
    outputs_pending_ = false;
    open_ = false;
    failure_ = Status::ok();
    failed_owner_ = 0;
    touched_.clear();
    return true;
}

}  // namespace millrace
