#include "engine/runtime/local_positions.h"

#include "engine/base/damaged.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

/// No position's key.
constexpr const char* kEpochKey = "";
/// Ahead of a topic's id, which may be any text.
constexpr char kIdMark = ';';

InputPosition decode(ByteView text) {
    const size_t mark = text.find(kIdMark);
    auto position = decode_position(text.substr(0, mark));
    need_intact(position.has_value(), "it has a position that is none");
    if (mark != ByteView::npos) position->topic_id = text.substr(mark + 1);
    return *position;
}

}  // namespace

std::string LocalPositions::encode(const InputPosition& position) {
    std::string text = encode_position(position);
    if (!position.topic_id.empty()) text += kIdMark + position.topic_id;
    return text;
}

StorePartition LocalPositions::where(int32_t slot) {
    if (!number_) number_ = state_.store_number("slots");
    return {*number_, slot};
}

LocalPositions::Kept LocalPositions::load(int32_t slot, const GroupOffset& claimed) {
    try {
        return read(slot, claimed);
    } catch (const std::exception& error) {
        log_warn("runtime.slots", "slot={} is read from its topic's beginning: {}", slot,
                 error.what());
        return {};
    }
}

LocalPositions::Kept LocalPositions::read(int32_t slot, const GroupOffset& claimed) {
    Kept kept;
    const auto offset = state_.changelog_offset(where(slot));
    if (!offset) return kept;
    // The owner's text is the transactional id and the process.
    const bool ours = claimed.metadata.starts_with(transactional_id_ + "@");
    if (!ours || state_.get(where(slot), kEpochKey) != std::to_string(claimed.offset)) return kept;
    kept.next_offset = *offset;
    for (auto cursor = state_.scan(where(slot), "", ""); cursor->valid(); cursor->next()) {
        if (cursor->key() == kEpochKey) continue;
        auto key = PositionKey::decode(cursor->key());
        need_intact(key.has_value(), "it has a position of nothing");
        kept.positions[*key] = decode(cursor->value());
    }
    return kept;
}

Status LocalPositions::keep(int32_t slot, int64_t epoch, const PositionMap& positions,
                            int64_t next_offset) {
    kept_ = false;
    Status status = state_.clear(where(slot), {});
    if (!status) return status;
    std::vector<StateWrite> writes;
    writes.push_back({where(slot), kEpochKey, std::to_string(epoch)});
    for (const auto& [key, position] : positions)
        writes.push_back({where(slot), key.encode(), encode(position)});
    status = state_.apply(writes, {{where(slot), next_offset}});
    kept_ = status.is_ok();
    return status;
}

}  // namespace millrace
