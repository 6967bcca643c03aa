// What readers of a partition are shown when transactions write into it as they go, as on a broker:
// records of open transactions, records of aborted ones and the markers that end transactions all
// have offsets. Not thread-safe: its partition's log guards it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace millrace {

/// Offsets from `begin` up to, not including, `end`.
struct OffsetRun {
    int64_t begin = 0;
    int64_t end = 0;
    bool empty() const { return begin >= end; }
};

class Visibility {
public:
    /// A record of an open transaction stands at `offset`. Offsets only grow.
    void add_open(int64_t transaction, int64_t offset);
    /// The transaction's marker stands at `marker`: its records are shown from now on, or never.
    void end(int64_t transaction, bool committed, int64_t marker);

    /// The last stable offset: the first record of the oldest open transaction, or `end`.
    int64_t stable_end(int64_t end) const;
    /// The first offsets in [from, end) that a reader is shown, an unbroken run; empty, and placed
    /// at `end`, when there are none. Nobody is shown markers, and `committed_only` hides aborted
    /// records as well. REQUIRES: with `committed_only`, end <= stable_end().
    OffsetRun next_run(int64_t from, int64_t end, bool committed_only) const;
    /// Records before `begin` are gone.
    void forget_before(int64_t begin);

private:
    using Ranges = std::map<int64_t, int64_t>;  ///< Begin → end; apart from each other.

    static void add(Ranges& ranges, OffsetRun run);
    static int64_t skip(const Ranges& ranges, int64_t offset);
    static int64_t next_begin(const Ranges& ranges, int64_t offset, int64_t end);

    std::map<int64_t, std::vector<OffsetRun>> open_;  ///< By transaction.
    Ranges aborted_;
    Ranges markers_;
};

}  // namespace millrace
