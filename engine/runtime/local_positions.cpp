#include "engine/runtime/local_positions.h"

#include "engine/base/damaged.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

/// No position's key.
constexpr const char* kEpochKey = "";
/// Ahead of a position that the state is behind of.
constexpr char kBehindMark = '!';

InputPosition decode(ByteView text) {
    if (text.starts_with(kBehindMark)) text.remove_prefix(1);
    auto position = decode_whole(text);
    need_intact(position.has_value(), "it has a position that is none");
    return *position;
}

}  // namespace

std::string LocalPositions::encode(const InputPosition& position, bool behind) {
    return (behind ? std::string(1, kBehindMark) : "") + encode_whole(position);
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
        if (cursor->value().starts_with(kBehindMark)) kept.behind.insert(*key);
    }
    return kept;
}

Status LocalPositions::keep(int32_t slot, int64_t epoch, const Kept& now) {
    kept_ = false;
    Status status = state_.clear(where(slot), {});
    if (!status) return status;
    std::vector<StateWrite> writes;
    writes.push_back({where(slot), kEpochKey, std::to_string(epoch)});
    for (const auto& [key, position] : now.positions) {
        const bool behind = now.behind.count(key) != 0;
        writes.push_back({where(slot), key.encode(), encode(position, behind)});
    }
    status = state_.apply(writes, {{where(slot), now.next_offset}});
    kept_ = status.is_ok();
    return status;
}

}  // namespace millrace
