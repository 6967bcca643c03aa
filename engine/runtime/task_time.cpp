// What a task knows of time beyond its own rows: the order of a repartition topic's records, how
// far those who write it have come, and what it tells those who read its own.
#include <algorithm>

#include "engine/base/error.h"
#include "engine/runtime/task.h"

namespace millrace {

void Task::look_around() {
    due_soon_ = false;
    if (body_.idle_ms <= 0 || body_.steady == nullptr) return;
    now_ms_ = body_.steady->now_ms();
    for (size_t i = 0; i < inputs_.size(); ++i) {
        Input& in = inputs_[i];
        if (in.merge || inputs_.size() == 1) continue;
        const bool empty = in.chunks.empty() && in.unread.empty() && at_end(i);
        if (!empty) in.idle_since_ms = -1;
        if (empty && in.idle_since_ms < 0) in.idle_since_ms = now_ms_;
        due_soon_ = due_soon_ || (empty && now_ms_ - in.idle_since_ms < body_.idle_ms);
    }
}

void Task::read_merged(size_t input) {
    Input& in = inputs_[input];
    while (!in.unread.empty()) {
        in.merge->add(std::move(in.unread.front()));
        in.unread.pop_front();
        in.unplaced = true;
    }
    in.merge->look(now_ms_);
    due_soon_ = due_soon_ || in.merge->idles();
    // What is decoded is held twice until its batches are done with.
    constexpr size_t kLeastRows = 256;
    while (in.queued_rows < queue_rows_max_) {
        const bool full = body_.queues.full();
        if (full && !in.chunks.empty()) return;
        const size_t room = queue_rows_max_ - in.queued_rows;
        const std::span<const LogRecord> records =
            in.merge->next(full ? std::min(room, kLeastRows) : room);
        if (records.empty()) return;
        Status status = decode_merged(input, records);
        if (!status) throw StatementError(ErrorKind::kServer, status.message());
        in.merge->taken();
    }
}

Status Task::decode_merged(size_t input, std::span<const LogRecord> records) {
    Input& in = inputs_[input];
    auto decoded = body_.pipeline->decode(input, records, id_.partition, source(input).topic);
    if (!decoded) return decoded.status();
    Chunk chunk;
    chunk.memory = note_read(input, records, decoded->rows);
    chunk.rows = std::move(decoded->rows);
    chunk.offsets = std::move(decoded->offsets);
    if (chunk.rows.empty()) return Status::ok();
    // Until they are processed the rows carry the order time of their records.
    size_t record = 0;
    for (size_t row = 0; row < chunk.rows.num_rows(); ++row) {
        while (records[record].offset != chunk.offset_of(row)) ++record;
        chunk.rows.meta()[row].stream_time_ms = in.merge->time_of(record);
    }
    in.queued_rows += chunk.rows.num_rows();
    in.chunks.push_back(std::move(chunk));
    return Status::ok();
}

void Task::place_merged(Input& in) {
    std::vector<int64_t> left;
    for (const Chunk& chunk : in.chunks) {
        for (size_t row = chunk.next; row < chunk.rows.num_rows(); ++row)
            left.push_back(chunk.offset_of(row));
    }
    in.merge->place(std::move(left), in.position);
    in.unplaced = false;
}

int64_t Task::order_time() const {
    int64_t least = TimeMerge::kNothing;
    for (const Input& in : inputs_) {
        if (!in.merge) return stream_time_ms_;
        least = std::min(least, in.chunks.empty() ? in.merge->bound() : in.head_time());
    }
    return least == TimeMerge::kNothing ? stream_time_ms_ : std::max(stream_time_ms_, least);
}

bool Task::caught_up() const {
    if (body_.replaced || body_.pipeline->more()) return false;
    for (size_t i = 0; i < inputs_.size(); ++i) {
        const Input& in = inputs_[i];
        if (!in.chunks.empty() || !in.unread.empty()) return false;
        if (in.merge && (!in.merge->empty() || in.merge->bound() != TimeMerge::kNothing))
            return false;
        if (!at_end(i)) return false;
    }
    return true;
}

void Task::tell_time(bool full) {
    if (!body_.sink) return;
    const bool waits = std::any_of(inputs_.begin(), inputs_.end(), [](const Input& in) {
        return in.merge && in.merge->bound() != TimeMerge::kNothing;
    });
    // Who has caught up stays so as long as a turn takes what there is.
    const bool stays = teller_->caught_up() && !full && !waits;
    teller_->tell(order_time(), stays || caught_up(), *body_.sink, *body_.pipeline);
}

}  // namespace millrace
