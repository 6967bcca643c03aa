// CREATE STREAM/TABLE … AS SELECT, INSERT INTO … SELECT.
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/plan/query_graph.h"
#include "engine/plan/upgrade.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

void check_capacity(const StatementContext& context) {
    const int64_t limit = context.engine.config().get<"ksql.query.persistent.active.limit">();
    auto present = static_cast<int64_t>(context.catalog->queries().size());
    if (present >= limit) {
        refuse(
            ErrorKind::kGeneral,
            "Not executing statement(s) '" + context.statement.text +
                "' as it would cause the number of active, persistent queries to exceed the "
                "configured limit. Use the TERMINATE command to terminate existing queries before "
                "starting new ones. Current persistent query count: " +
                std::to_string(present) + ". Configured limit: " + std::to_string(limit) + ".");
    }
}

void check_loops(const plan::PlannedQuery& planned, const StatementContext& context) {
    const Config config = context.engine.config().with(context.session.overrides);
    if (config.get<"millrace.query.loops.allowed">()) return;
    plan::check_no_loop(*planned.plan, *context.catalog);
}

/// The query that the statement replaces: its plan must allow it, and nobody else may write to the
/// sink. Fits `planned` to the stores that are there.
void check_replaced_query(plan::PlannedQuery& planned, const StatementContext& context) {
    std::string writers;
    size_t num_writers = 0;
    std::shared_ptr<const plan::PhysicalPlan> current;
    for (const auto& query : context.catalog->queries()) {
        if (query.plan->sink_name != planned.plan->sink_name) continue;
        writers += (writers.empty() ? "" : ", ") + query.id;
        ++num_writers;
        if (query.id == planned.plan->query_id) current = query.plan;
    }
    if (num_writers > 1) {
        refuse("REPLACE for sink " + quote_identifier(planned.plan->sink_name, true) +
               " is not supported because there are multiple queries writing into it: [" + writers +
               "]");
    }
    if (!current) return;
    plan::check_query_upgrade(*current, *planned.plan);
    planned.plan = plan::keep_stores_apart(planned.plan, *current);
}

}  // namespace

StatementResult create_as_select(const sql::CreateAsSelect& statement, StatementContext& context) {
    const bool table = statement.kind == sql::SourceKind::kTable;
    const std::string word = table ? "table" : "stream";
    auto existing = context.catalog->find_source(statement.name);
    if (existing && statement.if_not_exists) {
        return Entity{context.statement.text,
                      entity::WarningMessage{"Cannot add " + word + " `" + statement.name +
                                             "`: A " + (existing->is_table() ? "table" : "stream") +
                                             " with the same name already exists."},
                      {}};
    }
    check_capacity(context);
    auto planned =
        plan::plan_create_as_select(statement, context.statement.text, context.planning());
    if (existing) check_replaced_query(planned, context);
    check_loops(planned, context);
    Command command;
    command.action = Command::Action::kPutSource;
    command.id = word + "/`" + statement.name + "`/create";
    command.message = "Created query with ID " + planned.plan->query_id;
    command.source = planned.sink;
    command.query = planned.plan;
    return Change{std::move(command), planned.plan->statement, planned.sink_topic};
}

StatementResult insert_into_select(const sql::InsertIntoSelect& statement,
                                   StatementContext& context) {
    check_capacity(context);
    auto planned = plan::plan_insert_into(statement, context.statement.text, context.planning(),
                                          context.statement.position);
    if (context.catalog->find_query(planned.plan->query_id) != nullptr) {
        refuse("Query ID '" + planned.plan->query_id + "' already exists.");
    }
    check_loops(planned, context);
    Command command;
    command.action = Command::Action::kStartQuery;
    command.id = "stream/`" + statement.target + "`/create";
    command.message = "Created query with ID " + planned.plan->query_id;
    command.query = planned.plan;
    return Change{std::move(command), planned.plan->statement};
}

}  // namespace millrace
