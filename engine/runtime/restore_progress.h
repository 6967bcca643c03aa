// How far the restores of a query's stores have come: written by workers, asked by pull queries and
// by SHOW QUERIES. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "engine/state/state_store.h"

namespace millrace {

class RestoreProgress {
public:
    /// Records of a changelog: offsets, so that some may be none.
    struct Records {
        int64_t done = 0, all = 0;
    };

    void set(StorePartition where, Records records) {
        std::lock_guard lock(mutex_);
        running_[where] = records;
    }
    void end(StorePartition where) {
        std::lock_guard lock(mutex_);
        running_.erase(where);
    }
    bool running(StorePartition where) const {
        std::lock_guard lock(mutex_);
        return running_.count(where) != 0;
    }
    /// All that run together; nothing: none does.
    std::optional<Records> total() const {
        std::lock_guard lock(mutex_);
        if (running_.empty()) return std::nullopt;
        Records total;
        for (const auto& [where, records] : running_) {
            total.done += records.done;
            total.all += records.all;
        }
        return total;
    }

private:
    mutable std::mutex mutex_;
    std::map<StorePartition, Records> running_;
};

}  // namespace millrace
