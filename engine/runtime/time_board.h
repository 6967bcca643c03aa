// What the tasks of one query, on whichever workers, know of each other around one repartition
// topic: who of those that write it has caught up with its input, and how far the others have come.
// The times that count for the order of rows stand in the topic, as time marks
// (exec/repartition.h); the board says which of them is the last one. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

namespace millrace {

class TimeBoard {
public:
    /// `first_number`: earlier tasks have left no marks of this number or those that follow.
    TimeBoard(size_t writers, uint64_t first_number) : writers_(writers), number_(first_number) {}

    size_t writers() const { return writers_.size(); }
    /// Of a new mark.
    uint64_t next_number() { return ++number_; }
    /// The writer has more to read, or is not there: readers wait for its marks.
    void set_behind(size_t writer) { writers_[writer].caught_up = 0; }
    /// The writer has nothing more to read for now. The mark of this number tells readers that they
    /// have all of it; they wait for it no longer.
    void set_caught_up(size_t writer, uint64_t mark) { writers_[writer].caught_up = mark; }
    /// Of the mark by which it has caught up; 0: it has not.
    uint64_t caught_up(size_t writer) const { return writers_[writer].caught_up; }
    void set_time(size_t writer, int64_t time_ms) { writers_[writer].time_ms = time_ms; }
    int64_t time(size_t writer) const { return writers_[writer].time_ms; }
    /// The least time among those that have not caught up.
    int64_t slowest() const {
        int64_t least = std::numeric_limits<int64_t>::max();
        for (const Writer& writer : writers_) {
            if (writer.caught_up == 0 && writer.time_ms < least) least = writer.time_ms;
        }
        return least;
    }

    /// A reader begins: every writer is to say where it stands.
    void ask() { ++asked_; }
    uint64_t asked() const { return asked_; }

private:
    struct Writer {
        std::atomic<uint64_t> caught_up{0};
        std::atomic<int64_t> time_ms{std::numeric_limits<int64_t>::min()};
    };
    std::vector<Writer> writers_;
    std::atomic<uint64_t> number_;
    std::atomic<uint64_t> asked_{1};
};

}  // namespace millrace
