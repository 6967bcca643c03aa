#include "engine/runtime/task.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

size_t bytes_of(std::span<const LogRecord> records) {
    size_t bytes = 0;
    for (const LogRecord& record : records)
        bytes += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    return bytes;
}

}  // namespace

int32_t slot_of(const TaskId& task, int32_t num_slots) {
    uint32_t start = murmur2(task.query_id) + static_cast<uint32_t>(task.subtopology);
    return static_cast<int32_t>((start + static_cast<uint32_t>(task.partition)) %
                                static_cast<uint32_t>(num_slots));
}

Task::Task(TaskId id, RunningQueryPtr query) : id_(std::move(id)), query_(std::move(query)) {}

Task::~Task() {
    if (state_ != TaskState::kClosed) close();
}

void Task::enter(TaskState next) {
    const bool valid = next == TaskState::kRunning ? state_ == TaskState::kRestoring
                                                   : state_ != TaskState::kClosed;
    MR_CHECK(valid, "task " + id_.to_string() + " cannot go on from state " +
                        std::to_string(static_cast<int>(state_)) + " to " +
                        std::to_string(static_cast<int>(next)));
    state_ = next;
}

void Task::start(TaskBody body, const std::vector<InputPosition>& positions, size_t queue_rows_max,
                 int64_t reread_to) {
    enter(TaskState::kRunning);
    body_ = std::move(body);
    queue_rows_max_ = queue_rows_max;
    reread_to_ = reread_to;
    inputs_ = std::vector<Input>(positions.size());
    for (size_t i = 0; i < positions.size(); ++i) {
        inputs_[i].position = positions[i];
        inputs_[i].committed = positions[i];
        stream_time_ms_ = std::max(stream_time_ms_, positions[i].stream_time_ms);
        const auto* source = subtopology().inputs[i].step->as<plan::SourceStep>();
        inputs_[i].table = source != nullptr && source->kind == sql::SourceKind::kTable &&
                           !subtopology().inputs[i].is_repartition;
        if (TimeBoard* board = query_->time_board(subtopology().inputs[i].topic))
            inputs_[i].merge = std::make_unique<TimeMerge>(*board, body_.idle_ms, positions[i]);
    }
    if (TimeBoard* board = query_->time_board(subtopology().output_topic))
        teller_ = std::make_unique<TimeTeller>(*board, id_.partition, body_.idle_ms > 0,
                                               body_.pipeline->holds_back());
}

Status Task::subscribe(size_t input, FeedSet& feeds) {
    MR_CHECK(state_ == TaskState::kRunning, "only a running task reads");
    Input& in = inputs_[input];
    Status status = feeds.subscribe(source(input), in.position.next_offset, *this, input);
    if (!status) return status;
    in.feeds = &feeds;
    const std::string id = feeds.topic_id(source(input), *this);
    if (id.empty() || id == in.position.topic_id) return status;
    if (!in.position.topic_id.empty()) return begin_anew(input, id);
    in.position.topic_id = in.committed.topic_id = id;
    return status;
}

Status Task::begin_anew(size_t input, const std::string& topic_id) {
    Input& in = inputs_[input];
    log_warn("runtime.task",
             "query={} task={} topic={} partition={} offset={} the topic was deleted and made "
             "again: it is read from its beginning",
             id_.query_id, id_.to_string(), source(input).topic, id_.partition,
             in.position.next_offset);
    query_->note_lost(source(input).topic, body_.env->clock->now_ms());
    in.feeds->unsubscribe(*this, input);
    Status status = in.feeds->subscribe(source(input), kOffsetEarliest, *this, input);
    if (!status) return status;
    in.position.next_offset = in.feeds->position(source(input), *this);
    in.position.topic_id = topic_id;
    in.position.ahead.clear();
    if (in.merge) in.merge->rewind(in.position);
    return status;
}

void Task::close() {
    enter(TaskState::kClosed);
    unsubscribe();
    inputs_.clear();
    teller_.reset();
    body_.pipeline.reset();  // Before what they refer to.
    body_.replaced.reset();
    body_ = {};
}

bool Task::has_moved() const {
    return told_replacement_ || went_on_ || reread_to_ > 0 || (teller_ && teller_->uncommitted()) ||
           std::any_of(inputs_.begin(), inputs_.end(), [](const Input& in) {
               return in.unplaced || !(in.position == in.committed);
           });
}

bool Task::has_to_commit() const {
    // Where a beginning is may not be known yet, and then is not to be committed.
    return has_moved() || std::any_of(inputs_.begin(), inputs_.end(), [](const Input& in) {
               return in.fresh && in.position.next_offset >= 0;
           });
}

void Task::unsubscribe() {
    for (Input& in : inputs_) {
        if (in.feeds != nullptr) in.feeds->unsubscribe(*this);
    }
}

Status Task::rewind(const std::function<TaskBody(std::unique_ptr<TaskSink>)>& make) {
    MR_CHECK(state_ == TaskState::kRunning, "only a running task goes back");
    auto sink = std::move(body_.sink);
    body_.pipeline.reset();  // Before what they refer to.
    body_.replaced.reset();
    body_ = make(std::move(sink));
    told_replacement_ = went_on_ = false;
    rows_untold_ = 0;
    stream_time_ms_ = -1;
    Status status;
    for (size_t i = 0; i < inputs_.size(); ++i) {
        Input& in = inputs_[i];
        in.unread.clear();
        in.chunks.clear();
        in.queued_rows = 0;
        in.waiting = Status::ok();
        in.position = in.committed;
        in.unplaced = false;
        if (in.merge) in.merge->rewind(in.position);
        stream_time_ms_ = std::max(stream_time_ms_, in.position.stream_time_ms);
        if (in.feeds != nullptr && status) status = subscribe(i, *in.feeds);
    }
    unflushed_ = full_turn_ = false;
    if (teller_) teller_->rewind();
    return status;
}

void Task::flush() {
    MR_CHECK(state_ == TaskState::kRunning, "only a running task has something to flush");
    body_.pipeline->flush();
    if (body_.sink) body_.sink->end_turn();
    unflushed_ = false;
    if (teller_ && body_.pipeline->holds_back() && !body_.pipeline->more())
        tell_time(std::exchange(full_turn_, false));
}

bool Task::at_end(size_t input) const {
    FeedSet* feeds = inputs_[input].feeds;
    return feeds == nullptr || feeds->at_end(source(input), *this);
}

bool Task::goes_first(size_t a, size_t b) const {
    if (inputs_[a].table != inputs_[b].table) return inputs_[a].table;
    return a < b;
}

void Task::enqueue(size_t input, const std::shared_ptr<LogBatch>& batch) {
    MR_CHECK(state_ == TaskState::kRunning, "only a running task takes records");
    inputs_[input].unread.push_back(batch);
}

void Task::read(size_t input) {
    Input& in = inputs_[input];
    if (in.merge) return read_merged(input);
    while (!in.unread.empty()) {
        Status status = read_batch(input, *in.unread.front());
        if (!status && status.fault() != Fault::kRetriable)
            throw StatementError(ErrorKind::kServer, status.message());
        if (!status && in.waiting) {
            log_warn("runtime.task", "task={} topic={} waits: {}", id_.to_string(),
                     in.unread.front()->source().topic, status.message());
        }
        in.waiting = std::move(status);
        if (!in.waiting) return;
        in.unread.pop_front();
    }
}

Status Task::read_batch(size_t input, LogBatch& batch) {
    Input& in = inputs_[input];
    auto records = batch.records();
    // A reader that was re-positioned may hand out records from before the position.
    while (!records.empty() && in.position.next_offset >= 0 &&
           records.front().offset < in.position.next_offset) {
        records = records.subspan(1);
    }
    while (in.end_offset >= 0 && !records.empty() && records.back().offset >= in.end_offset) {
        records = records.first(records.size() - 1);
    }
    if (records.empty()) return Status::ok();
    Chunk chunk;
    chunk.end_offset = records.back().offset + 1;
    auto decoded = body_.pipeline->decode(input, records, batch.source().partition,
                                          batch.source().topic, &batch);
    if (!decoded) return decoded.status();
    chunk.rows = std::move(decoded->rows);
    chunk.offsets = std::move(decoded->offsets);
    chunk.memory = note_read(input, records, chunk.rows);
    in.queued_rows += chunk.rows.num_rows();
    if (chunk.rows.empty() && in.chunks.empty()) {
        in.position.next_offset = chunk.end_offset;  // All of it was bad: nothing to wait for.
        return Status::ok();
    }
    in.chunks.push_back(std::move(chunk));
    return Status::ok();
}

MemoryAccount Task::note_read(size_t input, std::span<const LogRecord> records,
                              const RecordBatch& rows) {
    const size_t bytes = bytes_of(records);
    query_->records_in.fetch_add(records.size(), std::memory_order_relaxed);
    if (!body_.meters.empty())
        body_.meters[input]->note_read(records.size(), bytes, body_.env->clock->now_ms());
    return MemoryAccount(body_.queues, rows.bytes_without_texts() + bytes);
}

bool Task::finished(size_t input) const {
    const Input& in = inputs_[input];
    if (!in.chunks.empty() || !in.unread.empty() || body_.pipeline->more()) return false;
    return (in.end_offset >= 0 && in.position.next_offset >= in.end_offset) || at_end(input);
}

bool Task::wants_more(size_t input) const {
    const Input& in = inputs_[input];
    if (!in.unread.empty() || in.queued_rows >= queue_rows_max_) return false;
    // What is held back waits for a mark that is still to be read.
    return !in.merge || !in.merge->has_ready();
}

bool Task::starves(size_t input) const {
    const Input& in = inputs_[input];
    return in.unread.empty() && in.chunks.empty() && !(in.merge && in.merge->has_ready());
}

bool Task::has_queued() const {
    return body_.pipeline->more() ||
           std::any_of(inputs_.begin(), inputs_.end(), [](const Input& in) {
               return !in.chunks.empty() || !in.unread.empty() || (in.merge && !in.merge->empty());
           });
}

int64_t Task::time_to_come(size_t input) const {
    const Input& in = inputs_[input];
    constexpr int64_t kAnyTime = std::numeric_limits<int64_t>::min();
    if (!in.unread.empty() || (in.merge && in.merge->has_ready())) return kAnyTime;
    if (body_.idle_ms < 0) return TimeMerge::kNothing;
    if (in.merge && in.merge->bound() != TimeMerge::kNothing) return in.merge->bound();
    if (!at_end(input)) return kAnyTime;
    if (body_.idle_ms == 0 || in.merge || body_.steady == nullptr) return TimeMerge::kNothing;
    const bool idle = in.idle_since_ms >= 0 && now_ms_ - in.idle_since_ms >= body_.idle_ms;
    return idle ? TimeMerge::kNothing : kAnyTime;
}

int Task::choose() {
    int best = -1;
    int64_t best_time = std::numeric_limits<int64_t>::max();
    bool some_empty = false;
    for (size_t i = 0; i < inputs_.size(); ++i) {
        const Input& in = inputs_[i];
        if (in.chunks.empty()) {
            some_empty = true;
            continue;
        }
        const Chunk& head = in.chunks.front();
        if (head.next >= head.rows.num_rows()) return static_cast<int>(i);  // Only to be consumed.
        const int64_t time = in.head_time();
        const bool tie = best >= 0 && time == best_time;
        if (best < 0 || time < best_time || (tie && goes_first(i, static_cast<size_t>(best)))) {
            best = static_cast<int>(i);
            best_time = time;
        }
    }
    if (best < 0 || !some_empty) return best;
    for (size_t i = 0; i < inputs_.size(); ++i) {
        if (!inputs_[i].chunks.empty()) continue;
        const int64_t time = inputs_[i].to_come_ms = time_to_come(i);
        if (time < best_time || (time == best_time && goes_first(i, static_cast<size_t>(best))))
            return -1;
    }
    return best;
}

size_t Task::run_length(size_t input, size_t max_rows) const {
    const Chunk& head = inputs_[input].chunks.front();
    const size_t rows = head.rows.num_rows();
    // The rows of one record stay together: a position stands between records.
    auto whole_records = [&](size_t length) {
        while (head.next + length < rows &&
               head.offset_of(head.next + length) == head.offset_of(head.next + length - 1)) {
            ++length;
        }
        return length;
    };
    const size_t left = std::min(max_rows, rows - head.next);
    if (inputs_.size() == 1) return whole_records(left);
    int64_t limit = std::numeric_limits<int64_t>::max();
    bool other_first = false;  // At the same timestamp the other input's head goes first.
    for (size_t i = 0; i < inputs_.size(); ++i) {
        if (i == input) continue;
        const int64_t time =
            inputs_[i].chunks.empty() ? inputs_[i].to_come_ms : inputs_[i].head_time();
        if (time < limit || (time == limit && goes_first(i, input))) {
            limit = time;
            other_first = goes_first(i, input);
        }
    }
    size_t length = 0;
    while (length < left) {
        const int64_t time = inputs_[input].time_of(head, head.next + length);
        if (time > limit || (other_first && time == limit && length > 0)) break;
        ++length;
    }
    return whole_records(std::max<size_t>(length, 1));
}

size_t Task::process(size_t max_rows) {
    MR_CHECK(state_ == TaskState::kRunning, "only a running task processes rows");
    if (body_.replaced) {
        told_replacement_ = true;
        const size_t rows = body_.replaced->step(max_rows);
        if (body_.replaced->done()) body_.replaced.reset();
        return std::max<size_t>(rows, 1);
    }
    look_around();
    for (size_t i = 0; i < inputs_.size(); ++i) read(i);
    const bool short_of_memory = teller_ && body_.queues.full();
    const bool ahead = teller_ && !teller_->may_go_on(short_of_memory);
    due_soon_ = due_soon_ || ahead;
    size_t processed = go_on() ? 1 : 0;
    while (processed < max_rows && !ahead && !body_.pipeline->more()) {
        int chosen = choose();
        if (chosen < 0) break;
        auto input = static_cast<size_t>(chosen);
        Input& in = inputs_[input];
        Chunk& head = in.chunks.front();
        if (head.next < head.rows.num_rows()) {
            const size_t length = run_length(input, max_rows - processed);
            processed += length;
            run(input, length);
        } else {
            in.position.next_offset = head.end_offset;
            in.chunks.pop_front();
        }
    }
    // Who shares a feed with it may be who it waits for.
    blocked_ = processed == 0 && (ahead ? short_of_memory : inputs_.size() > 1);
    if (processed > 0 && body_.sink) body_.sink->end_turn();
    if (teller_) rows_untold_ += processed;
    // What is still to come of a row has the row's time.
    if (teller_ && !body_.pipeline->more()) {
        const bool full = processed >= max_rows;
        if (rows_untold_ > 0) teller_->note_processed(std::exchange(rows_untold_, 0), order_time());
        full_turn_ = full_turn_ || full;
        unflushed_ = unflushed_ || processed > 0;
        if (!unflushed_ || !body_.pipeline->holds_back()) tell_time(full);
    }
    return processed;
}

bool Task::go_on() {
    if (!body_.pipeline->more()) return false;
    went_on_ = true;
    body_.pipeline->go_on();
    return true;
}

void Task::run(size_t input, size_t length) {
    Input& in = inputs_[input];
    Chunk& head = in.chunks.front();
    auto& meta = head.rows.meta();
    for (size_t row = head.next; row < head.next + length; ++row) {
        stream_time_ms_ = std::max(stream_time_ms_, meta[row].timestamp_ms);
        meta[row].stream_time_ms = stream_time_ms_;
    }
    const bool whole = head.next == 0 && length == head.rows.num_rows();
    const size_t next = head.next + length;
    const bool finished = next == head.rows.num_rows();
    if (in.merge) {
        in.unplaced = true;
    } else {
        in.position.next_offset = finished ? head.end_offset : head.offset_of(next);
    }
    in.position.stream_time_ms = stream_time_ms_;
    in.queued_rows -= length;
    if (whole) {
        RecordBatch rows = std::move(head.rows);
        in.chunks.pop_front();
        return body_.pipeline->process(input, std::move(rows));
    }
    std::vector<uint32_t> picked(length);
    for (size_t i = 0; i < length; ++i) picked[i] = static_cast<uint32_t>(head.next + i);
    RecordBatch rows = head.rows.select(picked);
    head.next = next;
    if (finished) in.chunks.pop_front();
    body_.pipeline->process(input, std::move(rows));
}

std::vector<std::pair<size_t, InputPosition>> Task::take_moved_positions() {
    std::vector<std::pair<size_t, InputPosition>> moved;
    for (size_t i = 0; i < inputs_.size(); ++i) {
        if (inputs_[i].unplaced) place_merged(inputs_[i]);
        inputs_[i].taken = inputs_[i].position;
        // Where a beginning is, is not known before something of it has been read.
        if (inputs_[i].position.next_offset < 0) continue;
        if (inputs_[i].fresh || !(inputs_[i].position == inputs_[i].committed))
            moved.emplace_back(i, inputs_[i].position);
    }
    return moved;
}

bool Task::stands_apart() const {
    return !teller_ && !body_.replaced && subtopology().stores.empty() &&
           std::none_of(inputs_.begin(), inputs_.end(),
                        [](const Input& in) { return in.merge || in.table; });
}

void Task::mark_committed() {
    for (auto& in : inputs_) {
        in.committed = in.taken;
        in.fresh = false;
    }
    reread_to_ = 0;
    told_replacement_ = went_on_ = false;
    if (teller_) teller_->mark_committed();
}

}  // namespace millrace
