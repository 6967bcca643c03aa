#include "engine/runtime/group_offsets.h"

#include <algorithm>

#include "engine/plan/subtopology.h"

namespace millrace {

namespace {

/// Groups a transaction.
constexpr size_t kPart = 16;

}  // namespace

GroupOffsets GroupOffsetsPublisher::moved(const PositionMap& now) {
    GroupOffsets all;
    for (const auto& [key, position] : now)
        all[plan::query_prefix(service_id_, key.query_id)][key.source] = position.next_offset;
    std::erase_if(published_, [&](const auto& entry) { return !all.contains(entry.first); });
    std::erase_if(all, [this](const auto& entry) {
        auto found = published_.find(entry.first);
        return found != published_.end() && found->second == entry.second;
    });
    return all;
}

GroupOffsets GroupOffsetsPublisher::next_part(const GroupOffsets& moved) const {
    GroupOffsets part;
    auto next = moved.upper_bound(last_);
    while (part.size() < std::min(kPart, moved.size())) {
        if (next == moved.end()) next = moved.begin();
        part.insert(*next++);
    }
    return part;
}

void GroupOffsetsPublisher::publish(const PositionMap& now, int64_t longest_ms) {
    const int64_t until_ms = steady_.now_ms() + longest_ms;
    GroupOffsets left = moved(now);
    while (!left.empty() && steady_.now_ms() < until_ms) {
        const GroupOffsets part = next_part(left);
        const bool done = log_.topics().publish_group_offsets(publisher_, part).is_ok();
        for (const auto& [group, offsets] : part) {
            if (done) published_[group] = offsets;
            left.erase(group);
            last_ = group;
        }
    }
}

}  // namespace millrace
