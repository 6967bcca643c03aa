// Tasks that commit together: one transaction, one overlay, one set of tasks. A worker has two: one
// for the queries that run well, and one where those that were just made, or have failed, prove
// themselves, so that what goes wrong with them aborts nobody else's work (DESIGN section 5). The
// worker's thread.
#pragma once

#include <atomic>
#include <optional>
#include <set>
#include <string>

#include "engine/runtime/local_positions.h"
#include "engine/runtime/position_book.h"
#include "engine/runtime/task_set.h"

namespace millrace {

class CommitUnit {
public:
    using Failure = TaskSet::Failure;

    /// `proving`: the second of the two. `stopping`: see Transaction.
    CommitUnit(const RuntimeContext& context, int worker, bool proving, FeedSet& feeds,
               ProcessingLog& processing_log, LocalPositions& local_positions,
               const std::atomic<bool>& stopping);

    Transaction& transaction() { return transaction_; }
    TaskSet& tasks() { return tasks_; }
    const TaskSet& tasks() const { return tasks_; }
    /// More is held in memory than may be between two commits.
    bool full() const;

    /// A turn for every task, or until it is time (steady) or full(): the next call goes on with
    /// the task after. During a commit only those have one that have no part in it. `busy`: rows
    /// were processed.
    std::optional<Failure> process(int64_t until_ms, bool& busy);
    /// Did the last turn leave tasks that wait for another of this server, or by the clock?
    bool is_due_soon() const { return due_soon_; }
    /// Do readers of committed records wait for what a task has said of its time?
    bool is_awaited() const { return awaited_ && !transaction_.outputs_apart(); }
    /// Serves delivery reports; a query whose record the log has refused.
    std::optional<Failure> poll();

    /// The commit sequence: flush, outputs, changelog and positions, then the state. `forgotten`:
    /// queries whose positions are deleted with it. After a failure of a query, drop() it and
    /// commit again; after any other, rewind().
    std::optional<Failure> commit(PositionBook& positions, const std::set<std::string>& forgotten);
    /// The same in three parts; the one in the middle waits for the log, on any thread.
    std::optional<Failure> begin_commit(const PositionBook& positions,
                                        const std::set<std::string>& forgotten);
    Status send();
    std::optional<Failure> end_commit(PositionBook& positions, Status sent);
    /// Has begin_commit() left anything for send() to do?
    bool has_to_send() const { return pending_ && pending_->sends; }
    /// Are there tasks that can go on during a commit?
    bool goes_on_in_commits() const;

    /// A query fails: its tasks go. Where outputs stand apart its state goes back to the last
    /// commit and nobody else is touched; else all are to be rewound. True: nothing more to do.
    bool drop(const RunningQuery& query);
    /// Aborts what is open; every task goes back to the last commit, in memory. False: the outcome
    /// of the last commit is not known, and only the logs tell where everything stands.
    bool rewind(const Status& why);
    void clear() { tasks_.clear(); }

private:
    /// What a task's work threw: its query pays; damaged bytes are its stores'.
    Failure failure_of(const Task& task, const std::exception& error) const;
    static bool goes_on_in_commits(const Task& task) {
        const TopicSink* sink = TaskSet::topic_sink(task);
        return sink != nullptr && sink->is_apart() && task.stands_apart();
    }
    void expect_topics();
    std::optional<Failure> flush();
    PositionChanges write_positions(const PositionBook& positions,
                                    const std::set<std::string>& forgotten,
                                    const ChangelogOffsets& offsets);
    /// What was committed, and the positions with it.
    Status apply_state(const PositionChanges& changes, const ChangelogOffsets& offsets);

    int32_t slot_of_position(const PositionKey& key) const;

    const RuntimeContext& context_;
    LocalPositions& local_positions_;
    Transaction transaction_;
    Overlay overlay_;
    TaskSet tasks_;
    /// A commit that has begun.
    struct Pending {
        PositionChanges changes;
        ChangelogOffsets offsets;
        bool sends = false;  ///< There is something to commit.
    };
    std::optional<Pending> pending_;
    bool due_soon_ = false, awaited_ = false;
    TaskId next_task_;  ///< Whose turn it is, or who comes after it.
};

}  // namespace millrace
