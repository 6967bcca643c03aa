// Records of a repartition topic's partition in time order over all tasks that write it, whatever
// the order in which they happened to write. What may be overtaken is held back until the time
// marks of the others have passed it. Owned by the task that reads, on its worker's thread.
//
// A partition written by one task stays in the order of its offsets; the marks then only tell how
// far it has come, for the task's other inputs.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "engine/log/log.h"
#include "engine/runtime/input_position.h"
#include "engine/runtime/time_board.h"

namespace millrace {

class TimeMerge {
public:
    static constexpr int64_t kNothing = std::numeric_limits<int64_t>::max();

    /// `idle_ms`: max.task.idle.ms; below 0: nobody is waited for.
    TimeMerge(TimeBoard& board, int64_t idle_ms, const InputPosition& start);

    /// Takes in what has been read: records, and marks.
    void add(std::shared_ptr<LogBatch> batch);
    /// Looks at where the writers stand (steady clock).
    void look(int64_t now_ms);
    /// As of the last look(): no record to come has a lower order time than this; kNothing: none is
    /// waited for.
    int64_t bound() const { return bound_; }
    /// Is a writer waited for only because of idle_ms?
    bool idles() const { return idles_; }

    bool has_ready() const { return first_ < held_.size() && held_[first_].time_ms <= bound_; }
    bool empty() const { return first_ == held_.size(); }
    /// The records that go next, at most so many; the views live until taken().
    std::span<const LogRecord> next(size_t max);
    /// Order time of the record of next() at this index.
    int64_t time_of(size_t index) const { return held_[first_ + index].time_ms; }
    /// Those of next() have been used.
    void taken();

    /// Where the input stands when, of what was taken, the records at these offsets are left to do.
    void place(std::vector<int64_t> left, InputPosition& position) const;
    /// Nothing has been read past this; the marks that were seen stay seen.
    void rewind(const InputPosition& position);

private:
    struct Held {
        int64_t time_ms;
        const LogRecord* record;
        uint64_t batch;  ///< Number of the batch that it lives in.
        bool operator<(const Held& other) const {
            return time_ms != other.time_ms ? time_ms < other.time_ms
                                            : record->offset < other.record->offset;
        }
    };
    struct Batch {
        std::shared_ptr<LogBatch> records;
        size_t held = 0;
    };
    struct Writer {
        int64_t time_ms = std::numeric_limits<int64_t>::min();
        uint64_t mark = 0;           ///< Number of its last one.
        int64_t idle_since_ms = -1;  ///< Caught up, and nothing since; -1: not so.
    };
    bool done_before(int64_t offset);
    void hold(const LogRecord& record);
    void sort_from(size_t size);

    TimeBoard& board_;
    const int64_t idle_ms_;
    std::vector<Writer> writers_;
    int64_t bound_ = std::numeric_limits<int64_t>::min();
    bool idles_ = false;
    int64_t read_to_ = 0;            ///< The offset that is read next.
    std::vector<OffsetSpan> ahead_;  ///< Done before it started, past where it began.
    size_t next_ahead_ = 0;          ///< The first of them that is not wholly read.
    std::vector<Held> held_;         ///< In order; those before first_ are gone.
    size_t first_ = 0;
    std::deque<Batch> batches_;
    uint64_t first_batch_ = 0;  ///< Number of the first of batches_.
    std::vector<LogRecord> next_;
};

}  // namespace millrace
