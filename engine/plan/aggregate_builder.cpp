// GROUP BY: grouping expressions, aggregate calls pulled out of SELECT and HAVING, windows.
#include <algorithm>

#include "engine/base/error.h"
#include "engine/plan/query_builder.h"
#include "engine/plan/with_properties.h"
#include "engine/sql/duration.h"
#include "engine/types/format_traits.h"

namespace millrace::plan {
namespace {

constexpr int64_t kDayMs = 86'400'000;
/// Each of them is a group of its own in the store, and a row is all of their changes at once.
constexpr int64_t kWindowsARowMax = 100'000;

WindowSpec window_spec(const sql::WindowClause& clause, sql::EmitKind emit) {
    WindowSpec spec;
    spec.kind = clause.kind;
    spec.size_ms = std::min(clause.size_ms, sql::kForeverMs);
    spec.advance_ms = clause.kind == sql::WindowKind::kHopping
                          ? std::min(clause.advance_ms, sql::kForeverMs)
                          : spec.size_ms;
    if (clause.kind == sql::WindowKind::kSession) spec.advance_ms = 0;
    if (spec.size_ms <= 0) {
        refuse(clause.kind == sql::WindowKind::kSession ? "Gap must be positive"
                                                        : "Size must be positive");
    }
    if (clause.kind == sql::WindowKind::kHopping &&
        (spec.advance_ms <= 0 || spec.advance_ms > spec.size_ms)) {
        refuse(spec.advance_ms <= 0 ? "Advance must be positive"
                                    : "Advance must not be greater than the size");
    }
    if (spec.advance_ms > 0 && spec.size_ms / spec.advance_ms > kWindowsARowMax) {
        refuse("Every row would be in " + std::to_string(spec.size_ms / spec.advance_ms) +
               " windows of size " + std::to_string(spec.size_ms) + " ms that advance by " +
               std::to_string(spec.advance_ms) + " ms. At most " + std::to_string(kWindowsARowMax) +
               " are possible: make ADVANCE BY longer or SIZE shorter.");
    }
    const int64_t default_grace =
        emit == sql::EmitKind::kFinal ? 0 : std::max<int64_t>(kDayMs - spec.size_ms, 0);
    spec.grace_ms = std::min(clause.grace_ms.value_or(default_grace), sql::kForeverMs);
    if (spec.grace_ms < 0) refuse("Grace period must not be negative");
    const int64_t least = std::min(spec.size_ms + spec.grace_ms, sql::kForeverMs);
    spec.retention_ms = std::min(clause.retention_ms.value_or(least), sql::kForeverMs);
    if (spec.retention_ms < least) {
        refuse(
            "The retention period of the window store must be no smaller than its window size plus "
            "the grace "
            "period. Got size=[" +
            std::to_string(spec.size_ms) + "], grace=[" + std::to_string(spec.grace_ms) +
            "], retention=[" + std::to_string(spec.retention_ms) + "]");
    }
    return spec;
}

bool is_window_bound(const std::string& name) {
    return name == pseudo::kWindowstart || name == pseudo::kWindowend;
}

/// Collects the aggregate calls of a query and rewrites its expressions to the aggregation's
/// output.
class Aggregation {
public:
    Aggregation(const Analysis& analysis, const StepBuilder& builder,
                std::vector<NamedExpression> keys)
        : analysis_(analysis), builder_(builder), keys_(std::move(keys)) {}

    /// The expression over key columns and KSQL_AGG_VARIABLE_n. Columns that are neither go to
    /// `stray`.
    sql::ExpressionPtr over_output(const sql::ExpressionPtr& expression, bool windows_allowed,
                                   std::vector<std::string>& stray) {
        return rewrite(expression, [&](const sql::ExpressionPtr& node) -> sql::ExpressionPtr {
            for (const auto& key : keys_) {
                if (sql::same_expression(key.expression, node)) return column_expression(key.name);
            }
            if (is_aggregate_call(node, builder_.functions())) return add_call(node);
            if (const std::string* column = plain_column(node)) {
                if (is_window_bound(*column) && analysis_.query.window) {
                    if (windows_allowed) return node;
                    refuse_window_bound(*column);
                }
                stray.push_back(*column);
                return node;
            }
            return nullptr;
        });
    }

    const std::vector<sql::ExpressionPtr>& calls() const { return calls_; }

    [[noreturn]] static void refuse_window_bound(const std::string& name) {
        refuse("Window bounds column " + name +
               " can only be used in the SELECT clause of windowed aggregations and can not be "
               "passed to "
               "aggregate functions.\nSee https://github.com/confluentinc/ksql/issues/4397");
    }

private:
    sql::ExpressionPtr add_call(const sql::ExpressionPtr& node) {
        for (const auto& child : sql::children(*node)) {
            sql::visit_expressions(child, [&](const sql::ExpressionPtr& inner) {
                if (is_aggregate_call(inner, builder_.functions())) {
                    refuse("Aggregate functions can not be nested: " + node->as<sql::Call>()->name +
                           "(" + inner->as<sql::Call>()->name + "())");
                }
                const std::string* column = plain_column(inner);
                if (column && is_window_bound(*column) && analysis_.query.window)
                    refuse_window_bound(*column);
            });
        }
        for (size_t i = 0; i < calls_.size(); ++i) {
            if (sql::same_expression(calls_[i], node)) return column_expression(variable(i));
        }
        calls_.push_back(node);
        return column_expression(variable(calls_.size() - 1));
    }

    static std::string variable(size_t index) {
        return "KSQL_AGG_VARIABLE_" + std::to_string(index);
    }

    const Analysis& analysis_;
    const StepBuilder& builder_;
    std::vector<NamedExpression> keys_;
    std::vector<sql::ExpressionPtr> calls_;
};

void check_group_by(const Analysis& analysis, const StepBuilder& builder) {
    const auto& expressions = analysis.query.group_by;
    for (size_t i = 0; i < expressions.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (sql::same_expression(expressions[i], expressions[j])) {
                refuse("Duplicate GROUP BY expression: " + sql::print(expressions[i]));
            }
        }
        sql::visit_expressions(expressions[i], [&](const sql::ExpressionPtr& node) {
            if (!is_aggregate_call(node, builder.functions())) return;
            refuse("GROUP BY does not support aggregate functions: " + node->as<sql::Call>()->name +
                   " is an aggregate function.");
        });
    }
}

std::string distinct_list(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

/// Arguments as plain columns of the step before the aggregation: whatever is more is computed by
/// `prepare`.
sql::ExpressionPtr prepare_arguments(const sql::ExpressionPtr& call, size_t num_columns,
                                     SelectStep& prepare,
                                     std::vector<sql::ExpressionPtr>& computed) {
    std::vector<sql::ExpressionPtr> arguments = sql::children(*call);
    auto column_for = [&](const std::string& name, const sql::ExpressionPtr& expression) {
        for (const auto& value : prepare.values) {
            if (value.name == name) return column_expression(name);
        }
        prepare.values.push_back({name, expression});
        return column_expression(name);
    };
    for (size_t i = 0; i < arguments.size() && i < num_columns; ++i) {
        const std::string* column = plain_column(arguments[i]);
        if (column && !is_system_column(*column)) {
            arguments[i] = column_for(*column, arguments[i]);
            continue;
        }
        size_t index = 0;
        while (index < computed.size() && !sql::same_expression(computed[index], arguments[i]))
            ++index;
        if (index == computed.size()) computed.push_back(arguments[i]);
        arguments[i] = column_for("KSQL_INTERNAL_COL_" + std::to_string(index), arguments[i]);
    }
    return sql::with_children(*call, arguments);
}

StepPtr add_aggregate(const Analysis& analysis, const StepBuilder& builder, const StepPtr& grouped,
                      const std::vector<sql::ExpressionPtr>& calls) {
    SelectStep prepare;
    const FormatTraits& state_format =
        require_format(analysis.sources.front().source->value_format.name);
    for (const auto& field : grouped->schema.key) prepare.key_names.push_back(field.name);
    AggregateStep node;
    std::vector<sql::ExpressionPtr> computed;
    const ColumnScope scope = StepBuilder::scope_of(*grouped);
    for (size_t i = 0; i < calls.size(); ++i) {
        ResolvedAggregate resolved = builder.resolve_aggregate(calls[i], scope);
        // The state is kept in the source's format, which may know no nested types.
        if (resolved.function->nested_state() && !state_format.nested_types) {
            refuse(
                "One of the functions used in the statement has an intermediate type that the "
                "value format can not handle. Please remove the function or change the format.");
        }
        node.calls.push_back(
            {"KSQL_AGG_VARIABLE_" + std::to_string(i),
             prepare_arguments(calls[i], resolved.argument_types.size(), prepare, computed)});
    }
    // A record of no columns is hard to tell from none in some formats.
    if (prepare.values.empty()) {
        prepare.values.push_back(
            {"KSQL_INTERNAL_COL_0",
             sql::make_expression(sql::Literal{Value(int32_t{1}), SqlType::integer()})});
    }
    if (analysis.query.window)
        node.window = window_spec(*analysis.query.window, analysis.query.emit);
    node.emit_final = analysis.query.emit == sql::EmitKind::kFinal;
    node.store = "Aggregate-Aggregate-Materialize";
    node.pairs = analysis.query.having != nullptr;
    StepPtr prepared = builder.make(std::move(prepare), "Aggregate/Prepare", {grouped});
    return builder.make(std::move(node), "Aggregate/Aggregate", {prepared});
}

void check_table_source(const StepBuilder& builder, const Step& input,
                        const std::vector<sql::ExpressionPtr>& calls) {
    std::vector<std::string> names;
    const ColumnScope scope = StepBuilder::scope_of(input);
    for (const auto& call : calls) {
        ResolvedAggregate resolved = builder.resolve_aggregate(call, scope);
        const std::string& name = call->as<sql::Call>()->name;
        if (!resolved.function->can_remove() &&
            std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    if (!names.empty()) {
        refuse("The aggregation function" + std::string(names.size() > 1 ? "s " : " ") +
               join_words(names, "and") +
               " cannot be applied to a table source, only to a stream source.");
    }
}

}  // namespace

StepPtr build_aggregation(const Analysis& analysis, const StepBuilder& builder, StepPtr input,
                          std::vector<SelectColumn>& select) {
    const sql::Query& query = analysis.query;
    check_group_by(analysis, builder);
    if (input->is_table && query.window) refuse("Windowing not supported for table aggregations.");
    std::vector<NamedExpression> keys = name_keys(analysis, query.group_by, select);
    if (query.group_by.empty()) {
        keys.push_back({"KSQL_COL_ALL",
                        sql::make_expression(sql::Literal{Value(int32_t{1}), SqlType::integer()})});
    }

    Aggregation aggregation(analysis, builder, keys);
    std::vector<std::string> stray_items;
    for (auto& column : select) {
        std::vector<std::string> stray;
        sql::ExpressionPtr before = column.expression;
        column.expression = aggregation.over_output(before, true, stray);
        if (!stray.empty()) stray_items.push_back(sql::print(before));
    }
    sql::ExpressionPtr having;
    std::vector<std::string> stray_having;
    sql::ExpressionPtr having_before = analysis.to_step(query.having);
    if (query.having) having = aggregation.over_output(having_before, false, stray_having);
    if (aggregation.calls().empty()) {
        refuse("GROUP BY requires aggregate functions in either the SELECT or HAVING clause.");
    }
    if (!stray_items.empty()) {
        refuse("Non-aggregate SELECT expression(s) not part of GROUP BY: " +
               distinct_list(stray_items) +
               "\nEither add the column(s) to the GROUP BY or remove them from the SELECT.");
    }
    if (!stray_having.empty()) {
        refuse("Non-aggregate HAVING expression not part of GROUP BY: " +
               distinct_list(stray_having));
    }

    if (query.group_by.empty() && analysis.use == QueryUse::kPersistent)
        refuse_ungrouped(aggregation.calls());

    StepPtr grouped = builder.make(GroupByStep{keys}, "Aggregate/GroupBy", {input}, "GROUP BY");
    check_no_map_keys(grouped->schema.key);
    if (input->is_table) check_table_source(builder, *grouped, aggregation.calls());
    if (input->window != WindowType::kNone) refuse_windowed_repartition();
    StepPtr step = add_aggregate(analysis, builder, grouped, aggregation.calls());
    if (query.emit == sql::EmitKind::kFinal && !query.window) {
        refuse("EMIT FINAL is only supported for windowed aggregations.");
    }
    if (having) {
        // Aggregates are shown as they were written.
        try {
            step = builder.make(FilterStep{having}, "Aggregate/HavingFilter", {step}, "HAVING");
        } catch (const StatementError& error) {
            std::string message = error.what();
            for (size_t i = aggregation.calls().size(); i-- > 0;) {
                std::string name = "KSQL_AGG_VARIABLE_" + std::to_string(i);
                std::string text = sql::print(aggregation.calls()[i]);
                for (size_t at; (at = message.find(name)) != std::string::npos;) {
                    message.replace(at, name.size(), text);
                }
            }
            throw error.reworded(message);
        }
    }
    return step;
}

}  // namespace millrace::plan
