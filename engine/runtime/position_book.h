// Where the inputs of a worker's tasks stood at its last commit. Written by the worker's thread.
#pragma once

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/slot_table.h"

namespace millrace {

/// Nothing: the position is deleted.
using PositionChanges = std::vector<std::pair<PositionKey, std::optional<InputPosition>>>;

class PositionBook {
public:
    /// The worker's thread only.
    const PositionMap& now() const { return positions_; }
    /// Those that have committed something; the worker's thread only.
    std::set<std::string> queries() const {
        std::set<std::string> ids;
        for (const auto& [key, position] : positions_) ids.insert(key.query_id);
        return ids;
    }
    /// Any thread.
    PositionMap copy() const {
        std::lock_guard lock(mutex_);
        return positions_;
    }
    /// `behind`: those of which the state here may not have the last changes.
    void reset(PositionMap positions, std::set<PositionKey> behind) {
        std::lock_guard lock(mutex_);
        positions_ = std::move(positions);
        behind_ = std::move(behind);
    }
    /// The worker's thread only.
    bool is_behind(const PositionKey& key) const { return behind_.count(key) != 0; }
    void apply(const PositionChanges& changes) {
        std::lock_guard lock(mutex_);
        for (const auto& [key, position] : changes) {
            behind_.erase(key);
            if (position) {
                positions_[key] = *position;
            } else {
                positions_.erase(key);
            }
        }
    }

private:
    PositionMap positions_;
    std::set<PositionKey> behind_;
    mutable std::mutex mutex_;
};

}  // namespace millrace
