#include "engine/runtime/time_merge.h"

#include <algorithm>

#include "engine/exec/repartition.h"

namespace millrace {

TimeMerge::TimeMerge(TimeBoard& board, int64_t idle_ms, const InputPosition& start)
    : board_(board), idle_ms_(idle_ms), writers_(board.writers()) {
    rewind(start);
    board_.ask();
}

void TimeMerge::rewind(const InputPosition& position) {
    read_to_ = position.next_offset;
    ahead_ = position.ahead;
    next_ahead_ = 0;
    held_.clear();
    first_ = 0;
    first_batch_ += batches_.size();
    batches_.clear();
    next_.clear();
}

bool TimeMerge::done_before(int64_t offset) {
    while (next_ahead_ < ahead_.size() && ahead_[next_ahead_].end <= offset) ++next_ahead_;
    return next_ahead_ < ahead_.size() && ahead_[next_ahead_].begin <= offset;
}

void TimeMerge::hold(const LogRecord& record) {
    int64_t time_ms = exec::order_time(record);
    if (writers_.size() == 1) {
        // The only one's records speak for themselves.
        time_ms = std::max(time_ms, writers_[0].time_ms);
        writers_[0].time_ms = time_ms;
        writers_[0].idle_since_ms = -1;
    }
    held_.push_back({time_ms, &record, first_batch_ + batches_.size() - 1});
    ++batches_.back().held;
}

void TimeMerge::add(std::shared_ptr<LogBatch> batch) {
    const size_t before = held_.size();
    batches_.push_back({batch, 0});
    for (const LogRecord& record : batch->records()) {
        // A reader that was re-positioned may hand out records from before the position.
        if (record.offset < read_to_) continue;
        read_to_ = record.offset + 1;
        if (const auto mark = exec::read_time_mark(record)) {
            if (static_cast<size_t>(mark->writer) >= writers_.size()) continue;
            Writer& writer = writers_[static_cast<size_t>(mark->writer)];
            writer = {mark->time_ms, mark->number, -1};
        } else if (!done_before(record.offset)) {
            hold(record);
        }
    }
    if (batches_.back().held == 0) batches_.pop_back();
    sort_from(before);
}

void TimeMerge::sort_from(size_t size) {
    const auto middle = held_.begin() + static_cast<std::ptrdiff_t>(size);
    if (!std::is_sorted(middle, held_.end())) std::sort(middle, held_.end());
    const auto first = held_.begin() + static_cast<std::ptrdiff_t>(first_);
    if (first == middle || middle == held_.end() || !(*middle < *(middle - 1))) return;
    std::inplace_merge(std::upper_bound(first, middle, *middle), middle, held_.end());
}

void TimeMerge::look(int64_t now_ms) {
    bound_ = kNothing;
    idles_ = false;
    if (idle_ms_ < 0) return;
    for (size_t i = 0; i < writers_.size(); ++i) {
        Writer& writer = writers_[i];
        const bool caught_up = writer.mark != 0 && board_.caught_up(i) == writer.mark;
        if (!caught_up) {
            writer.idle_since_ms = -1;
        } else {
            if (writer.idle_since_ms < 0) writer.idle_since_ms = now_ms;
            if (now_ms - writer.idle_since_ms >= idle_ms_) continue;
            idles_ = true;
        }
        bound_ = std::min(bound_, writer.time_ms);
    }
}

std::span<const LogRecord> TimeMerge::next(size_t max) {
    next_.clear();
    for (size_t i = first_; i < held_.size() && next_.size() < max; ++i) {
        if (held_[i].time_ms > bound_) break;
        next_.push_back(*held_[i].record);
    }
    return next_;
}

void TimeMerge::taken() {
    for (size_t i = 0; i < next_.size(); ++i)
        --batches_[static_cast<size_t>(held_[first_ + i].batch - first_batch_)].held;
    first_ += next_.size();
    next_.clear();
    while (!batches_.empty() && batches_.front().held == 0) {
        batches_.pop_front();
        ++first_batch_;
    }
    if (first_ < held_.size() / 2) return;
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
}

void TimeMerge::place(std::vector<int64_t> left, InputPosition& position) const {
    for (size_t i = first_; i < held_.size(); ++i) left.push_back(held_[i].record->offset);
    std::sort(left.begin(), left.end());
    position.ahead.clear();
    position.next_offset = left.empty() ? read_to_ : left.front();
    auto add = [&](int64_t begin, int64_t end) {
        if (begin < end) position.ahead.push_back({begin, end});
    };
    for (size_t i = 0; i < left.size(); ++i)
        add(left[i] + 1, i + 1 < left.size() ? left[i + 1] : read_to_);
    for (const OffsetSpan& span : ahead_) {
        if (span.end <= read_to_) continue;
        const int64_t begin = std::max(span.begin, read_to_);
        if (!position.ahead.empty() && position.ahead.back().end == begin) {
            position.ahead.back().end = span.end;
        } else if (position.next_offset == begin) {
            position.next_offset = span.end;  // Nothing is left before it.
        } else {
            add(begin, span.end);
        }
    }
}

}  // namespace millrace
