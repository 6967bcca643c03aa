// What is told about running queries: SHOW QUERIES, DESCRIBE, EXPLAIN.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/plan/explain.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

/// As it runs here; while the runtime has not heard of it yet, as the catalog says.
RunningQueryPtr running(const PersistentQuery& query, const StatementContext& context) {
    return context.engine.runtime().queries().find(query.id);
}

std::string state_name(const PersistentQuery& query, const RunningQueryPtr& running) {
    if (query.paused) return "PAUSED";
    return running && running->state() == QueryState::kError ? "ERROR" : "RUNNING";
}

}  // namespace

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

entity::QuerySummary summarize(const PersistentQuery& query, const StatementContext& context) {
    const auto& plan = *query.plan;
    entity::QuerySummary summary;
    summary.text = plan.statement;
    summary.id = query.id;
    if (!plan.sink_name.empty()) {
        summary.sinks.push_back(plan.sink_name);
        if (auto sink = context.catalog->find_source(plan.sink_name))
            summary.sink_topics.push_back(sink->topic);
    }
    const std::string state = state_name(query, running(query, context));
    summary.status_count[state] = 1;
    // A paused query still counts as running in this field; `statusCount` tells the difference.
    summary.state = state == "ERROR" ? "ERROR" : "RUNNING";
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

entity::QueryDescription describe_query(const PersistentQuery& query,
                                        const StatementContext& context) {
    const auto& engine = context.engine;
    const auto now = running(query, context);
    auto description = describe_plan(*query.plan, engine);
    description.state = state_name(query, now);
    description.host_status[engine.host()] = *description.state;
    if (now && now->state() == QueryState::kRestoring) {
        // Clients know no such status of a host; this field is free text.
        const auto records = now->restores.total().value_or(RestoreProgress::Records{});
        description.state = fmt::format("RESTORING ({} of {} records)", records.done, records.all);
    }
    if (now) description.errors = now->errors();
    description.overridden = query.overrides;
    description.consumer_group = plan::query_prefix(engine.service_id(), query.id);
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
        if (const auto* query = context.catalog->find_query(*statement.query_id)) {
            return Entity{context.statement.text,
                          entity::QueryDescriptionOne{describe_query(*query, context)},
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
        refuse("The provided statement does not run a ksql query");
    }
    auto description = describe_plan(*plan, engine);
    description.text = inner.text;
    description.overridden = context.session.overrides;
    return Entity{context.statement.text, entity::QueryDescriptionOne{std::move(description)}, {}};
}

}  // namespace millrace
