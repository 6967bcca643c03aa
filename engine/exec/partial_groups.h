// Ahead of a repartition for an aggregate: rows of one key (and pane) are combined before they
// cross the log, so that a key that comes a thousand times between two commits crosses it once.
// Used by one worker.
//
// The answers stay what they are without: only functions whose merge is exact take part; a group
// keeps its greatest timestamp; and rows are combined only while none of their windows is closed by
// the time of another of them, so that the reader, which judges lateness window by window, finds
// late what it would have found late.
#pragma once

#include <absl/container/node_hash_map.h>

#include <functional>
#include <string>
#include <vector>

#include "engine/exec/aggregate_calls.h"
#include "engine/exec/aggregate_layout.h"
#include "engine/exec/operator.h"

namespace millrace::exec {

class PartialGroups {
public:
    /// `aggregate` reads the repartition step that has these rows.
    PartialGroups(const plan::Step& aggregate, const Binding& binding);

    /// May this aggregate's rows be combined?
    bool possible() const;

    /// A combined group. `value` is what an aggregate's store holds for rows like these.
    struct Group {
        std::string value;
        int64_t pane_ms =
            0;  ///< Where its rows' pane begins: a stretch of one advance, all in the same windows.
        size_t number = 0;            ///< Counts up with each new group.
        int64_t stream_time_ms = -1;  ///< Of the last row that went into it.
        int64_t timestamp_ms() const { return AggregateLayout::timestamp_of(value.data()); }
    };
    using MakeGroup = std::function<void(size_t number, size_t row)>;
    using WriteGroup = std::function<void(const Group& group)>;

    /// What a combined group's record ends with, and what the aggregate gets of it: pane start (8
    /// bytes, big-endian) ‖ group value.
    static void append(const Group& group, std::string& out);
    /// Are these the bytes of a group that append() can have written?
    bool is_group(ByteView bytes) const;

    /// Combines a batch. `made` is called for the row that begins a group; `write` for groups that
    /// have to go before the next row may be combined.
    void add(const RecordBatch& batch, RowErrors& errors, const MakeGroup& made,
             const WriteGroup& write);
    /// About how much memory they take, with `head_bytes` that somebody else has of each.
    size_t bytes(size_t head_bytes) const {
        return group_bytes_ + order_.size() * (kBytesOfGroup + head_bytes);
    }
    /// Writes what is held, in the order of the groups' first rows.
    void write_all(const WriteGroup& write);

private:
    static constexpr size_t kBytesOfGroup = 2 * sizeof(std::string) + sizeof(Group);
    void clear();
    void add_to(int64_t pane_ms, size_t row, const RowMeta& meta, const MakeGroup& made);

    const plan::AggregateStep& spec_;
    AggregateCalls calls_;
    AggregateLayout layout_;
    bool is_table_;
    absl::node_hash_map<std::string, Group> groups_;  ///< By encoded key ‖ pane.
    std::vector<const Group*> order_;
    size_t group_bytes_ = 0;  ///< Of keys and values.
    size_t next_number_ = 0;
    int64_t newest_ms_ = -1;            ///< Greatest timestamp among the rows held.
    int64_t first_end_ms_ = INT64_MAX;  ///< The earliest end of a window held.
    std::string key_, tail_;
    std::vector<std::string> no_variable_;
};

}  // namespace millrace::exec
