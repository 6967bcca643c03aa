// A worker: one thread, one reader set, one transactional writer, and its tasks from any number of
// queries. The loop is visible in run_once(): follow orders, fetch, process, commit.
//
// The commit covers all tasks at once (DESIGN section 5): outputs, changelog and positions in one
// transaction, then one write to the state backend that holds the changelog offsets too.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/runtime/options.h"
#include "engine/runtime/processing_log.h"
#include "engine/runtime/task_set.h"
#include "engine/runtime/worker_orders.h"

namespace millrace {

class Worker {
public:
    Worker(const RuntimeContext& context, int index, ProcessingLog& processing_log);
    ~Worker();

    // Orders; any thread.
    void assign(std::shared_ptr<const SlotAssignment> assignment);
    /// Give all slots up: commit first unless they are lost already. Waits, up to the time-out,
    /// until it is done.
    void release(bool lost, int64_t timeout_ms);
    void set_queries(std::shared_ptr<const QueryList> queries);
    /// The query is gone for good: with the next commit its positions are deleted.
    void forget_query(const std::string& query_id);
    /// Any thread.
    void set_commit_interval(int64_t ms) { commit_interval_ms_ = ms; }
    void wake();

    void start();
    void stop();

    /// One turn of the loop; true when something was done. Only without start().
    bool run_once();

    /// Positions as of the last commit, for lag figures and for purging repartition topics. Any
    /// thread.
    PositionMap committed_positions() const;
    /// All orders are followed: the slots of the assignment are taken over, all queries' tasks run.
    /// Any thread.
    bool settled() const { return !orders_.pending() && settled_; }

private:
    /// Nothing: the position is deleted.
    using PositionChanges = std::vector<std::pair<PositionKey, std::optional<InputPosition>>>;

    void loop();
    /// An exception that nobody nearer has dealt with: all work since the last commit is redone.
    template <class Turn>
    bool guard_turn(const Turn& turn);
    bool follow_orders();
    void give_up_slots(bool lost);
    bool ready();
    bool take_over();
    Result<PositionMap> read_positions();
    void look_for_changed_queries();
    TaskSet::Wanted wanted_tasks() const;
    bool reconcile();
    bool restore(bool& busy);
    bool fetch(bool& busy);
    bool process_tasks();
    void report_feed_errors();
    bool commit_due() const;
    bool commit();
    PositionChanges write_positions();
    void close_all();
    void recover(const Status& status);
    void fail_query(RunningQueryPtr query, const std::string& message, const std::string& type);
    /// What a task's work threw: its query pays; damaged bytes are its stores'.
    void fail_task(const Task& task, const std::exception& error);

    const RuntimeContext& context_;
    const int index_;
    WorkerOrders orders_;
    Transaction transaction_;
    FeedSet feeds_;
    Overlay overlay_;
    TaskSet tasks_;

    std::shared_ptr<const SlotAssignment> assignment_;
    std::set<int32_t> slots_;  ///< Those of the assignment that are this worker's.
    bool taken_over_ = false;
    PositionMap positions_;            ///< As of the last commit.
    std::set<std::string> forgotten_;  ///< Queries whose positions the next commit deletes.
    std::shared_ptr<const QueryList> queries_;
    bool tasks_stale_ = true;
    int64_t retry_at_ms_ = 0;  ///< Steady; after a failure of the world.
    int64_t last_commit_ms_ = 0;
    int64_t next_query_check_ms_ = 0;
    std::atomic<int64_t> commit_interval_ms_;

    std::atomic<bool> settled_{false};
    mutable std::mutex positions_mutex_;
    std::thread thread_;
};

}  // namespace millrace
