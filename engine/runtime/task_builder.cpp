#include "engine/runtime/task_builder.h"

#include <map>

#include "engine/base/check.h"

namespace millrace {

std::string store_name(const std::string& query_id, const std::string& store) {
    return query_id + "/" + store;
}

void TaskBuilder::start(Task& task, const std::vector<InputPosition>& positions,
                        std::unique_ptr<exec::RecordSink> sink, exec::RowSink* rows) const {
    const RunningQueryPtr& query = task.query();
    auto stores = std::make_shared<std::map<std::string, std::unique_ptr<StateStore>>>();
    for (const auto& spec : task.subtopology().stores) {
        const uint32_t number = with_.state->store_number(store_name(query->id(), spec.name));
        (*stores)[spec.name] = with_.overlay->store({number, task.id().partition});
    }
    TaskBody body;
    body.env = std::make_unique<EvalEnv>(with_.env);
    body.env->config = with_.env.config.with(query->plan()->properties);
    body.sink = std::move(sink);
    exec::OperatorContext context;
    context.env = body.env.get();
    context.formats = with_.formats;
    context.coalesce = with_.coalesce;
    context.store = [stores](const std::string& name) -> StateStore& {
        auto found = stores->find(name);
        MR_CHECK(found != stores->end(), "an operator asks for a store that its task has not");
        return *found->second;
    };
    context.report = [report = with_.report, query](const std::string& where, RowErrors& errors) {
        report(*query, where, errors);
    };
    body.pipeline = exec::build(task.subtopology(), std::move(context), *with_.functions,
                                body.sink.get(), rows);
    task.start(std::move(body), positions, with_.queue_rows_max);
}

}  // namespace millrace
