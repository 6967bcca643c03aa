// What other threads want of a worker: left here by any thread, taken up by the worker's once a
// turn.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "engine/runtime/query.h"
#include "engine/runtime/slot_table.h"

namespace millrace {

class WorkerOrders {
public:
    /// In the order in which they are to be followed.
    struct Orders {
        std::set<std::string> forgotten;
        int64_t release = 0;  ///< Number of the release that is asked for; 0: none.
        bool slots_lost = false;
        std::shared_ptr<const SlotAssignment> assignment;  ///< Null: as before.
        std::shared_ptr<const QueryList> queries;          ///< Null: as before.
    };

    // Any thread.
    void assign(std::shared_ptr<const SlotAssignment> assignment);
    /// An assignment that is not taken up yet is void. The number is for wait_released().
    int64_t release(bool lost);
    void wait_released(int64_t release, int64_t timeout_ms);
    void set_queries(std::shared_ptr<const QueryList> queries);
    void forget(const std::string& query_id);
    /// `commit`: what is done so far; else it is left to be done again.
    void stop(bool commit) {
        commit_at_end_ = commit;
        stop_ = true;
    }
    bool commits_at_end() const { return commit_at_end_; }
    const std::atomic<bool>& stopping() const { return stop_; }
    /// Is something left to take?
    bool pending() const { return pending_; }

    // The worker's thread.
    Orders take();
    void released(int64_t release);

private:
    std::mutex mutex_;
    std::condition_variable done_;
    Orders orders_;
    int64_t releases_asked_ = 0;
    int64_t releases_done_ = 0;
    std::atomic<bool> pending_{false};
    std::atomic<bool> stop_{false};
    std::atomic<bool> commit_at_end_{true};
};

}  // namespace millrace
