// A worker: one thread, one reader set, and its tasks from any number of queries. The loop is
// visible in run_once(): follow orders, fetch, process, commit.
//
// A commit covers all tasks of a unit at once (commit_unit.h). While it waits for the log, tasks
// that have no part in it go on. Queries begin in the proving unit, go back to it when they fail,
// and are taken over by the main one when they have committed work.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/runtime/commit_unit.h"
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

    /// Fences what an earlier life has left open, beside what else a start has to do. Before
    /// start(), as often as one likes.
    void prepare();
    void start();
    /// `commit`: see WorkerOrders::stop.
    void stop(bool commit = true);

    /// One turn of the loop; true when something was done. Only without start().
    bool run_once();

    /// Positions as of the last commit, for lag figures and for purging repartition topics. Any
    /// thread.
    PositionMap committed_positions() const { return positions_.copy(); }
    /// Ends what it has no use for any more, which may take a while. Any thread.
    void bury_retired() { retired_.bury(); }
    /// All orders are followed: the slots of the assignment are taken over, all queries' tasks run.
    /// Any thread.
    bool settled() const { return !orders_.pending() && settled_; }

private:
    static constexpr const char* kWorkerLog = "runtime.worker";
    static constexpr int64_t kAgainMs = 500;

    void loop();
    /// An exception that nobody nearer has dealt with: all work since the last commit is redone.
    template <class Turn>
    bool guard_turn(const Turn& turn);
    bool follow_orders();
    void give_up_slots(bool lost);
    bool ready();
    bool take_over();
    struct TakenSlot {
        int32_t slot = 0;
        PositionMap here;  ///< As they are kept here.
        LocalPositions::Kept now;
    };
    Result<std::vector<TakenSlot>> read_positions();
    TakenSlot kept_slot(int32_t slot);
    Status read_slot(CatchUpReader& reader, TakenSlot& taken, const Status& begun);
    void keep_positions(const std::vector<TakenSlot>& slots);
    void look_for_changed_queries();
    struct Wanted {
        TaskSet::Wanted main, proving;
    };
    Wanted wanted_tasks();
    bool reconcile();
    bool leave_work(const Wanted& wanted);
    bool restore(CommitUnit& unit, bool& busy);
    void let_proving_rest();
    bool fetch(bool& busy);
    bool process(CommitUnit& unit, int64_t until_ms, bool& busy);
    int64_t end_of_turn() const;
    void out_of_range(CommitUnit& unit, const RunningQueryPtr& query, const TopicPartition& where);
    template <class Act>
    void for_readers_of(const std::string& topic, const Act& act);
    void report_feed_errors();
    bool commit_due();
    void begin_commit();
    void note_work(bool worked);
    int64_t gathering_ms() const;
    bool commit();
    bool has_to_commit(const CommitUnit& unit) const;
    bool commit_now(CommitUnit& unit);
    bool finish_commit();
    /// As commit(), but while it waits other work goes on, if there is such work: turns are
    /// turn_in_commit() until it has ended.
    void start_commit();
    bool begin_unit(CommitUnit& unit);
    bool in_commit() const { return main_.committing() || proving_.committing(); }
    bool turn_in_commit();
    void end_unit(CommitUnit& unit);
    void end_sent();
    void look_who_is_proven(const std::set<std::string>& moved);
    void close_all();
    /// Whoever owns the failure pays for it.
    void failed(CommitUnit& unit, const CommitUnit::Failure& failure);
    void postpone(CommitUnit& unit, const CommitUnit::Failure& failure);
    void end_postponed();
    void note_failure(RunningQuery& query, const CommitUnit::Failure& failure);
    void give_up_stores(const std::vector<StorePartition>& stores);
    /// Damaged files are left behind, and the stores that were lost with them restored.
    void look_at_state();
    void undo(CommitUnit& unit, const Status& why);
    void recover(const Status& status);

    const RuntimeContext& context_;
    const int index_;
    ProcessingLog& processing_log_;
    WorkerOrders orders_;
    FeedSet feeds_;
    LocalPositions local_positions_;
    size_t held_back_ = 0;  ///< See exec::HeldBack.
    MemoryAccount held_memory_;
    CommitUnit main_, proving_;
    Retired retired_;
    int64_t proving_idle_since_ms_ = 0;  ///< Steady; 0: it is not.
    bool proving_fenced_ = false;        ///< Its last life's transaction is aborted.

    std::shared_ptr<const SlotAssignment> assignment_;
    std::set<int32_t> slots_;                ///< Those of the assignment that are this worker's.
    std::map<int32_t, GroupOffset> claims_;  ///< Its own, of this assignment.
    bool taken_over_ = false;
    PositionBook positions_;
    std::set<std::string> forgotten_;  ///< Queries whose positions the next commit deletes.
    std::shared_ptr<const QueryList> queries_;
    std::set<std::string> unproven_;  ///< Ids of queries whose place is the proving unit.
    std::set<std::string> moved_;     ///< Those of the proving unit that the commit covers.
    bool work_left_ = false;          ///< For those that wait for the commit's end.
    bool main_committed_ = false;     ///< In this commit.
    bool leaving_ = false;            ///< A commit is made for those who leave.
    /// Failures that wait for the end of a commit.
    std::vector<std::pair<CommitUnit*, CommitUnit::Failure>> postponed_;
    bool tasks_stale_ = true;
    int64_t retry_at_ms_ = 0;  ///< Steady, as all below; after a failure of the world.
    int64_t stale_at_ms_ = 0;  ///< Tasks that could not start are tried again; 0: none.
    int64_t last_commit_ms_ = 0;
    int64_t last_work_ms_ = 0;   ///< The last commit of something that was worked on.
    int64_t work_since_ms_ = 0;  ///< When the first rows were processed since then; 0: none were.
    int64_t next_query_check_ms_ = 0;
    int64_t next_mend_ms_ = 0;
    int64_t mends_seen_ = 0;
    int64_t next_look_ms_ = 0;
    std::atomic<int64_t> commit_interval_ms_;

    std::atomic<bool> settled_{false};
    std::thread thread_;
};

}  // namespace millrace
