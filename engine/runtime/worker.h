// A worker: one thread, one reader set, one transactional writer, and its tasks from any number of
// queries. The loop is visible in run_once(): follow orders, fetch, process, commit.
//
// The commit covers all tasks at once (DESIGN section 5): outputs, changelog and positions in one
// transaction, then one write to the state backend that holds the changelog offsets too.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/catch_up_reader.h"
#include "engine/runtime/options.h"
#include "engine/runtime/processing_log.h"
#include "engine/runtime/slot_table.h"
#include "engine/runtime/task.h"

namespace millrace {

/// Slots of this server at one moment, with the proof of ownership captured with them. Immutable.
struct SlotAssignment {
    int64_t version = 0;
    std::vector<int32_t> slots;
    std::shared_ptr<const GroupMetadata> metadata;
    std::map<int32_t, GroupOffset> committed;  ///< Epochs as of the take-over.
};

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
    /// The query is gone for good: its positions are deleted too.
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
    /// All slots of the assignment are taken over and all queries' tasks run. Any thread.
    bool settled() const { return settled_; }
    size_t num_tasks() const { return num_tasks_; }

private:
    class TopicSink;
    struct Orders;
    struct StoreState;

    void loop();
    bool follow_orders();
    bool take_over();
    void close_all();
    bool reconcile();
    Status open_task(const RunningQueryPtr& query, int piece, int32_t partition,
                     CatchUpReader& reader);
    Status restore_stores(const plan::SubTopology& piece, const std::string& query_id,
                          int32_t partition, CatchUpReader& reader);
    Status start_position(const plan::SubTopology& piece, size_t input, const RunningQuery& query,
                          int32_t partition, InputPosition& position, bool& is_new);
    bool owns(const TaskId& id) const;

    bool process_tasks();
    bool commit();
    using ChangelogOffsets = std::shared_ptr<std::map<StorePartition, int64_t>>;
    Status write_changelog(const ChangelogOffsets& offsets);
    Status write_positions(std::map<int32_t, GroupOffset>& touched, PositionMap& moved);
    Status finish_transaction(const std::map<int32_t, GroupOffset>& touched);
    Status ensure_transaction();
    Status ensure_writer();
    void recover(const Status& status);
    void fail_query(RunningQueryPtr query, const std::string& message, const std::string& type);
    /// What a task's work threw: its query pays; damaged bytes are its stores'.
    void fail_task(const Task& task, const std::exception& error);
    void forget_queries(const std::set<std::string>& ids);
    void report_feed_errors();

    const RuntimeContext& context_;
    const int index_;
    ProcessingLog& processing_log_;
    EvalEnv env_;  ///< Without properties: those are each query's (envs_).

    std::unique_ptr<LogWriter> writer_;
    bool in_transaction_ = false;
    Status write_failure_;
    FeedSet feeds_;
    Overlay overlay_;
    std::map<StorePartition, std::unique_ptr<StateStore>> stores_;
    /// Stores that restore_stores() found nothing of, here or in their changelog.
    std::set<StorePartition> empty_stores_;
    std::map<StorePartition, TopicPartition> changelogs_;
    std::map<TaskId, std::unique_ptr<EvalEnv>> envs_;  ///< What each task's expressions look at.
    std::map<TaskId, std::unique_ptr<Task>> tasks_;
    std::map<TaskId, std::unique_ptr<TopicSink>> sinks_;

    std::shared_ptr<const SlotAssignment> assignment_;
    std::set<int32_t> slots_;  ///< Those of the assignment that are this worker's.
    std::map<int32_t, int64_t> epochs_;
    bool taken_over_ = false;
    PositionMap positions_;  ///< As of the last commit.
    std::shared_ptr<const QueryList> queries_;
    bool tasks_stale_ = true;
    int64_t retry_at_ms_ = 0;  ///< Steady; after a failure of the world.
    int64_t last_commit_ms_ = 0;
    std::atomic<int64_t> commit_interval_ms_;
    int64_t next_query_check_ms_ = 0;

    std::atomic<bool> settled_{false};
    std::atomic<size_t> num_tasks_{0};
    mutable std::mutex positions_mutex_;
    std::unique_ptr<Orders> orders_;
    std::thread thread_;
};

}  // namespace millrace
