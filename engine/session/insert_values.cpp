// INSERT INTO … VALUES: one record, written before the statement answers.
#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/exec/expression/expression.h"
#include "engine/plan/query_graph.h"
#include "engine/session/handlers.h"
#include "engine/session/insert_writer.h"

namespace millrace {

namespace {

/// A table that a query keeps has the rows that the query makes, and its topic just those.
void check_no_query_keeps(const Source& source, const Config& config, const Catalog& catalog) {
    if (config.get<"millrace.insert.into.query.tables">()) return;
    const PersistentQuery* query = plan::table_query_on(source.topic, catalog);
    if (query == nullptr) return;
    refuse("Cannot insert values into '" + source.name + "': query " + query->id +
           " keeps a table in its topic " + source.topic +
           ", and that table would never have the row. Insert into what the query reads, or SET "
           "'millrace.insert.into.query.tables'='true' to write to the topic all the same.");
}

}  // namespace

StatementResult insert_values(const sql::InsertValues& statement, StatementContext& context) {
    if (!context.engine.config().get<"ksql.insert.into.values.enabled">()) {
        refuse(
            ErrorKind::kGeneral,
            "The server has disabled INSERT INTO ... VALUES functionality. To enable it, restart "
            "your ksqlDB server with 'ksql.insert.into.values.enabled'=true");
    }
    auto planning = context.planning();
    EvalEnv env;
    env.clock = &context.engine.clock();
    env.random_seed = static_cast<uint64_t>(context.engine.clock().now_ms());
    env.config = planning.config;
    auto planned = plan::plan_insert_values(statement, planning, [&](const plan::BoundPtr& bound) {
        return exec::evaluate_constant(bound, env);
    });
    check_no_query_keeps(*planned.source, planning.config, *context.catalog);
    if (context.sandbox) return {};
    const int64_t now = context.engine.clock().now_ms();
    Status status = context.engine.inserts().write_row(*planned.source, planned.key, planned.value,
                                                       planned.timestamp_ms.value_or(now));
    if (!status) {
        // A record that its topic does not take is the statement's fault.
        const bool by_statement = status.fault() == Fault::kRefused;
        refuse(by_statement ? ErrorKind::kStatement : ErrorKind::kServer,
               "Failed to insert values into '" + statement.target + "'. " + status.message());
    }
    return {};
}

}  // namespace millrace
