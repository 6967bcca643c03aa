// Where every task of a slot stands: records of the compacted slots topic, partition = slot.
// Written in the same transaction as the work they account for; read back by whoever takes the slot
// over.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/task.h"

namespace millrace {

/// Slots of this server at one moment, with the proof of ownership captured with them. Immutable.
struct SlotAssignment {
    int64_t version = 0;
    std::vector<int32_t> slots;
    std::shared_ptr<const GroupMetadata> metadata;
    std::map<int32_t, GroupOffset> committed;  ///< Epochs as of the take-over.
};

/// One task input: "QUERY/sub-topology/topic/partition".
struct PositionKey {
    std::string query_id;
    int subtopology = 0;
    TopicPartition source;
    auto operator<=>(const PositionKey&) const = default;

    std::string encode() const;
    static std::optional<PositionKey> decode(ByteView text);
};

/// All but the topic's id, which is the record's header `kTopicIdHeader`: servers that know of no
/// id read the rest.
std::string encode_position(const InputPosition& position);
/// Nothing when the text is no position.
std::optional<InputPosition> decode_position(ByteView text);
inline constexpr const char* kTopicIdHeader = "topic";
/// What is done behind the next offset, as a header as well: servers that do not know it do it
/// again.
inline constexpr const char* kAheadHeader = "ahead";
std::string encode_ahead(const InputPosition& position);

/// All of a position in one text, for this server's own state.
std::string encode_whole(const InputPosition& position);
/// Nothing when the text is no position.
std::optional<InputPosition> decode_whole(ByteView text);

using PositionMap = std::map<PositionKey, InputPosition>;

/// Takes a record of the slots topic into account: a position, or the tombstone of one. Anything
/// else was not written by this service: it changes nothing and is told to the server's log.
void apply_position(const LogRecord& record, int32_t slot, PositionMap& positions);

}  // namespace millrace
