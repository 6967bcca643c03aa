// What is told about running queries: SHOW QUERIES, DESCRIBE, EXPLAIN.
#include <algorithm>
#include <cctype>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/plan/explain.h"
#include "engine/session/handlers.h"

namespace millrace {

std::string state_name(QueryState state) {
    switch (state) {
        case QueryState::kPaused:
            return "PAUSED";
        case QueryState::kError:
            return "ERROR";
        default:
            return "RUNNING";
    }
}

std::vector<entity::FieldInfo> field_infos(const Schema& schema) {
    std::vector<entity::FieldInfo> fields;
    for (const auto& field : schema.key)
        fields.push_back({field.name, field.type, entity::FieldRole::kKey, {}});
    for (const auto& field : schema.value)
        fields.push_back({field.name, field.type, entity::FieldRole::kNone, {}});
    for (const auto& field : schema.headers) {
        fields.push_back({field.name, field.type, entity::FieldRole::kHeader, field.header_key});
    }
    return fields;
}

entity::QuerySummary summarize(const RunningQuery& query, const Engine& engine) {
    const auto& plan = *query.plan();
    entity::QuerySummary summary;
    summary.text = plan.statement;
    summary.id = plan.query_id;
    if (!plan.sink_name.empty()) {
        summary.sinks.push_back(plan.sink_name);
        if (auto sink = engine.catalog()->find_source(plan.sink_name))
            summary.sink_topics.push_back(sink->topic);
    }
    summary.status_count[state_name(query.state())] = 1;
    // A paused query still counts as running in this field; `statusCount` tells the difference.
    summary.state = query.state() == QueryState::kError ? "ERROR" : "RUNNING";
    return summary;
}

namespace {

std::optional<std::string> window_of(const plan::StepPtr& root) {
    if (root->window == WindowType::kNone) return std::nullopt;
    return std::string(window_type_name(root->window));
}

entity::QueryDescription describe_plan(const plan::PhysicalPlan& plan, const Engine& engine) {
    entity::QueryDescription description;
    description.id = plan.query_id;
    description.text = plan.statement;
    description.window_type = window_of(plan.root);
    description.fields = field_infos(plan.root->schema);
    description.sources = plan.source_names;
    std::sort(description.sources.begin(), description.sources.end());
    if (!plan.sink_name.empty()) description.sinks.push_back(plan.sink_name);
    description.topology = plan::explain_topology(plan, engine.service_id());
    description.execution_plan = plan::explain_plan(plan);
    description.type = plan.kind == plan::QueryKind::kPersistent ? "PERSISTENT" : "PUSH";
    return description;
}

}  // namespace

entity::QueryDescription describe_query(const RunningQuery& query, const Engine& engine) {
    auto description = describe_plan(*query.plan(), engine);
    description.host_status[engine.host()] = state_name(query.state());
    description.errors = query.errors();
    description.overridden = engine.query_overrides(query.id());
    description.consumer_group = plan::query_prefix(engine.service_id(), query.id());
    description.state = state_name(query.state());
    return description;
}

std::shared_ptr<const plan::PhysicalPlan> find_push_query(const std::string& id, Engine& engine) {
    const std::string wanted = upper_ascii(id);
    for (const auto& plan : engine.runtime().push_host().running()) {
        if (upper_ascii(plan->query_id) == wanted) return plan;
    }
    return nullptr;
}

StatementResult explain(const sql::Explain& statement, StatementContext& context) {
    auto& engine = context.engine;
    if (statement.query_id) {
        auto query = engine.runtime().queries().find(*statement.query_id);
        if (query) {
            return Entity{context.statement.text,
                          entity::QueryDescriptionOne{describe_query(*query, engine)},
                          {}};
        }
        if (auto plan = find_push_query(*statement.query_id, engine)) {
            auto description = describe_plan(*plan, engine);
            description.state = "RUNNING";
            return Entity{
                context.statement.text, entity::QueryDescriptionOne{std::move(description)}, {}};
        }
        refuse_about(*statement.query_id,
                     "Query with id:" + *statement.query_id +
                         " does not exist, use SHOW QUERIES to view the full set of queries.");
    }
    const auto& inner = *statement.statement;
    auto planning = context.planning();
    std::shared_ptr<const plan::PhysicalPlan> plan;
    if (const auto* create = inner.as<sql::CreateAsSelect>()) {
        plan = plan::plan_create_as_select(*create, inner.text, planning).plan;
    } else if (const auto* insert = inner.as<sql::InsertIntoSelect>()) {
        plan = plan::plan_insert_into(*insert, inner.text, planning).plan;
    } else if (const auto* select = inner.as<sql::QueryStatement>()) {
        auto query = select->query;
        // A pull query is explained as the push query that would give the same rows.
        if (query.emit == sql::EmitKind::kNone) query.emit = sql::EmitKind::kChanges;
        plan = plan::plan_push_query(query, inner.text, "transient_" + query.from.name + "_0",
                                     planning)
                   .plan;
    } else {
        throw StatementError(ErrorKind::kStatement,
                             "The provided statement does not run a ksql query");
    }
    auto description = describe_plan(*plan, engine);
    description.text = inner.text;
    description.overridden = context.session.overrides;
    return Entity{context.statement.text, entity::QueryDescriptionOne{std::move(description)}, {}};
}

}  // namespace millrace
