#include "engine/runtime/transaction.h"

#include "engine/base/log.h"

namespace millrace {

namespace {

constexpr int64_t kCallTimeoutMs = 10000;
constexpr int64_t kFlushTurnMs = 500;

WriterOptions outputs_options(const WriterOptions& options) {
    WriterOptions apart;
    apart.client_id = options.client_id + "-outputs";
    apart.buffer_bytes = options.buffer_bytes;
    apart.linger_ms = 2;  // What is written is to be seen soon; under load batches fill anyway.
    return apart;
}

}  // namespace

Transaction::Transaction(Log& log, WriterOptions options, bool outputs_apart,
                         std::string slots_topic, std::string owner,
                         const std::atomic<bool>& stopping, bool threads,
                         std::function<void()> wake)
    : log_(log),
      options_(std::move(options)),
      slots_topic_(std::move(slots_topic)),
      owner_(std::move(owner)),
      stopping_(stopping),
      outputs_apart_(outputs_apart),
      threads_(threads),
      wake_(std::move(wake)) {}

Status Transaction::make_writer(Log& log, const WriterOptions& options,
                                std::shared_ptr<LogWriter>& writer) {
    std::shared_ptr<LogWriter> made = log.writer(options);
    Status status = made->init_transactions(kCallTimeoutMs);
    if (status) writer = std::move(made);
    return status;
}

Status Transaction::ensure_writer() {
    if (!writer_) end_expecting();  // Two of one id would fence each other.
    if (writer_) return Status::ok();
    Status status = make_writer(log_, options_, writer_);
    if (status) new_writers_ = true;
    return status;
}

void Transaction::begin_writer() {
    if (writer_ || preparing_ || !threads_) return;
    new_writers_ = true;
    made_ = std::make_shared<Made>();
    preparing_ = std::make_unique<SideThread>(threads_, 0, wake_);
    preparing_->start([this, made = made_] { return make_writer(log_, options_, made->writer); });
}

void Transaction::drop_writer() {
    end_expecting();
    writer_.reset();
    outputs_.reset();
    outputs_pending_ = outputs_marked_ = false;
    open_ = false;
    outcome_open_ = false;
    failure_ = Status::ok();
    failed_owner_ = 0;
    touched_.clear();
}

void Transaction::retire_writers(Retired& retired) {
    MR_CHECK(!open_ && !committing_, "a transaction that is open needs its writer");
    flush_outputs();
    retired.put(std::move(writer_));
    retired.put(std::move(outputs_));
    drop_writer();
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
    if (failure_ && !outputs_) end_expecting();
    if (failure_ && !outputs_) {
        outputs_ = log_.writer(outputs_options(options_));
        new_writers_ = true;
    }
    return failure_.is_ok();
}

void Transaction::expect(const std::vector<std::string>& topics,
                         const std::vector<std::string>& apart) {
    new_writers_ = false;
    made_ = std::make_shared<Made>();
    preparing_ = std::make_unique<SideThread>(threads_, 0, wake_);
    preparing_->start([this, topics, apart, writer = writer_, outputs = outputs_, made = made_] {
        if (!topics.empty()) {
            if (!writer) {
                if (Status status = make_writer(log_, options_, made->writer); !status)
                    return status;
            }
            (writer ? writer : made->writer)->expect(topics);
        }
        if (!apart.empty()) {
            if (!outputs) made->outputs = log_.writer(outputs_options(options_));
            (outputs ? outputs : made->outputs)->expect(apart);
        }
        return Status::ok();
    });
    if (!threads_) end_expecting();
}

bool Transaction::expecting() {
    if (preparing_ && preparing_->done()) end_expecting();
    return preparing_ != nullptr;
}

void Transaction::end_expecting() {
    if (!preparing_) return;
    // A failure is met again by whoever needs the writer.
    static_cast<void>(preparing_->wait());
    preparing_.reset();
    const auto made = std::exchange(made_, nullptr);
    if (!writer_) writer_ = std::move(made->writer);
    if (!outputs_) outputs_ = std::move(made->outputs);
}

void Transaction::mark_outputs() {
    if (!outputs_pending_ || !failure_) return;
    outputs_->mark();
    outputs_marked_ = true;
    outputs_pending_ = false;
}

bool Transaction::outputs_acknowledged() {
    if (!outputs_marked_ || !failure_) return true;
    Status status = outputs_->acknowledged();
    if (status.fault() == Fault::kRetriable) return false;
    outputs_marked_ = false;
    if (!status && status.fault() != Fault::kRefused) failure_ = std::move(status);
    return true;
}

void Transaction::flush_outputs() {
    if ((!outputs_pending_ && !outputs_marked_) || !failure_) return;
    Status status = outputs_->flush(kFlushTurnMs);
    while (status.fault() == Fault::kRetriable && !stopping_)
        status = outputs_->flush(kFlushTurnMs);
    // What was refused has an owner, who pays alone; all others' records are in.
    if (!status && status.fault() != Fault::kRefused) {
        failure_ = std::move(status);
    } else {
        outputs_pending_ = outputs_marked_ = false;
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
    if (outputs_ && (outputs_pending_ || outputs_marked_)) outputs_->poll();
}

Status Transaction::commit() {
    flush_outputs();
    return end_commit(begin_commit() ? send() : Status::ok());
}

bool Transaction::begin_commit() {
    committing_ = failure_ && open_;
    if (committing_) committing_bytes_ = writer_->staged_bytes();
    return committing_;
}

Status Transaction::end_commit(Status sent) {
    const bool was_sent = std::exchange(committing_, false);
    committing_bytes_ = 0;
    // What was written apart meanwhile and has failed is none of its: the next one fails with it.
    if (was_sent && sent) return sent;
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
    const bool unanswered = asked_again || writer_->has_unanswered();
    outcome_open_ = !status && unanswered;
    if (!status) return status;
    open_ = false;
    touched_.clear();
    if (unanswered) renew_writer();
    return status;
}

/// A request that was not answered may still be under way, and would end the next transaction of
/// this writer: one that comes anew under the same id is safe from it.
void Transaction::renew_writer() {
    log_info("runtime.transaction",
             "writer={} the end of a transaction was not answered: the next "
             "is a new writer's",
             options_.transactional_id);
    writer_.reset();
}

bool Transaction::abort(const Status& why) {
    const bool dead =
        why.fault() == Fault::kFenced || why.fault() == Fault::kFatal || outcome_open_;
    if (dead || (open_ && !writer_->abort(kCallTimeoutMs))) {
        drop_writer();
        return false;
    }
    if (writer_ && writer_->has_unanswered()) renew_writer();
    if (!failure_) outputs_.reset();  // It may be what has failed.
    outputs_pending_ = outputs_marked_ = false;
    open_ = false;
    failure_ = Status::ok();
    failed_owner_ = 0;
    touched_.clear();
    return true;
}

}  // namespace millrace
