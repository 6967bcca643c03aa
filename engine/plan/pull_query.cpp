// SELECT without EMIT: look-ups and scans of a materialised table, or a stream read from its
// beginning to its end.
#include <atomic>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/plan/lower.h"
#include "engine/plan/planner.h"
#include "engine/plan/pull_predicate.h"
#include "engine/plan/query_builder.h"
#include "engine/plan/with_properties.h"

namespace millrace::plan {
namespace {

[[noreturn]] void refuse_pull(const std::string& message) {
    refuse(pull_refusal(message));
}

void check_clauses(const sql::Query& query, const PlanningContext& context) {
    auto clause = [](bool present, const char* name) {
        if (present) refuse_pull(std::string("Pull queries don't support ") + name + " clauses.");
    };
    if (!context.config.get<"ksql.pull.queries.enable">()) {
        refuse(pull_refusal("Pull queries are disabled.") +
               "\nPlease set ksql.pull.queries.enable=true to enable this feature.");
    }
    clause(!query.joins.empty(), "JOIN");
    clause(query.window.has_value(), "WINDOW");
    clause(!query.group_by.empty(), "GROUP BY");
    clause(!query.partition_by.empty(), "PARTITION BY");
    clause(query.having != nullptr, "HAVING");
    if (query.limit && *query.limit < 0) {
        refuse_pull("Pull queries don't support negative integers in the LIMIT clause.");
    }
    if (query.limit && !context.config.get<"ksql.query.pull.limit.clause.enabled">()) {
        refuse_pull(
            "LIMIT clause in pull queries is currently disabled. You can enable them by setting "
            "ksql.query.pull.limit.clause.enabled=true.");
    }
}

/// Rows of a table have lost their place in the source's topic; of a stream ksqlDB does not tell it
/// either.
void check_pseudo_columns(const sql::Query& query) {
    auto look = [](const sql::ExpressionPtr& expression, std::vector<std::string>& found) {
        sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
            const auto* column = node->as<sql::ColumnRef>();
            if (!column) return;
            if (column->name != pseudo::kRowpartition && column->name != pseudo::kRowoffset) return;
            found.push_back(quote_identifier(column->name, true));
        });
    };
    auto check = [](const std::vector<std::string>& found, const char* clause) {
        if (found.empty()) return;
        std::string list;
        for (const auto& name : found) list += (list.empty() ? "" : ", ") + name;
        refuse_pull("Pull queries don't support the following columns in " + std::string(clause) +
                    " clauses: " + list + "\n");
    };
    std::vector<std::string> select, where;
    for (const auto& item : query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item))
            look(single->expression, select);
    }
    look(query.where, where);
    check(select, "SELECT");
    check(where, "WHERE");
}

PullPlan pull_stream(const sql::Query& query, const std::string& text,
                     const PlanningContext& context, const SourcePtr& source,
                     const std::string& stream_query_id) {
    if (!context.config.get<"ksql.query.pull.stream.enabled">()) {
        refuse_pull(
            "Pull queries on streams are disabled. To create a push query on the stream, add EMIT "
            "CHANGES to "
            "the end. To enable pull queries on streams, set the ksql.query.pull.stream.enabled "
            "config to "
            "'true'.");
    }
    static std::atomic<uint64_t> next{1};
    std::string id = stream_query_id;
    if (id.empty()) id = "transient_" + source->name + "_" + std::to_string(next++);
    sql::Query push = query;
    push.emit = sql::EmitKind::kChanges;
    PlannedQuery planned = plan_push_query(push, text, id, context);
    PullPlan out;
    out.source = source;
    out.limit = query.limit;
    out.output = planned.output;
    out.output_is_key.assign(out.output.value.size(), false);
    out.stream_plan = planned.plan;
    return out;
}

void find_materialization(
    const SourcePtr& source, PullPlan& plan,
    const std::function<std::shared_ptr<const PhysicalPlan>(const std::string&)>& find_plan) {
    std::shared_ptr<const PhysicalPlan> query =
        source->created_by ? find_plan(*source->created_by) : nullptr;
    std::optional<Materialization> table;
    if (query) table = query->materialization;
    // An older build has planned it, for which a join's table was none to be pulled.
    if (query && !table && query->root->as<SinkStep>() && query->root->is_table)
        table = materialization_of(query->root->inputs.at(0));
    if (!table) {
        refuse_pull("The " + quote_identifier(source->name, true) +
                    " table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE "
                    "QUERYABLE_" +
                    source->name + " AS SELECT * FROM " + source->name + "'.");
    }
    plan.query_id_of_table = *source->created_by;
    plan.materialization = std::move(table);
}

/// A column of the answer has a name of its own.
void check_new(const Schema& output, const Field& column, bool key) {
    if (!(key ? output.find_key(column.name) : output.find_value(column.name))) return;
    refuse(std::string("Duplicate ") + (key ? "key" : "value") +
           " columns found in schema: " + quote_identifier(column.name, true) + " " +
           column.type->to_string() + (key ? " KEY" : ""));
}

void add_output(const Analysis& analysis, const StepBuilder& builder, const Step& table,
                PullPlan& plan) {
    const ColumnScope scope = StepBuilder::scope_of(table);
    for (const auto& column : expand_select(analysis, builder, table)) {
        if (contains_aggregate(column.expression, builder.functions())) {
            refuse_pull("Pull queries don't support aggregate functions in the SELECT clause.");
        }
        const std::string* name = plain_column(column.expression);
        const bool key = name && (table.schema.find_key(*name) || *name == pseudo::kWindowstart ||
                                  *name == pseudo::kWindowend);
        SqlTypePtr type = builder.type_of(column.expression, scope, "SELECT");
        check_new(plan.output, {column.name, type}, key);
        (key ? plan.output.key : plan.output.value).push_back({column.name, type});
        plan.output_is_key.push_back(key);
        plan.select.push_back({column.name, column.expression});
    }
}

/// The whole WHERE must be a condition over the table's columns.
void check_where(const sql::ExpressionPtr& where, const StepBuilder& builder, const StepPtr& table,
                 const std::string& text) {
    try {
        builder.make(FilterStep{where}, "WhereFilter", {table}, "WHERE");
    } catch (const StatementError& error) {
        if (error.kind() != ErrorKind::kCondition) throw;
        throw error.reworded(std::string(error.what()) + "\nStatement: " + text);
    }
}

}  // namespace

PullPlan plan_pull_query(
    const sql::Query& query, const std::string& text, const PlanningContext& context,
    const std::function<std::shared_ptr<const PhysicalPlan>(const std::string&)>& find_plan,
    const ConstantValue& evaluate, const std::string& stream_query_id) {
    SourcePtr source = context.catalog->find_source(query.from.name);
    if (!source) {
        refuse(Stage::kResolve, ErrorKind::kStatement,
               context.catalog->unknown_source_message(query.from.name), query.from.position);
    }
    check_clauses(query, context);
    check_pseudo_columns(query);
    if (!source->is_table()) return pull_stream(query, text, context, source, stream_query_id);
    Analysis analysis = analyze(query, context, QueryUse::kPull);
    StepBuilder builder(context);
    StepPtr table = builder.source(analysis.first(), "KsqlTopic/Source");
    PullPlan plan;
    plan.source = source;
    plan.limit = query.limit;
    add_output(analysis, builder, *table, plan);
    sql::ExpressionPtr where = analysis.to_step(analysis.query.where);
    if (where) check_where(where, builder, table, text);
    find_materialization(source, plan, find_plan);
    plan.filter = where;
    analyze_pull_predicate(where, context, evaluate, plan);
    return plan;
}

}  // namespace millrace::plan
