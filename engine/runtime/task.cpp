#include "engine/runtime/task.h"

#include <algorithm>
#include <limits>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/base/log.h"

namespace millrace {

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
    }
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
    in.feeds->unsubscribe(*this, input);
    Status status = in.feeds->subscribe(source(input), kOffsetEarliest, *this, input);
    if (!status) return status;
    in.position.next_offset = in.feeds->position(source(input), *this);
    in.position.topic_id = topic_id;
    return status;
}

void Task::close() {
    enter(TaskState::kClosed);
    unsubscribe();
    inputs_.clear();
    body_.pipeline.reset();  // Before what they refer to.
    body_.replaced.reset();
    body_ = {};
}

bool Task::has_moved() const {
    return told_replacement_ || reread_to_ > 0 ||
           std::any_of(inputs_.begin(), inputs_.end(),
                       [](const Input& in) { return !(in.position == in.committed); });
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
    told_replacement_ = false;
    stream_time_ms_ = -1;
    Status status;
    for (size_t i = 0; i < inputs_.size(); ++i) {
        Input& in = inputs_[i];
        in.unread.clear();
        in.chunks.clear();
        in.queued_rows = 0;
        in.waiting = Status::ok();
        in.position = in.committed;
        stream_time_ms_ = std::max(stream_time_ms_, in.position.stream_time_ms);
        if (in.feeds != nullptr && status) status = subscribe(i, *in.feeds);
    }
    return status;
}

void Task::flush() {
    MR_CHECK(state_ == TaskState::kRunning, "only a running task has something to flush");
    body_.pipeline->flush();
    if (body_.sink) body_.sink->end_turn();
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
    auto decoded =
        body_.pipeline->decode(input, records, batch.source().partition, batch.source().topic);
    if (!decoded) return decoded.status();
    chunk.rows = std::move(decoded->rows);
    chunk.offsets = std::move(decoded->offsets);
    note_read(input, records);
    in.queued_rows += chunk.rows.num_rows();
    if (chunk.rows.empty() && in.chunks.empty()) {
        in.position.next_offset = chunk.end_offset;  // All of it was bad: nothing to wait for.
        return Status::ok();
    }
    in.chunks.push_back(std::move(chunk));
    return Status::ok();
}

void Task::note_read(size_t input, std::span<const LogRecord> records) {
    query_->records_in.fetch_add(records.size(), std::memory_order_relaxed);
    if (body_.meters.empty()) return;
    uint64_t bytes = 0;
    for (const LogRecord& record : records) {
        bytes += (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    }
    body_.meters[input]->note_read(records.size(), bytes, body_.env->clock->now_ms());
}

bool Task::finished(size_t input) const {
    const Input& in = inputs_[input];
    if (!in.chunks.empty() || !in.unread.empty()) return false;
    return (in.end_offset >= 0 && in.position.next_offset >= in.end_offset) || at_end(input);
}

bool Task::wants_more(size_t input) const {
    return inputs_[input].unread.empty() && inputs_[input].queued_rows < queue_rows_max_;
}

bool Task::has_queued() const {
    return std::any_of(inputs_.begin(), inputs_.end(),
                       [](const Input& in) { return !in.chunks.empty() || !in.unread.empty(); });
}

int Task::choose() const {
    int best = -1;
    int64_t best_time = std::numeric_limits<int64_t>::max();
    for (size_t i = 0; i < inputs_.size(); ++i) {
        const Input& in = inputs_[i];
        if (in.chunks.empty()) {
            if (inputs_.size() > 1 && (!in.unread.empty() || !at_end(i))) return -1;
            continue;
        }
        const Chunk& head = in.chunks.front();
        if (head.next >= head.rows.num_rows()) return static_cast<int>(i);  // Only to be consumed.
        int64_t time = head.rows.meta()[head.next].timestamp_ms;
        const bool tie = best >= 0 && time == best_time;
        if (best < 0 || time < best_time || (tie && goes_first(i, static_cast<size_t>(best)))) {
            best = static_cast<int>(i);
            best_time = time;
        }
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
        if (i == input || inputs_[i].chunks.empty()) continue;
        const Chunk& other = inputs_[i].chunks.front();
        int64_t time = other.rows.meta()[other.next].timestamp_ms;
        if (time < limit || (time == limit && goes_first(i, input))) {
            limit = time;
            other_first = goes_first(i, input);
        }
    }
    const auto& meta = head.rows.meta();
    size_t length = 0;
    while (length < left) {
        int64_t time = meta[head.next + length].timestamp_ms;
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
    for (size_t i = 0; i < inputs_.size(); ++i) read(i);
    size_t processed = 0;
    while (processed < max_rows) {
        int chosen = choose();
        if (chosen < 0) break;
        auto input = static_cast<size_t>(chosen);
        Input& in = inputs_[input];
        Chunk& head = in.chunks.front();
        if (head.next < head.rows.num_rows()) {
            size_t length = run_length(input, max_rows - processed);
            auto& meta = head.rows.meta();
            for (size_t row = head.next; row < head.next + length; ++row) {
                stream_time_ms_ = std::max(stream_time_ms_, meta[row].timestamp_ms);
                meta[row].stream_time_ms = stream_time_ms_;
            }
            bool whole = head.next == 0 && length == head.rows.num_rows();
            size_t next = head.next + length;
            bool finished = next == head.rows.num_rows();
            in.position.next_offset = finished ? head.end_offset : head.offset_of(next);
            in.position.stream_time_ms = stream_time_ms_;
            in.queued_rows -= length;
            processed += length;
            if (whole) {
                RecordBatch rows = std::move(head.rows);
                in.chunks.pop_front();
                body_.pipeline->process(input, std::move(rows));
            } else {
                std::vector<uint32_t> picked(length);
                for (size_t i = 0; i < length; ++i)
                    picked[i] = static_cast<uint32_t>(head.next + i);
                RecordBatch rows = head.rows.select(picked);
                head.next = next;
                if (finished) in.chunks.pop_front();
                body_.pipeline->process(input, std::move(rows));
            }
        } else {
            in.position.next_offset = head.end_offset;
            in.chunks.pop_front();
        }
    }
    if (processed > 0 && body_.sink) body_.sink->end_turn();
    return processed;
}

std::vector<std::pair<size_t, InputPosition>> Task::moved_positions() const {
    std::vector<std::pair<size_t, InputPosition>> moved;
    for (size_t i = 0; i < inputs_.size(); ++i) {
        // Where a beginning is, is not known before something of it has been read.
        if (inputs_[i].position.next_offset < 0) continue;
        if (inputs_[i].fresh || !(inputs_[i].position == inputs_[i].committed))
            moved.emplace_back(i, inputs_[i].position);
    }
    return moved;
}

void Task::mark_committed() {
    for (auto& in : inputs_) {
        in.committed = in.position;
        in.fresh = false;
    }
    reread_to_ = 0;
    told_replacement_ = false;
}

}  // namespace millrace
