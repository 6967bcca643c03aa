// The tasks of one worker: those that run, and those whose stores are being restored. Knows how
// they come (restore, start positions, operators, feeds) and go; the worker decides which are to be
// there. The worker's thread.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/changelog.h"
#include "engine/runtime/changelog_rewriter.h"
#include "engine/runtime/closing_indexer.h"
#include "engine/runtime/log_answers.h"
#include "engine/runtime/options.h"
#include "engine/runtime/position_book.h"
#include "engine/runtime/processing_log.h"
#include "engine/runtime/side_thread.h"
#include "engine/runtime/state_restorer.h"
#include "engine/runtime/task_builder.h"
#include "engine/runtime/topic_sink.h"

namespace millrace {

class TaskSet {
public:
    using Wanted = std::map<TaskId, RunningQueryPtr>;
    using Running = std::map<TaskId, std::unique_ptr<Task>>;
    /// A task that cannot start.
    struct Failure {
        RunningQueryPtr query;  ///< Whose fault it is; null: the world's.
        Status status;
        std::string type;  ///< As in QueryError.
        /// Of these the state is damaged: it is to be made anew.
        std::vector<StorePartition> damaged = {};
    };

    TaskSet(const RuntimeContext& context, int worker, Transaction& transaction, FeedSet& feeds,
            Overlay& overlay, size_t& held_back, ProcessingLog& processing_log,
            std::function<void()> wake);

    /// Holds running tasks that are not wanted any more, or whose query is another one by now.
    /// True: one of them has done what is not committed.
    bool hold_leaving(const Wanted& wanted);
    /// A query's tasks get no more turns: it has failed, and cannot be dropped yet.
    void hold(const RunningQuery& query);
    /// Closes those that are not wanted, and begins to restore what is missing. REQUIRES: what
    /// leaves is committed.
    void change_to(const Wanted& wanted);
    /// A query's tasks go over from another set of this worker as they are. REQUIRES: they run, and
    /// what they have done is committed.
    void adopt(TaskSet& from, const std::string& query_id);
    /// The query's tasks go, and what they have written to stores since the last commit.
    void drop(const RunningQuery& query);
    /// Tasks that have worked since the last commit go back to it. REQUIRES: the overlay is empty.
    Status rewind();
    /// A running task whose state is not here any more.
    std::optional<Failure> first_without_state() const;
    /// A running task in whose state somebody has met damage.
    std::optional<Failure> first_reported() const;
    /// What damaged bytes in its stores are for a task.
    Failure failure_by_damage(const Task& task, const std::exception& damage) const;
    /// Where a task of a worker writes; null: nowhere.
    static TopicSink* topic_sink(const Task& task) {
        return static_cast<TopicSink*>(task.sink());  // start() has made it.
    }
    /// Whose records are called so; null: nobody's here.
    RunningQueryPtr query_of(uint32_t owner) const;
    /// Goes on restoring for a moment; tasks that are whole start, from their committed position
    /// or, when there is none, from where their query says. `progress`: something was done.
    std::optional<Failure> restore(const PositionBook& positions, bool& progress);
    bool restoring() const { return !restoring_.empty(); }
    bool restoring(const std::string& query_id) const;
    bool waits_for_restore() const { return restore_reader_ && restore_reader_->waiting(); }
    /// Waits until there may be more to do.
    void wait(int64_t timeout_ms);
    /// Closes all.
    void clear();

    const Running& running() const { return running_; }
    /// Those that have come since the last call.
    std::set<TaskId> take_come() { return std::exchange(come_, {}); }
    /// What they write to: with the transaction, and apart from it where outputs may be.
    struct Topics {
        std::vector<std::string> inside, apart;
    };
    Topics topics() const;
    const ChangelogMap& changelogs() const { return changelogs_; }
    /// Does a task of this query run, or will?
    std::set<const RunningQuery*> queries() const;
    /// Whose tasks have worked since the last commit.
    std::set<std::string> moved_queries() const;
    std::vector<RunningQueryPtr> readers_of(const std::string& topic) const;

private:
    struct Restoring {
        RunningQueryPtr query;
        std::unique_ptr<Task> task;
        std::list<StateRestorer> stores;
        bool asked = false;  ///< For what it has to know of the log.
        std::shared_ptr<const LogAnswers> answers = nullptr;
        bool begun = false;  ///< `stores` are there.
        std::unique_ptr<ChangelogRewriter> rewriter = nullptr;
        std::set<StorePartition> rewritten = {};  ///< Whose changelog has got them again.
        std::unique_ptr<ClosingIndexer> indexer = nullptr;
        Restoring(std::unique_ptr<Task> of);
        ~Restoring();
    };
    bool stays(const Task& task, const Wanted& wanted) const;
    /// Of all that have come, at once, and beside the worker.
    void ask_log();
    void add_questions(const Task& task, LogAnswers::Questions& questions);
    void take_answers();
    Status begin(Restoring& restoring, const PositionBook& positions);
    Result<bool> is_advancing(const Task& task) const;
    Result<bool> make_whole(Restoring& restoring, const PositionBook& positions, bool& progress);
    Result<bool> rewrite_changelogs(Restoring& restoring, const PositionBook& positions);
    Result<bool> index_closing(Restoring& restoring);
    /// With what they have written to stores since the last commit.
    void close_if(const std::function<bool(const Task&)>& leaves);
    std::unique_ptr<TopicSink> sink_of(const Task& task, int32_t num_partitions);
    Result<bool> restore_stores(Restoring& restoring, bool& progress);
    void tell_progress(const Restoring& restoring);
    Status start(Restoring& restoring, const PositionMap& positions);
    void note_left_out(const Task& task, const StateRestorer& store) const;
    struct Start {
        InputPosition position;
        bool is_new = false;    ///< It was chosen just now.
        int64_t reread_to = 0;  ///< A table begins anew, and stood here; 0: it does not.
    };
    /// Of an input that nothing has been committed of.
    Result<Start> first_start(const Restoring& restoring, size_t input,
                              const PositionMap& positions) const;
    /// Where an input goes on whose position may not be there any more.
    Status mend_start(const Restoring& restoring, size_t input, Start& start) const;
    Result<Start> start_position(const Restoring& restoring, size_t input,
                                 const PositionMap& positions) const;
    StorePartition store_of(const Task& task, const std::string& store) const;

    const RuntimeContext& context_;
    const TaskSurroundings::Report report_;
    Transaction& transaction_;
    FeedSet& feeds_;
    Overlay& overlay_;
    const TaskBuilder builder_;
    std::unique_ptr<CatchUpReader> restore_reader_;  ///< While something is restored.
    int64_t next_progress_ms_ = 0;                   ///< Steady; when the log is told of it again.
    /// What the log is being asked for some tasks.
    struct Asking {
        std::set<TaskId> tasks;
        std::shared_ptr<const LogAnswers> answers;
        SideThread thread;
        Asking(bool threads, std::function<void()> wake) : thread(threads, 0, std::move(wake)) {}
    };
    const std::function<void()> wake_;
    std::unique_ptr<Asking> asking_;  ///< While something is restored.
    std::map<TaskId, Restoring> restoring_;
    Running running_;
    ChangelogMap changelogs_;
    std::set<TaskId> come_;
};

}  // namespace millrace
