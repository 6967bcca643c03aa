#include "engine/plan/analysis.h"

#include <algorithm>
#include <set>

#include "engine/base/error.h"
#include "engine/base/nearest.h"
#include "engine/sql/parser.h"

namespace millrace::plan {
namespace {

/// ksqlDB checks the part ahead of a dot while it builds the statement from its text.
[[noreturn]] void refuse_alias(const std::string& alias, Position position) {
    refuse(Stage::kPrepare, ErrorKind::kStatement,
           "'" + alias + "' is not a valid stream/table name or alias.", position);
}

bool has_column(const AnalyzedSource& source, const std::string& name) {
    if (source.names.contains(name)) return true;
    if (name == pseudo::kWindowstart || name == pseudo::kWindowend)
        return source.source->windowed();
    return is_system_column(name);
}

std::vector<const AnalyzedSource*> owners_of(const std::string& column, const Analysis& analysis) {
    std::vector<const AnalyzedSource*> owners;
    for (const auto& source : analysis.sources) {
        if (has_column(source, column)) owners.push_back(&source);
    }
    return owners;
}

/// Looks names up and qualifies them, clause by clause. REQUIRES: check_qualifiers.
class Qualifier {
public:
    Qualifier(const Analysis& analysis, const PlanningContext& context)
        : analysis_(analysis), context_(context) {}

    /// WINDOWSTART and WINDOWEND are the aggregation's own: there for SELECT only.
    bool own_window = false;

    sql::ExpressionPtr qualify(const sql::ExpressionPtr& expression,
                               const std::string& clause) const {
        if (!expression) return nullptr;
        return rewrite(expression, [&](const sql::ExpressionPtr& node) -> sql::ExpressionPtr {
            const auto* column = node->as<sql::ColumnRef>();
            return column ? qualify_column(*column, node, clause) : nullptr;
        });
    }

private:
    sql::ExpressionPtr qualify_column(const sql::ColumnRef& column, const sql::ExpressionPtr& node,
                                      const std::string& clause) const {
        if (column.source) {
            const AnalyzedSource* source = analysis_.find(*column.source);
            if (!source) refuse_alias(*column.source, node->position);
            if (is_own_bound(column)) return own_bound(column, node, clause);
            if (!has_column(*source, column.name)) unresolved(column, node, clause);
            return sql::make_expression(sql::ColumnRef{source->alias, column.name}, node->position);
        }
        if (is_own_bound(column)) return own_bound(column, node, clause);
        const std::vector<const AnalyzedSource*> found = owners_of(column.name, analysis_);
        if (found.empty()) {
            // The key that a join makes up has no source.
            if (analysis_.is_join() && column.name.rfind("ROWKEY", 0) == 0) return node;
            unresolved(column, node, clause);
        }
        return sql::make_expression(sql::ColumnRef{found.front()->alias, column.name},
                                    node->position);
    }

    bool is_own_bound(const sql::ColumnRef& column) const {
        // In a join the bounds could only be a source's.
        return own_window && !analysis_.is_join() &&
               (column.name == pseudo::kWindowstart || column.name == pseudo::kWindowend);
    }

    static sql::ExpressionPtr own_bound(const sql::ColumnRef& column,
                                        const sql::ExpressionPtr& node, const std::string& clause) {
        if (clause == "SELECT")
            return sql::make_expression(sql::ColumnRef{std::nullopt, column.name}, node->position);
        if (clause == "WHERE") {
            refuse("Error in WHERE expression: Unknown column " + column.name + ".",
                   node->position);
        }
        refuse("Window bounds column " + column.name +
                   " can only be used in the SELECT clause of windowed aggregations and can not be "
                   "passed to aggregate functions.\nSee "
                   "https://github.com/confluentinc/ksql/issues/4397",
               node->position);
    }

    [[noreturn]] void unresolved(const sql::ColumnRef& column, const sql::ExpressionPtr& node,
                                 const std::string& clause) const {
        std::string name = column.source ? *column.source + "." + column.name : column.name;
        std::string message =
            place(node->position) + clause + " column '" + name + "' cannot be resolved.";
        if (clause == "PARTITION BY") {
            message += " '" + name +
                       "' must be a column in the source schema since PARTITION BY is applied on "
                       "the input.";
        }
        std::vector<std::string> near = nearest_names(column.name, names_for(column.source), 1);
        if (!near.empty()) message += " Did you mean " + quote_identifier(near.front()) + "?";
        refuse(ErrorKind::kUnknownColumn, message, node->position);
    }

    /// The columns that could have been meant.
    std::vector<std::string> names_for(const std::optional<std::string>& alias) const {
        std::vector<std::string> names;
        for (const auto& source : analysis_.sources) {
            if (alias && source.alias != *alias) continue;
            const Schema& schema = source.source->schema;
            for (const auto* fields : {&schema.key, &schema.value})
                for (const auto& field : *fields) names.push_back(field.name);
        }
        return names;
    }

    const Analysis& analysis_;
    const PlanningContext& context_;
};

AnalyzedSource look_up(const sql::SourceRef& ref, const PlanningContext& context) {
    SourcePtr source = context.catalog->find_source(ref.name);
    if (!source) {
        refuse(Stage::kResolve, ErrorKind::kStatement,
               context.catalog->unknown_source_message(ref.name), ref.position);
    }
    AnalyzedSource out{source, ref.alias.value_or(ref.name), ""};
    const Schema& schema = source->schema;
    out.names.reserve(schema.key.size() + schema.value.size() + schema.headers.size());
    for (const auto& field : schema.key) out.names.insert(field.name);
    for (const auto& field : schema.value) out.names.insert(field.name);
    for (const auto& field : schema.headers) out.names.insert(field.name);
    return out;
}

void check_source_repeats(const Analysis& analysis) {
    for (size_t i = 1; i < analysis.sources.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (analysis.sources[i].source->name != analysis.sources[j].source->name) continue;
            if (analysis.sources.size() > 2) {
                refuse(
                    "N-way joins do not support multiple occurrences of the same source. Source: "
                    "'" +
                    analysis.sources[i].source->name + "'.");
            }
            refuse("Can not join '" + analysis.sources[j].source->name + "' to '" +
                   analysis.sources[i].source->name + "': self joins are not yet supported.");
        }
    }
}

std::set<std::string> aliases_in(const sql::ExpressionPtr& expression) {
    std::set<std::string> found;
    sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
        if (const auto* column = node->as<sql::ColumnRef>()) {
            if (column->source) found.insert(*column->source);
        }
    });
    return found;
}

AnalyzedJoin analyze_join(const sql::Join& join, const sql::ExpressionPtr& on,
                          const Analysis& analysis, size_t index) {
    AnalyzedJoin out;
    out.type = join.type;
    out.within = join.within;
    out.position = join.position;
    if (const auto* logic = on->as<sql::Logic>(); logic && logic->op == sql::LogicOp::kAnd) {
        refuse("Invalid join condition: joins on multiple conditions are not yet supported. Got " +
               sql::print(on) + ".");
    }
    const auto* comparison = on->as<sql::Comparison>();
    if (!comparison) refuse("Unsupported join expression: " + sql::print(on));
    if (comparison->op != sql::CompareOp::kEqual)
        refuse("Only equality join criteria is supported.");
    auto one_source = [&](const sql::ExpressionPtr& side) {
        std::set<std::string> aliases = aliases_in(side);
        if (aliases.size() != 1) {
            refuse("Invalid comparison expression '" + sql::print(side) + "' in join '" +
                   sql::print(on) +
                   "'. Each side of the join comparision must contain references from exactly one "
                   "source.");
        }
        return *aliases.begin();
    };
    std::string left = one_source(comparison->left);
    std::string right = one_source(comparison->right);
    if (left == right) {
        refuse(
            "Each side of the join must reference exactly one source and not the same source. Left "
            "side "
            "references `" +
            left + "` and right references `" + right + "`");
    }
    const std::string& joined = analysis.sources[index + 1].alias;
    if (left != joined && right != joined) {
        refuse("A join criteria is expected to reference the source (`" + joined +
               "`) in the FROM clause, instead the right source references `" + right +
               "` and the left source references `" + left + "`");
    }
    const bool swapped = out.swapped = left == joined;
    out.left = swapped ? comparison->right : comparison->left;
    out.right = swapped ? comparison->left : comparison->right;
    return out;
}

/// The name of an item without alias, or nothing when it gets a generated one.
std::optional<std::string> natural_name(const sql::ExpressionPtr& expression,
                                        const Analysis& analysis) {
    if (const auto* column = expression->as<sql::ColumnRef>()) {
        if (!column->source) return column->name;
        size_t owners = 0;
        for (const auto& source : analysis.sources) owners += has_column(source, column->name);
        if (owners > 1) return *column->source + "_" + column->name;
        return column->name;
    }
    return std::nullopt;
}

/// Fills in the aliases of SELECT items, as ksqlDB generates them.
void name_items(Analysis& analysis) {
    std::set<std::string> used;
    for (const auto& source : analysis.sources) {
        for (const auto& field : source.source->schema.key) used.insert(field.name);
        for (const auto& field : source.source->schema.value) used.insert(field.name);
    }
    std::set<std::string> taken;
    for (const auto& item : analysis.query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item)) {
            if (single->alias) taken.insert(*single->alias);
        }
    }
    int next = 0;
    std::set<std::string> field_names;
    for (auto& item : analysis.query.select) {
        auto* single = std::get_if<sql::SelectItem::Single>(&item.item);
        if (!single || single->alias) continue;
        if (auto name = natural_name(single->expression, analysis)) {
            single->alias = *name;
            continue;
        }
        if (const auto* dereference = single->expression->as<sql::Dereference>()) {
            std::string name = dereference->field;
            for (int i = 1; used.count(name) || taken.count(name) || field_names.count(name); ++i) {
                name = dereference->field + "_" + std::to_string(i);
            }
            field_names.insert(name);
            single->alias = name;
            continue;
        }
        std::string name;
        do {
            name = "KSQL_COL_" + std::to_string(next++);
        } while (used.count(name) || taken.count(name));
        single->alias = name;
    }
}

void check_alias_names(const sql::Query& query, QueryUse use) {
    if (use != QueryUse::kPersistent) return;
    for (const auto& item : query.select) {
        const auto* single = std::get_if<sql::SelectItem::Single>(&item.item);
        if (!single) continue;
        const auto* column = single->expression->as<sql::ColumnRef>();
        // An alias that says what the column is called anyway counts as none.
        // In joins a column without an alias gets its source's name in front.
        if (!single->alias && !query.joins.empty()) continue;
        if (!single->alias || (column && column->name == *single->alias)) {
            if (column && is_system_column(column->name)) {
                refuse("Reserved column name in select: " + quote_identifier(column->name, true) +
                       ". Please remove or alias the column.");
            }
        } else if (is_system_column(*single->alias)) {
            refuse(quote_identifier(*single->alias, true) +
                   " is a reserved column name. You cannot use it as an alias for a column.");
        }
    }
}

/// The aggregate calls of SELECT and HAVING, each once.
std::vector<sql::ExpressionPtr> aggregate_calls(const sql::Query& query,
                                                const FunctionRegistry& functions) {
    std::vector<sql::ExpressionPtr> calls;
    auto look = [&](const sql::ExpressionPtr& node) {
        if (!is_aggregate_call(node, functions)) return;
        for (const auto& call : calls)
            if (sql::same_expression(call, node)) return;
        calls.push_back(node);
    };
    for (const auto& item : query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item))
            sql::visit_expressions(single->expression, look);
    }
    sql::visit_expressions(query.having, look);
    return calls;
}

/// Without a GROUP BY the aggregates are what is wrong, where they are.
void check_window_is_grouped(const Analysis& analysis, const FunctionRegistry& functions) {
    if (!analysis.query.window || !analysis.query.group_by.empty()) return;
    const auto calls = aggregate_calls(analysis.query, functions);
    if (!calls.empty() && analysis.use == QueryUse::kPersistent) refuse_ungrouped(calls);
    refuse("WINDOW clause requires a GROUP BY clause.");
}

void check_clauses(const Analysis& analysis, const PlanningContext& context) {
    const sql::Query& query = analysis.query;
    if (!query.partition_by.empty() && !query.group_by.empty()) {
        refuse("Only one of PARTITION BY and GROUP BY may be used.");
    }
    check_window_is_grouped(analysis, *context.functions);
    if (!query.partition_by.empty() && !analysis.is_join() && analysis.first().source->is_table()) {
        refuse("PARTITION BY is not supported on tables.");
    }
    if (analysis.use == QueryUse::kPersistent) {
        for (const auto& source : analysis.sources) {
            if (source.source->is_table() && source.source->windowed() && !analysis.is_join()) {
                refuse("KSQL does not support persistent queries on windowed tables.");
            }
        }
    }
    std::string unfit, format;
    for (const auto& source : analysis.sources) {
        const FormatTraits& traits = require_format(source.source->value_format.name);
        if (traits.group_by_and_join) continue;
        unfit += (unfit.empty() ? "" : ", ") + source.source->name;
        format = traits.name;
    }
    const char* refused = analysis.is_join()        ? "JOIN"
                          : !query.group_by.empty() ? "GROUP BY"
                                                    : nullptr;
    if (!unfit.empty() && refused) {
        refuse("Source(s) " + unfit + " are using the '" + format +
               "' value format. This format does not yet support " + refused + ".");
    }
}

}  // namespace

std::string place(Position position) {
    if (position.line <= 0) return "";
    return "Line: " + std::to_string(position.line) + ", Col: " + std::to_string(position.column) +
           ": ";
}

sql::ExpressionPtr rewrite(
    const sql::ExpressionPtr& expression,
    const std::function<sql::ExpressionPtr(const sql::ExpressionPtr&)>& change) {
    if (!expression) return nullptr;
    if (sql::ExpressionPtr replacement = change(expression)) return replacement;
    std::vector<sql::ExpressionPtr> before = sql::children(*expression);
    std::vector<sql::ExpressionPtr> after;
    after.reserve(before.size());
    bool changed = false;
    for (const auto& child : before) {
        after.push_back(rewrite(child, change));
        changed = changed || after.back() != child;
    }
    return changed ? sql::with_children(*expression, after) : expression;
}

const AnalyzedSource* Analysis::find(const std::string& alias) const {
    for (const auto& source : sources) {
        if (source.alias == alias) return &source;
    }
    for (const auto& source : sources) {
        if (source.source->name == alias) return &source;
    }
    return nullptr;
}

sql::ExpressionPtr Analysis::to_step(const sql::ExpressionPtr& qualified) const {
    return rewrite(qualified, [&](const sql::ExpressionPtr& node) -> sql::ExpressionPtr {
        const auto* column = node->as<sql::ColumnRef>();
        if (!column || !column->source) return nullptr;
        const AnalyzedSource* source = find(*column->source);
        std::string prefix = source ? source->prefix : "";
        return sql::make_expression(sql::ColumnRef{std::nullopt, prefix + column->name},
                                    node->position);
    });
}

std::set<std::string> Analysis::used_names() const {
    std::set<std::string> used;
    for (const auto& source : sources) {
        for (const auto& field : source.source->schema.key) used.insert(source.prefix + field.name);
        for (const auto& field : source.source->schema.value)
            used.insert(source.prefix + field.name);
    }
    for (const auto& item : query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item)) {
            if (single->alias) used.insert(*single->alias);
        }
    }
    return used;
}

void visit_query_expressions(const sql::Query& query,
                             const std::function<void(const sql::ExpressionPtr&)>& visit) {
    auto look = [&](const sql::ExpressionPtr& expression) {
        if (expression) sql::visit_expressions(expression, visit);
    };
    for (const auto& item : query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item))
            look(single->expression);
        if (const auto* fields = std::get_if<sql::SelectItem::StructStar>(&item.item))
            look(fields->base);
    }
    for (const auto& join : query.joins) look(join.on);
    look(query.where);
    for (const auto& expression : query.group_by) look(expression);
    for (const auto& expression : query.partition_by) look(expression);
    look(query.having);
}

void refuse_ungrouped(const std::vector<sql::ExpressionPtr>& calls) {
    std::string names;
    for (const auto& call : calls)
        names += (names.empty() ? "" : ", ") + call->as<sql::Call>()->name;
    refuse("CREATE TABLE AS SELECT statement does not support aggregate function [" + names +
           "] without a GROUP BY clause.");
}

bool is_aggregate_call(const sql::ExpressionPtr& expression, const FunctionRegistry& functions) {
    const auto* call = expression->as<sql::Call>();
    return call && functions.kind_of(call->name) == FunctionKind::kAggregate;
}

bool is_table_call(const sql::ExpressionPtr& expression, const FunctionRegistry& functions) {
    const auto* call = expression->as<sql::Call>();
    return call && functions.kind_of(call->name) == FunctionKind::kTable;
}

bool contains_aggregate(const sql::ExpressionPtr& expression, const FunctionRegistry& functions) {
    bool found = false;
    sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
        found = found || is_aggregate_call(node, functions);
    });
    return found;
}

namespace {

void qualify_items(Analysis& analysis, const Qualifier& qualifier) {
    for (auto& item : analysis.query.select) {
        if (auto* single = std::get_if<sql::SelectItem::Single>(&item.item)) {
            single->expression = qualifier.qualify(single->expression, "SELECT");
        } else if (auto* fields = std::get_if<sql::SelectItem::StructStar>(&item.item)) {
            fields->base = qualifier.qualify(fields->base, "SELECT");
        } else {
            const auto& star = std::get<sql::SelectItem::Star>(item.item);
            if (star.source && !analysis.find(*star.source))
                refuse_alias(*star.source, item.position);
        }
    }
}

[[noreturn]] void refuse_ambiguous(const std::string& column, Position position,
                                   const std::vector<const AnalyzedSource*>& owners) {
    std::string options;
    for (const auto* source : owners) {
        options += (options.empty() ? "" : ", ") + quote_identifier(source->alias) + "." +
                   quote_identifier(column);
    }
    refuse(place(position) + "Column '" + quote_identifier(column) +
               "' is ambiguous. Could be any of: " + options,
           position);
}

/// Whose a column is, is asked before whether there is one: by the part ahead of the dot, or by
/// there being one source only that has it.
void check_qualifiers(const Analysis& analysis) {
    visit_query_expressions(analysis.query, [&](const sql::ExpressionPtr& node) {
        const auto* column = node->as<sql::ColumnRef>();
        if (column && column->source && !analysis.find(*column->source))
            refuse_alias(*column->source, node->position);
    });
    if (!analysis.is_join()) return;
    visit_query_expressions(analysis.query, [&](const sql::ExpressionPtr& node) {
        const auto* column = node->as<sql::ColumnRef>();
        if (!column || column->source) return;
        const auto owners = owners_of(column->name, analysis);
        if (owners.size() > 1) refuse_ambiguous(column->name, node->position, owners);
    });
}

/// Calls of what is no function at all; which overload fits is found out with the types. WHERE and
/// HAVING are looked at there, as their messages begin in another way.
void check_functions(const Analysis& analysis, const PlanningContext& context) {
    auto check = [&](const sql::ExpressionPtr& expression) {
        sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
            const auto* call = node->as<sql::Call>();
            if (!call || context.functions->kind_of(call->name)) return;
            try {
                context.functions->resolve_scalar(call->name, {});
            } catch (StatementError& error) {
                throw error.at(node->position);
            }
        });
    };
    for (const auto& item : analysis.query.select) {
        if (const auto* single = std::get_if<sql::SelectItem::Single>(&item.item))
            check(single->expression);
    }
    for (const auto& expression : analysis.query.group_by) check(expression);
    for (const auto& expression : analysis.query.partition_by) check(expression);
}

}  // namespace

Analysis analyze(const sql::Query& query, const PlanningContext& context, QueryUse use) {
    Analysis analysis;
    analysis.use = use;
    analysis.query = query;
    analysis.sources.push_back(look_up(query.from, context));
    for (const auto& join : query.joins) analysis.sources.push_back(look_up(join.source, context));
    check_source_repeats(analysis);
    if (analysis.is_join()) {
        for (auto& source : analysis.sources) source.prefix = source.alias + "_";
    }
    analysis.query.from.alias = analysis.first().alias;
    for (size_t i = 0; i < query.joins.size(); ++i) {
        analysis.query.joins[i].source.alias = analysis.sources[i + 1].alias;
    }
    check_alias_names(query, use);
    check_qualifiers(analysis);

    Qualifier qualifier(analysis, context);
    // A windowed source has bounds of its own for the other clauses.
    qualifier.own_window = query.window && !analysis.is_join();
    qualify_items(analysis, qualifier);
    qualifier.own_window = qualifier.own_window && !analysis.first().source->windowed();
    sql::Query& out = analysis.query;
    for (size_t i = 0; i < query.joins.size(); ++i) {
        out.joins[i].on = qualifier.qualify(query.joins[i].on, "JOIN ON");
        analysis.joins.push_back(analyze_join(query.joins[i], out.joins[i].on, analysis, i));
    }
    out.where = qualifier.qualify(query.where, "WHERE");
    for (auto& expression : out.group_by) expression = qualifier.qualify(expression, "GROUP BY");
    for (auto& expression : out.partition_by)
        expression = qualifier.qualify(expression, "PARTITION BY");
    out.having = qualifier.qualify(query.having, "HAVING");
    name_items(analysis);
    check_clauses(analysis, context);
    check_functions(analysis, context);
    return analysis;
}

}  // namespace millrace::plan
