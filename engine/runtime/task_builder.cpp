#include "engine/runtime/task_builder.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/check.h"
#include "engine/config/get.h"

namespace millrace {

std::string store_name(const std::string& query_id, const std::string& store) {
    return query_id + "/" + store;
}

std::unique_ptr<Task> TaskBuilder::new_task(const TaskId& id, RunningQueryPtr query) const {
    auto task = std::make_unique<Task>(id, std::move(query));
    std::vector<StorePartition> stores;
    for (const auto& spec : task->subtopology().stores) {
        const std::string name = store_name(id.query_id, spec.name);
        stores.push_back({with_.state->store_number(name), id.partition});
    }
    task->set_stores(std::move(stores));
    return task;
}

void TaskBuilder::start(Task& task, const std::vector<InputPosition>& positions,
                        std::unique_ptr<TaskSink> sink, exec::RowSink* rows,
                        int64_t reread_to) const {
    task.start(body(task, std::move(sink), rows, reread_to), positions, with_.queue_rows_max,
               reread_to);
}

TaskBody TaskBuilder::body(const Task& task, std::unique_ptr<TaskSink> sink, exec::RowSink* rows,
                           int64_t reread_to) const {
    const RunningQueryPtr& query = task.query();
    auto stores = std::make_shared<std::map<std::string, std::unique_ptr<StateStore>>>();
    const auto& specs = task.subtopology().stores;
    for (size_t i = 0; i < specs.size(); ++i)
        (*stores)[specs[i].name] = with_.overlay->store(task.stores()[i]);
    TaskBody body;
    body.env = std::make_unique<EvalEnv>(with_.env);
    body.env->config = with_.env.config.with(query->plan()->properties);
    body.sink = std::move(sink);
    body.steady = with_.steady;
    body.queues = with_.queues;
    body.idle_ms = body.env->config.get<"max.task.idle.ms">();
    for (const auto& input : task.subtopology().inputs) {
        if (with_.meters != nullptr) body.meters.push_back(&with_.meters->of(input.topic));
    }
    exec::OperatorContext context;
    context.env = body.env.get();
    context.formats = with_.formats;
    context.coalesce = with_.coalesce;
    context.rows_max = with_.batch_rows_max;
    context.held_back = with_.held_back;
    context.decode_kinds = with_.decode_kinds;
    context.partition = task.id().partition;
    context.store = [stores](const std::string& name) -> StateStore& {
        auto found = stores->find(name);
        MR_CHECK(found != stores->end(), "an operator asks for a store that its task has not");
        return *found->second;
    };
    context.report = [report = with_.report, query](const std::string& where, RowErrors& errors) {
        report(*query, where, errors);
    };
    if (query->replacement()) tell_replacement(task, body, context, reread_to);
    body.pipeline = exec::build(task.subtopology(), std::move(context), *with_.functions,
                                body.sink.get(), rows);
    return body;
}

std::unique_ptr<exec::StoredCheck> TaskBuilder::stored_check(const Task& task,
                                                             const std::string& store) const {
    const plan::SubTopology& subtopology = task.subtopology();
    for (const plan::StepPtr& from : {subtopology.root, subtopology.reader}) {
        if (!from) continue;
        auto check = exec::StoredCheck::of(*from, store, *with_.functions, with_.env);
        if (check) return check;
    }
    return nullptr;
}

/// The sink's table is what the replaced plan made it. Either the stored rows tell what the new
/// plan changes about it, or the table is read again, and each of its rows does.
void TaskBuilder::tell_replacement(const Task& task, TaskBody& body, exec::OperatorContext& context,
                                   int64_t reread_to) const {
    const RunningQuery& query = *task.query();
    const Replacement& replacement = *query.replacement();
    const auto& now = query.plan()->materialization;
    const auto& specs = task.subtopology().stores;
    const bool here = now && body.sink && task.subtopology().root->as<plan::SinkStep>() &&
                      std::any_of(specs.begin(), specs.end(),
                                  [&](const auto& spec) { return spec.name == now->store; });
    if (!here || !body.env->config.get<"millrace.replace.writes.difference">()) return;
    StateStore& store = context.store(now->store);
    if (reread_to > 0) {
        exec::note_reread_to(store, reread_to);
        exec::note_told_plan(store, replacement.number);
    }
    context.reread_to = exec::reread_to(store);
    const int64_t told = exec::told_plan(store);
    if (told == replacement.number) return;
    const auto& before = replacement.before->materialization;
    const bool known = told == replacement.before_number && before && before->store == now->store;
    body.replaced = std::make_unique<exec::ReplacedTable>(
        exec::Replacing{known ? replacement.before.get() : nullptr, query.plan().get(),
                        replacement.number},
        *with_.functions, context, *body.sink);
}

}  // namespace millrace
