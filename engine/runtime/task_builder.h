// Makes tasks run: gives each the operators of its sub-topology, with the stores, the properties
// and the sink that they work with. One builder for all: those of workers, of push queries, and of
// pull queries that run as a plan. The thread of whoever owns the tasks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/exec/stored_check.h"
#include "engine/runtime/task.h"
#include "engine/runtime/topic_meters.h"
#include "engine/state/state_store.h"

namespace millrace {

/// What a backend knows a query's store by.
std::string store_name(const std::string& query_id, const std::string& store);

/// What the tasks of one owner have in common. The referenced objects outlive the tasks.
struct TaskSurroundings {
    const FunctionRegistry* functions = nullptr;
    const FormatRegistry* formats = nullptr;
    EvalEnv env;  ///< Its config is the server's; a query's lies over it.
    const Clock* steady = nullptr;
    StateBackend* state = nullptr;
    Overlay* overlay = nullptr;
    bool coalesce = false;
    size_t* held_back = nullptr;                ///< See exec::HeldBack.
    exec::DecodeKinds* decode_kinds = nullptr;  ///< See exec::OperatorContext.
    size_t queue_rows_max = 0;
    size_t batch_rows_max = 4096;
    MemoryShare queues = {};        ///< For rows that tasks have decoded and not processed.
    TopicMeters* meters = nullptr;  ///< Told what is read; null: nobody is.
    /// Rows of a query that cannot be used. `where`: see exec::OperatorContext.
    using Report = std::function<void(RunningQuery&, const std::string& where, RowErrors& errors)>;
    Report report;
};

class TaskBuilder {
public:
    explicit TaskBuilder(TaskSurroundings surroundings) : with_(std::move(surroundings)) {}

    /// One that begins, with its stores numbered (Task::stores).
    std::unique_ptr<Task> new_task(const TaskId& id, RunningQueryPtr query) const;

    /// The task is running afterwards. `sink`: where its topic's records go, none for those that
    /// write none. `rows`: the client of a push query. Throws StatementError when an expression
    /// does not bind (a plan of another version). REQUIRES: kRestoring, its stores are whole.
    /// `reread_to`: its table begins anew, in a new store, and stood here; 0: it does not.
    void start(Task& task, const std::vector<InputPosition>& positions,
               std::unique_ptr<TaskSink> sink, exec::RowSink* rows, int64_t reread_to = 0) const;

    /// What a running task works with; `sink` and `rows` as above.
    TaskBody body(const Task& task, std::unique_ptr<TaskSink> sink, exec::RowSink* rows,
                  int64_t reread_to) const;

    /// What pairs of this store of the task can be; null: anything.
    std::unique_ptr<exec::StoredCheck> stored_check(const Task& task,
                                                    const std::string& store) const;

private:
    void tell_replacement(const Task& task, TaskBody& body, exec::OperatorContext& context,
                          int64_t reread_to) const;

    TaskSurroundings with_;
};

}  // namespace millrace
