// Where a task stands in one input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace millrace {

/// Offsets from `begin` to before `end`.
struct OffsetSpan {
    int64_t begin = 0, end = 0;
    bool operator==(const OffsetSpan&) const = default;
};

struct InputPosition {
    int64_t next_offset = kOffsetEarliest;
    int64_t stream_time_ms = -1;
    std::string topic_id = {};  ///< Which topic of this name it is of; empty: not known.
    /// Behind next_offset, done as well: records that were taken before earlier ones, in time
    /// order. Ascending, apart from each other.
    std::vector<OffsetSpan> ahead = {};
    bool operator==(const InputPosition&) const = default;
};

}  // namespace millrace
