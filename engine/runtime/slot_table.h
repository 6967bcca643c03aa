// Where every task of a slot stands: records of the compacted slots topic, partition = slot.
// Written in the same transaction as the work they account for; read back by whoever takes the slot
// over.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "engine/runtime/task.h"

namespace millrace {

/// One task input: "QUERY/piece/topic/partition".
struct PositionKey {
    std::string query_id;
    int piece = 0;
    TopicPartition source;
    auto operator<=>(const PositionKey&) const = default;

    std::string encode() const;
    static std::optional<PositionKey> decode(ByteView text);
};

std::string encode_position(const InputPosition& position);
std::optional<InputPosition> decode_position(ByteView text);

using PositionMap = std::map<PositionKey, InputPosition>;

/// Reads a partition from `from` to its high watermark as it is now, committed records only, and
/// calls `visit`. Returns the offset after the last one read. Waits out open transactions until the
/// time-out (kRetriable then).
Result<int64_t> read_to_end(Log& log, const TopicPartition& partition, int64_t from,
                            int64_t timeout_ms, const std::function<void(const LogRecord&)>& visit);

}  // namespace millrace
