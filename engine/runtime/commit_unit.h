// Tasks that commit together: one transaction, one overlay, one set of tasks. A worker has two: one
// for the queries that run well, and one where those that were just made, or have failed, prove
// themselves, so that what goes wrong with them aborts nobody else's work (DESIGN section 5). The
// worker's thread.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "engine/runtime/local_positions.h"
#include "engine/runtime/position_book.h"
#include "engine/runtime/side_thread.h"
#include "engine/runtime/task_set.h"

namespace millrace {

class CommitUnit {
public:
    using Failure = TaskSet::Failure;

    /// `proving`: the second of the two. `held_back`: by the operators of both, see exec::HeldBack.
    /// `stopping`: see Transaction. `wake`: called on any thread when commit_done() has something
    /// to look at.
    CommitUnit(const RuntimeContext& context, int worker, bool proving, FeedSet& feeds,
               ProcessingLog& processing_log, LocalPositions& local_positions, size_t& held_back,
               const std::atomic<bool>& stopping, std::function<void()> wake);

    Transaction& transaction() { return transaction_; }
    TaskSet& tasks() { return tasks_; }
    const TaskSet& tasks() const { return tasks_; }
    /// Has it nothing to do, and writers all the same?
    bool is_idle() const {
        return transaction_.has_writers() && !transaction_.is_open() && !pending_ &&
               tasks_.running().empty() && !tasks_.restoring();
    }
    /// More is held in memory than may be between two commits.
    bool full() const { return bytes() + held_back_ > context_.options.uncommitted_bytes_max; }

    /// A turn for every task, or until it is time (steady) or full(): the next call goes on with
    /// the task after. During a commit only those have one that have no part in it. `busy`: rows
    /// were processed.
    std::optional<Failure> process(int64_t until_ms, bool& busy);
    /// Did the last turn leave tasks that wait for another of this server, or by the clock? Or does
    /// a commit wait for what nobody is woken by?
    bool is_due_soon() const { return due_soon_ || (pending_ && !pending_->written); }
    /// Do readers of committed records wait for what a task has said of its time?
    bool is_awaited() const { return awaited_ && !transaction_.outputs_apart(); }
    /// Serves delivery reports; a query whose record the log has refused.
    std::optional<Failure> poll();

    /// The commit sequence: flush, outputs, changelog and positions, then the state. `forgotten`:
    /// queries whose positions are deleted with it. After a failure of a query, drop() it and
    /// commit again; after any other, rewind().
    std::optional<Failure> commit(PositionBook& positions, const std::set<std::string>& forgotten);
    /// The same while tasks that have no part in it go on, where there are any: what they do is not
    /// in it. Ask commit_done() from turn to turn, then end_commit().
    std::optional<Failure> begin_commit(const PositionBook& positions,
                                        const std::set<std::string>& forgotten);
    bool committing() const { return pending_.has_value(); }
    /// Would end_commit() end at once? REQUIRES: committing().
    bool commit_done();
    /// Waits for what is left of it.
    std::optional<Failure> end_commit(PositionBook& positions);
    /// Is it too late to abandon it?
    bool is_sent() const { return pending_ && pending_->written; }
    /// As if it had not begun. REQUIRES: !is_sent().
    void abandon_commit() { pending_.reset(); }
    /// Are there tasks that can go on during a commit, and threads to make it?
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
    /// Who proves itself does so by what is committed.
    bool goes_on_in_commits(const Task& task) const {
        if (proving_) return false;
        const TopicSink* sink = TaskSet::topic_sink(task);
        return sink != nullptr && sink->is_apart() && task.stands_apart();
    }
    /// Who has just come waits until the writers know its topics; nobody else does.
    void expect_topics();
    bool waits_for_topics(const TaskId& id) const { return waiting_.contains(id); }
    /// State, and records that wait for the commit.
    size_t bytes() const { return overlay_.bytes() + transaction_.staged_bytes(); }
    void tell_memory() { memory_.set(bytes()); }
    std::optional<Failure> flush_tasks();
    PositionChanges moved_positions(const PositionBook& positions,
                                    const std::set<std::string>& forgotten);
    /// All that the commit covers, into the transaction.
    void write_pending();
    void write_positions(const PositionChanges& changes, const ChangelogOffsets& offsets);
    /// What was committed, and the positions with it.
    Status apply_state(const PositionChanges& changes, const ChangelogOffsets& offsets);

    int32_t slot_of_position(const PositionKey& key) const;

    const RuntimeContext& context_;
    const bool proving_;
    LocalPositions& local_positions_;
    Transaction transaction_;
    Overlay overlay_;
    const size_t& held_back_;
    MemoryAccount memory_;  ///< Told once a turn.
    TaskSet tasks_;
    /// A commit that has begun.
    struct Pending {
        PositionChanges changes;
        ChangelogOffsets offsets;
        std::optional<Failure> failure = {};  ///< It ends with this.
        bool written = false;                 ///< In the transaction; else outputs are waited for.
        bool sends = false;                   ///< There is something to commit.
    };
    std::optional<Pending> pending_;
    SideThread committer_;
    /// Who waits for what is asked about their topics, and for whom it is being asked.
    std::set<TaskId> waiting_, asked_;
    bool due_soon_ = false, awaited_ = false;
    TaskId next_task_;  ///< Whose turn it is, or who comes after it.
};

}  // namespace millrace
