#include "engine/runtime/task_set.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/base/error.h"

namespace millrace {

namespace {

constexpr int64_t kRestoreWaitMs = 20;

TaskSurroundings surroundings(const RuntimeContext& context, int worker, Overlay& overlay,
                              size_t& held_back, FeedSet& feeds, TaskSurroundings::Report report) {
    TaskSurroundings with;
    with.functions = context.functions;
    with.formats = context.formats;
    with.env.clock = context.clock;
    with.env.config = context.config;
    with.env.random_seed =
        static_cast<uint64_t>(context.clock->now_ms()) + static_cast<uint64_t>(worker);
    with.steady = context.steady;
    with.state = context.state;
    with.overlay = &overlay;
    with.coalesce = context.options.coalesce;
    with.held_back = &held_back;
    with.decode_kinds = &feeds.decode_kinds();
    with.queue_rows_max = context.options.queue_rows_max;
    with.batch_rows_max = context.options.batch_rows_max;
    with.queues = context.share(MemoryHolder::kFetched);
    with.meters = context.meters;
    with.report = std::move(report);
    return with;
}

}  // namespace

TaskSet::TaskSet(const RuntimeContext& context, int worker, Transaction& transaction,
                 FeedSet& feeds, Overlay& overlay, size_t& held_back, ProcessingLog& processing_log,
                 std::function<void()> wake)
    : context_(context),
      report_([&context, &processing_log](RunningQuery& query, const std::string& where,
                                          RowErrors& errors) {
          query.rows_failed.fetch_add(errors.total(), std::memory_order_relaxed);
          const std::string fatal = what_ends(context.config_of(*query.plan()), errors);
          processing_log.write(query.id(), where, errors);
          if (!fatal.empty()) throw StatementError(ErrorKind::kServer, fatal);
      }),
      transaction_(transaction),
      feeds_(feeds),
      overlay_(overlay),
      builder_(surroundings(context, worker, overlay, held_back, feeds, report_)),
      wake_(std::move(wake)) {}

StorePartition TaskSet::store_of(const Task& task, const std::string& store) const {
    const auto& specs = task.subtopology().stores;
    const auto spec = std::find_if(specs.begin(), specs.end(),
                                   [&](const auto& other) { return other.name == store; });
    MR_CHECK(spec != specs.end(), "a task has the stores of its sub-topology");
    return task.stores()[static_cast<size_t>(spec - specs.begin())];
}

std::optional<TaskSet::Failure> TaskSet::first_without_state() const {
    for (const auto& [id, task] : running_) {
        for (const StorePartition& store : task->stores()) {
            if (context_.state->changelog_offset(store)) continue;
            return Failure{task->query(),
                           Status(Fault::kCorruptState, "The state of task " + id.to_string() +
                                                            " is damaged and is restored from "
                                                            "its changelog."),
                           "SYSTEM",
                           {store}};
        }
    }
    return std::nullopt;
}

std::optional<TaskSet::Failure> TaskSet::first_reported() const {
    for (const auto& [id, task] : running_) {
        if (!task->query()->damage_reported()) continue;
        for (const StorePartition& store : task->stores()) {
            const auto what = task->query()->take_reported(store);
            if (what) return failure_by_damage(*task, DamagedBytes(*what));
        }
    }
    return std::nullopt;
}

TaskSet::Restoring::Restoring(std::unique_ptr<Task> of) : query(of->query()), task(std::move(of)) {}

TaskSet::Restoring::~Restoring() {
    for (const StateRestorer& store : stores) query->restores.end(store.where());
}

// ---- coming and going ----

bool TaskSet::stays(const Task& task, const Wanted& wanted) const {
    auto found = wanted.find(task.id());
    return found != wanted.end() && found->second == task.query();
}

bool TaskSet::hold_leaving(const Wanted& wanted) {
    bool left_to_commit = false;
    for (const auto& [id, task] : running_) {
        const bool leaves = !stays(*task, wanted);
        task->hold(leaves);
        left_to_commit = left_to_commit || (leaves && task->has_to_commit());
    }
    return left_to_commit;
}

void TaskSet::hold(const RunningQuery& query) {
    for (const auto& [id, task] : running_) {
        if (task->query().get() == &query) task->hold(true);
    }
}

void TaskSet::change_to(const Wanted& wanted) {
    close_if([&](const Task& task) { return !stays(task, wanted); });
    for (const auto& [id, query] : wanted) {
        if (running_.count(id) == 0 && restoring_.count(id) == 0)
            restoring_.try_emplace(id, builder_.new_task(id, query));
    }
}

void TaskSet::drop(const RunningQuery& query) {
    close_if([&](const Task& task) { return task.query().get() == &query; });
}

void TaskSet::close_if(const std::function<bool(const Task&)>& leaves) {
    std::vector<StorePartition> stores;
    auto closes = [&](const Task& task) {
        if (!leaves(task)) return false;
        for (const StorePartition& store : task.stores()) stores.push_back(store);
        return true;
    };
    std::erase_if(running_, [&](const auto& entry) { return closes(*entry.second); });
    std::erase_if(restoring_, [&](const auto& entry) { return closes(*entry.second.task); });
    for (const StorePartition& store : stores) overlay_.forget(store);
}

Status TaskSet::rewind() {
    std::vector<Task*> moved;
    for (const auto& [id, task] : running_) {
        if (task->has_moved()) moved.push_back(task.get());
    }
    // All leave their feeds before the first comes back: those of one feed share one again.
    for (Task* task : moved) task->unsubscribe();
    for (Task* task : moved) {
        Status status = task->rewind([&](std::unique_ptr<TaskSink> sink) {
            return builder_.body(*task, std::move(sink), nullptr, task->reread_to());
        });
        if (!status) return status;
    }
    return Status::ok();
}

RunningQueryPtr TaskSet::query_of(uint32_t owner) const {
    for (const auto& [id, task] : running_) {
        if (task->query()->owner() == owner) return task->query();
    }
    return nullptr;
}

void TaskSet::adopt(TaskSet& from, const std::string& query_id) {
    auto first = from.running_.lower_bound(TaskId{query_id, 0, 0});
    auto last = first;
    for (; last != from.running_.end() && last->first.query_id == query_id; ++last) {
        const TaskId& id = last->first;
        for (const StorePartition& store : last->second->stores()) {
            overlay_.adopt(from.overlay_, store);
            changelogs_[store] = from.changelogs_.at(store);
            from.changelogs_.erase(store);
        }
        if (TopicSink* sink = topic_sink(*last->second)) sink->write_to(transaction_);
        running_[id] = std::move(last->second);
        come_.insert(id);
    }
    from.running_.erase(first, last);
}

TaskSet::Topics TaskSet::topics() const {
    Topics topics;
    for (const auto& [id, task] : running_) {
        const TopicSink* sink = topic_sink(*task);
        if (sink != nullptr)
            (sink->is_apart() ? topics.apart : topics.inside).push_back(sink->topic());
    }
    for (const auto& [store, changelog] : changelogs_)
        topics.inside.push_back(changelog.source.topic);
    return topics;
}

void TaskSet::clear() {
    running_.clear();
    restoring_.clear();
    restore_reader_.reset();
    asking_.reset();
    overlay_.clear();
    changelogs_.clear();
}

std::set<const RunningQuery*> TaskSet::queries() const {
    std::set<const RunningQuery*> queries;
    for (const auto& [id, task] : running_) queries.insert(task->query().get());
    for (const auto& [id, restoring] : restoring_) queries.insert(restoring.task->query().get());
    return queries;
}

bool TaskSet::restoring(const std::string& query_id) const {
    auto found = restoring_.lower_bound(TaskId{query_id, 0, 0});
    return found != restoring_.end() && found->first.query_id == query_id;
}

std::set<std::string> TaskSet::moved_queries() const {
    std::set<std::string> moved;
    for (const auto& [id, task] : running_) {
        if (task->has_moved()) moved.insert(id.query_id);
    }
    return moved;
}

std::vector<RunningQueryPtr> TaskSet::readers_of(const std::string& topic) const {
    std::set<RunningQueryPtr> readers;
    for (const auto& [id, task] : running_) {
        const auto& inputs = task->subtopology().inputs;
        if (std::any_of(inputs.begin(), inputs.end(),
                        [&](const auto& input) { return input.topic == topic; })) {
            readers.insert(task->query());
        }
    }
    return {readers.begin(), readers.end()};
}

void TaskSet::wait(int64_t timeout_ms) {
    if (waits_for_restore()) {
        restore_reader_->wait(std::min(timeout_ms, kRestoreWaitMs));
    } else {
        feeds_.wait(timeout_ms);
    }
}

}  // namespace millrace
