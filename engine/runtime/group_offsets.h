// Tells the log's consumer groups, one a query, how far the queries have come, for those who watch
// lag there.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/clock.h"
#include "engine/log/log.h"
#include "engine/runtime/slot_table.h"

namespace millrace {

class GroupOffsetsPublisher {
public:
    /// `publisher`: see TopicAdmin::publish_group_offsets.
    GroupOffsetsPublisher(Log& log, const Clock& steady, std::string service_id,
                          std::string publisher)
        : log_(log),
          steady_(steady),
          service_id_(std::move(service_id)),
          publisher_(std::move(publisher)) {}

    /// Publishes what has moved, in parts and for about so long; who had no turn comes first in the
    /// next. A group is several requests, and with hundreds of them a broker would be busy with
    /// little else.
    void publish(const PositionMap& now, int64_t longest_ms);

private:
    /// What is not published yet.
    GroupOffsets moved(const PositionMap& now);
    /// From the group after the last that had its turn.
    GroupOffsets next_part(const GroupOffsets& moved) const;

    Log& log_;
    const Clock& steady_;
    const std::string service_id_, publisher_;
    GroupOffsets published_;
    std::string last_;  ///< The last group that had its turn.
};

}  // namespace millrace
