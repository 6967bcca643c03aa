#include "engine/plan/query_builder.h"

#include <algorithm>
#include <set>

#include "engine/base/error.h"
#include "engine/config/get.h"
#include "engine/plan/source_rules.h"
#include "engine/plan/with_properties.h"
#include "engine/types/format_traits.h"

namespace millrace::plan {
namespace {

/// One column of a star: the step's column under the name it gets in the output.
void add_star_source(const AnalyzedSource& source, bool with_window,
                     std::vector<SelectColumn>& out) {
    const Schema& schema = source.source->schema;
    auto add = [&](const std::string& name) {
        out.push_back({source.prefix + name, column_expression(source.prefix + name)});
    };
    for (const auto& field : schema.key) add(field.name);
    if (with_window && source.source->windowed()) {
        add(std::string(pseudo::kWindowstart));
        add(std::string(pseudo::kWindowend));
    }
    for (const auto& field : schema.value) add(field.name);
    for (const auto& field : schema.headers) add(field.name);
}

/// `*` of a join begins with the key that the join has made up.
void add_synthetic_key(const Analysis& analysis, const Step& input,
                       std::vector<SelectColumn>& out) {
    if (!analysis.is_join() || input.schema.key.size() != 1) return;
    const std::string& key = input.schema.key[0].name;
    for (const auto& source : analysis.sources) {
        if (key.rfind(source.prefix, 0) == 0) return;
    }
    out.push_back({key, column_expression(key)});
}

/// `*` behind PARTITION BY: the new key first, then everything else that is not the key already.
void add_star_rekeyed(const Step& input, std::vector<SelectColumn>& out) {
    std::set<std::string> seen;
    for (const auto& field : input.schema.key) {
        seen.insert(field.name);
        out.push_back({field.name, column_expression(field.name)});
    }
    for (const auto& field : input.schema.value) {
        if (seen.insert(field.name).second)
            out.push_back({field.name, column_expression(field.name)});
    }
}

/// The same over a join: source by source its values, what the system knows of its row, its key.
void add_star_rekeyed_join(const Analysis& analysis, const Step& input,
                           std::vector<SelectColumn>& out) {
    std::set<std::string> seen;
    auto add = [&](const std::string& name) {
        if (seen.insert(name).second) out.push_back({name, column_expression(name)});
    };
    for (const auto& field : input.schema.key) add(field.name);
    for (const auto& source : analysis.sources) {
        for (const auto& field : source.source->schema.value) add(source.prefix + field.name);
        for (const auto& name : row_columns()) add(source.prefix + name);
        for (const auto& field : source.source->schema.key) add(source.prefix + field.name);
    }
}

void expand_struct(const Analysis& analysis, const StepBuilder& builder, const Step& input,
                   const sql::SelectItem::StructStar& item, std::vector<SelectColumn>& out) {
    sql::ExpressionPtr base = analysis.to_step(item.base);
    SqlTypePtr type = builder.type_of(base, StepBuilder::scope_of(input), "SELECT");
    if (!type->is(BaseType::kStruct)) {
        refuse("The '->*' operator can only be used on STRUCT columns. " + sql::print(base) +
               " is " + type->to_string());
    }
    for (const auto& field : type->fields()) {
        out.push_back({field.name, sql::make_expression(sql::Dereference{base, field.name})});
    }
}

/// ---- PARTITION BY ----

bool is_null_literal(const sql::ExpressionPtr& expression) {
    const auto* literal = expression->as<sql::Literal>();
    return literal && (!literal->type || literal->value.is_null());
}

StepPtr build_partition_by(const Analysis& analysis, const StepBuilder& builder, StepPtr input,
                           std::vector<NamedExpression>& keys) {
    const auto& expressions = analysis.query.partition_by;
    for (size_t i = 0; i < expressions.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (sql::same_expression(expressions[i], expressions[j])) {
                refuse("Duplicate PARTITION BY expression: " + sql::print(expressions[i]));
            }
        }
        if (is_null_literal(expressions[i]) && expressions.size() > 1) {
            refuse("Cannot PARTITION BY multiple columns including NULL");
        }
    }
    if (input->is_table) refuse("PARTITION BY is not supported on tables.");
    if (input->window != WindowType::kNone) refuse_windowed_repartition();
    if (!is_null_literal(expressions[0])) keys = name_keys(analysis, expressions, {});
    StepPtr step = builder.make(SelectKeyStep{keys}, "PartitionBy", {input}, "PARTITION BY");
    check_no_map_keys(step->schema.key);
    return step;
}

/// ---- table functions ----

/// Which branch is taken is known of a row only, and how many rows there are before it.
void refuse_table_calls_in_case(const sql::ExpressionPtr& expression,
                                const FunctionRegistry& functions) {
    sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
        if (node->as<sql::Case>() == nullptr) return;
        sql::visit_expressions(node, [&](const sql::ExpressionPtr& inner) {
            if (is_table_call(inner, functions))
                refuse("Table functions cannot be used in CASE: " + sql::print(inner));
        });
    });
}

StepPtr build_flat_map(const StepBuilder& builder, StepPtr input,
                       std::vector<SelectColumn>& select) {
    FlatMapStep flat_map;
    std::vector<sql::ExpressionPtr> calls;
    for (auto& column : select) {
        refuse_table_calls_in_case(column.expression, builder.functions());
        column.expression =
            rewrite(column.expression, [&](const sql::ExpressionPtr& node) -> sql::ExpressionPtr {
                if (!is_table_call(node, builder.functions())) return nullptr;
                for (const auto& child : sql::children(*node)) {
                    sql::visit_expressions(child, [&](const sql::ExpressionPtr& inner) {
                        if (is_table_call(inner, builder.functions())) {
                            refuse("Table functions cannot be nested: " + sql::print(node));
                        }
                    });
                }
                for (size_t i = 0; i < calls.size(); ++i) {
                    if (sql::same_expression(calls[i], node))
                        return column_expression(flat_map.functions[i].name);
                }
                calls.push_back(node);
                flat_map.functions.push_back(
                    {"KSQL_SYNTH_" + std::to_string(calls.size() - 1), node});
                return column_expression(flat_map.functions.back().name);
            });
    }
    if (calls.empty()) return input;
    if (input->is_table) refuse("Table source is not supported with table functions");
    return builder.make(std::move(flat_map), "FlatMap", {input});
}

/// ---- the final projection ----

/// A key column of the projection's input and the columns that may stand for it.
struct KeyChoice {
    std::string name;
    std::vector<std::string> equivalents;
};

std::string display(const Analysis& analysis, const std::string& step_name,
                    const std::string& kind) {
    if (kind == "key column" || kind == "grouping expression") return step_name;
    for (const auto& source : analysis.sources) {
        if (source.prefix.empty()) return source.alias + "." + step_name;
        if (step_name.rfind(source.prefix, 0) == 0) {
            return source.alias + "." + step_name.substr(source.prefix.size());
        }
    }
    return step_name;
}

/// A foreign-key join's rows are the left table's: its whole primary key has to be there.
[[noreturn]] void refuse_missing_left_keys(const Analysis& analysis,
                                           const std::vector<KeyChoice>& keys,
                                           const std::vector<size_t>& missing) {
    const AnalyzedSource& left = analysis.first();
    std::string names;
    for (size_t i : missing) {
        names += (names.empty() ? "" : ", ") +
                 quote_identifier(keys[i].name.substr(left.prefix.size()), true);
    }
    const std::string plural = missing.size() > 1 ? "s" : "";
    refuse("Primary key column" + plural +
           " missing in projection. For foreign-key table-table joins, the projection must "
           "include all primary key columns from the left input table (" +
           quote_identifier(left.source->name, true) + "). Missing column" + plural + ": " + names +
           ".");
}

bool on_foreign_key(const Step& step) {
    if (step.as<FilterStep>()) return on_foreign_key(*step.inputs[0]);
    return step.as<ForeignKeyResultStep>() != nullptr;
}

/// `missing`: the keys that the projection lacks; which of them are named depends on the clause.
[[noreturn]] void refuse_missing_keys(const Analysis& analysis, const std::vector<KeyChoice>& keys,
                                      const std::vector<size_t>& missing, const std::string& sink) {
    std::string kind = "key column";
    std::vector<std::string> names;
    if (!analysis.query.group_by.empty()) {
        kind = "grouping expression";
        for (size_t i : missing) {
            names.push_back(i < analysis.query.group_by.size()
                                ? sql::print(analysis.to_step(analysis.query.group_by[i]))
                                : keys[i].name);
        }
    } else if (!analysis.query.partition_by.empty()) {
        kind = "partitioning expression";
        for (const auto& expression : analysis.query.partition_by)
            names.push_back(sql::print(expression));
    } else if (analysis.is_join()) {
        kind = "join expression";
        for (const auto& name : keys[0].equivalents) names.push_back(display(analysis, name, kind));
    } else {
        for (const auto& key : keys) names.push_back(key.name);
    }
    const bool any = kind == "join expression";
    std::string plural = names.size() == 1 ? "" : "s";
    std::string example;
    for (const auto& name : names) {
        example += (example.empty() ? "" : ", ") + name;
        if (any) break;
    }
    // A key that the join makes up belongs to no source.
    const bool synthetic = any && names.size() == 1 && names[0] == keys[0].equivalents[0];
    refuse("Key" + plural + " missing from projection (ie, SELECT). " +
           (any ? "See https://cnfl.io/2LV7ouS." : "") + "\nThe query used to build " +
           quote_identifier(sink, true) + " must include the " + kind + plural + " " +
           join_words(names, any ? "or" : "and") + " in its projection (eg, SELECT " + example +
           "...)." +
           (synthetic ? "\n" + names[0] +
                            " was added as a synthetic key column because the join criteria did "
                            "not match any source column. This expression must be included in the "
                            "projection and may be aliased."
                      : ""));
}

[[noreturn]] void refuse_repeated_key(const Analysis& analysis, const std::string& key,
                                      const std::vector<std::string>& aliases) {
    std::vector<std::string> sorted = aliases, quoted;
    std::sort(sorted.begin(), sorted.end());
    for (const auto& alias : aliases) quoted.push_back(quote_identifier(alias, true));
    std::string head =
        !analysis.query.group_by.empty()
            ? "The projection contains a key column more than once: " + join_words(quoted, "and") +
                  "."
            : "The projection contains a key column (" + quote_identifier(key, true) +
                  ") more than once, aliased as: " + join_words(sorted, "and") + ".";
    refuse(head +
           "\nEach key column must only be in the projection once. If you intended to copy the key "
           "into the "
           "value, then consider using the AS_VALUE function to indicate which key reference "
           "should be copied.");
}

void refuse_duplicates(const std::vector<Field>& fields, const char* which) {
    std::set<std::string> seen;
    for (const auto& field : fields) {
        if (seen.insert(field.name).second) continue;
        refuse(std::string("Duplicate ") + which +
               " columns found in schema: " + quote_identifier(field.name, true) + " " +
               field.type->to_string() + (std::string(which) == "key" ? " KEY" : ""));
    }
}

/// The select column that becomes this key column, or -1. All that name it exactly must be one.
int find_key(const Analysis& analysis, const StepPtr& input, size_t index, const KeyChoice& key,
             const std::vector<SelectColumn>& select) {
    for (const auto& name : key.equivalents) {
        int found = -1;
        std::vector<std::string> aliases;
        for (size_t i = 0; i < select.size(); ++i) {
            const std::string* column = plain_column(select[i].expression);
            if (!column || *column != name) continue;
            if (found < 0) found = static_cast<int>(i);
            aliases.push_back(select[i].name);
        }
        if (aliases.size() > 1) {
            Field field{aliases[0], input->schema.key[index].type};
            if (aliases[0] == aliases[1]) refuse_duplicates({field, field}, "key");
            refuse_repeated_key(analysis, name, aliases);
        }
        if (found >= 0) return found;
    }
    return -1;
}

/// ksqlDB's new planner has a stream's key columns in the order of the projection; other bytes of
/// the key are another partitioning, so the rows are keyed anew.
StepPtr order_keys(const Analysis& analysis, const StepBuilder& builder, const StepPtr& input,
                   const std::vector<SelectColumn>& select) {
    if (!builder.context().config.get<"ksql.new.query.planner.enabled">() || input->is_table ||
        input->schema.key.size() < 2 || input->window != WindowType::kNone || analysis.is_join())
        return input;
    SelectKeyStep keys;
    for (const auto& column : select) {
        const std::string* name = plain_column(column.expression);
        if (name && input->schema.find_key(*name))
            keys.keys.push_back({*name, column_expression(*name)});
    }
    if (keys.keys.size() != input->schema.key.size()) return input;
    bool same = true;
    for (size_t i = 0; i < keys.keys.size(); ++i)
        same = same && keys.keys[i].name == input->schema.key[i].name;
    return same ? input : builder.make(std::move(keys), "PartitionBy", {input}, "PARTITION BY");
}

LogicalQuery project_persistent(const Analysis& analysis, const StepBuilder& builder,
                                const StepPtr& from, const std::vector<SelectColumn>& select,
                                const std::vector<std::string>& equivalents,
                                const std::string& sink) {
    const StepPtr input = order_keys(analysis, builder, from, select);
    std::vector<KeyChoice> keys;
    for (const auto& field : input->schema.key) keys.push_back({field.name, {field.name}});
    if (!equivalents.empty() && keys.size() == 1) keys[0].equivalents = equivalents;
    // Types and the sink's TIMESTAMP are looked at before the keys.
    Schema projected;
    const ColumnScope scope = StepBuilder::scope_of(*input);
    for (const auto& column : select)
        projected.value.push_back(
            {column.name, builder.type_of(column.expression, scope, "SELECT")});
    check_timestamp(analysis.sink_timestamp, projected);
    LogicalQuery out;
    out.output.assign(select.size(), 0);
    SelectStep node;
    std::vector<size_t> missing;
    for (size_t i = 0; i < keys.size(); ++i) {
        int found = find_key(analysis, input, i, keys[i], select);
        if (found < 0) {
            missing.push_back(i);
            continue;
        }
        node.key_names.push_back(select[static_cast<size_t>(found)].name);
        out.output[static_cast<size_t>(found)] = -1;
    }
    if (!missing.empty() && on_foreign_key(*input))
        refuse_missing_left_keys(analysis, keys, missing);
    if (!missing.empty()) refuse_missing_keys(analysis, keys, missing, sink);
    for (size_t i = 0; i < select.size(); ++i) {
        if (out.output[i] < 0) continue;
        out.output[i] = static_cast<int>(node.values.size());
        node.values.push_back({select[i].name, select[i].expression});
    }
    if (node.values.empty()) refuse("The projection contains no value columns.");
    const bool grouped = !analysis.query.group_by.empty();
    out.root = builder.make(std::move(node), grouped ? "Aggregate/Project" : "Project", {input});
    refuse_duplicates(out.root->schema.key, "key");
    refuse_duplicates(out.root->schema.value, "value");
    for (const auto& field : out.root->schema.value) {
        if (out.root->schema.find_key(field.name)) refuse_duplicates({field, field}, "value");
    }
    return out;
}

LogicalQuery project_push(const Analysis& analysis, const StepBuilder& builder,
                          const StepPtr& input, const std::vector<SelectColumn>& select) {
    LogicalQuery out;
    SelectStep node;
    for (const auto& field : input->schema.key) node.key_names.push_back(field.name);
    for (const auto& column : select) {
        out.output.push_back(static_cast<int>(node.values.size()));
        node.values.push_back({column.name, column.expression});
    }
    const bool grouped = !analysis.query.group_by.empty();
    out.root = builder.make(std::move(node), grouped ? "Aggregate/Project" : "Project", {input});
    refuse_duplicates(out.root->schema.value, "value");
    return out;
}

/// Select columns that are the key expression become the key column.
void replace_key_expressions(const std::vector<NamedExpression>& keys,
                             std::vector<SelectColumn>& select) {
    for (auto& column : select) {
        column.expression =
            rewrite(column.expression, [&](const sql::ExpressionPtr& node) -> sql::ExpressionPtr {
                for (const auto& key : keys) {
                    if (sql::same_expression(key.expression, node))
                        return column_expression(key.name);
                }
                return nullptr;
            });
    }
}

}  // namespace

std::string join_words(const std::vector<std::string>& words, const std::string& last) {
    std::string out;
    for (size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? " " + last + " " : ", ";
        out += words[i];
    }
    return out;
}

std::vector<std::string> row_columns() {
    return {std::string(pseudo::kRowtime), std::string(pseudo::kRowpartition),
            std::string(pseudo::kRowoffset)};
}

void refuse_windowed_repartition() {
    refuse(
        "Implicit repartitioning of windowed sources is not supported. See "
        "https://github.com/confluentinc/ksql/issues/4385.");
}

std::vector<NamedExpression> name_keys(const Analysis& analysis,
                                       const std::vector<sql::ExpressionPtr>& keys,
                                       const std::vector<SelectColumn>& select) {
    std::vector<NamedExpression> named;
    std::set<std::string> taken;
    const std::set<std::string> used = analysis.used_names();
    int next = 0;
    for (const auto& key : keys) {
        sql::ExpressionPtr expression = analysis.to_step(key);
        std::string name;
        if (const std::string* column = plain_column(expression)) {
            name = *column;
        } else if (const auto* field = expression->as<sql::Dereference>()) {
            name = field->field;
        } else {
            for (const auto& column : select) {
                if (sql::same_expression(column.expression, expression)) name = column.name;
            }
            while (name.empty()) {
                std::string candidate = "KSQL_COL_" + std::to_string(next++);
                if (!used.count(candidate) && !taken.count(candidate)) name = candidate;
            }
        }
        std::string stem = name;
        for (int i = 1; taken.count(name); ++i) name = stem + "_" + std::to_string(i);
        taken.insert(name);
        named.push_back({name, expression});
    }
    return named;
}

std::vector<SelectColumn> expand_select(const Analysis& analysis, const StepBuilder& builder,
                                        const Step& input) {
    std::vector<SelectColumn> out;
    const bool rekeyed = !analysis.query.partition_by.empty();
    // A join's sides have windows of their own, which are columns of its result like any other.
    const bool with_window = analysis.use != QueryUse::kPersistent || analysis.is_join();
    for (const auto& item : analysis.query.select) {
        if (const auto* star = std::get_if<sql::SelectItem::Star>(&item.item)) {
            if (rekeyed && !analysis.is_join()) {
                add_star_rekeyed(input, out);
            } else if (rekeyed && !star->source) {
                add_star_rekeyed_join(analysis, input, out);
            } else if (star->source) {
                add_star_source(*analysis.find(*star->source), with_window, out);
            } else {
                add_synthetic_key(analysis, input, out);
                for (const auto& source : analysis.sources)
                    add_star_source(source, with_window, out);
            }
        } else if (const auto* fields = std::get_if<sql::SelectItem::StructStar>(&item.item)) {
            expand_struct(analysis, builder, input, *fields, out);
        } else {
            const auto& single = std::get<sql::SelectItem::Single>(item.item);
            out.push_back({*single.alias, analysis.to_step(single.expression)});
        }
    }
    return out;
}

LogicalQuery build_query(const Analysis& analysis, const StepBuilder& builder,
                         const std::string& sink) {
    std::vector<std::string> equivalents;
    StepPtr step = analysis.is_join() ? build_join(analysis, builder, equivalents)
                                      : builder.source(analysis.first(), "KsqlTopic/Source");
    if (analysis.query.where) {
        step = builder.make(FilterStep{analysis.to_step(analysis.query.where)}, "WhereFilter",
                            {step}, "WHERE");
    }
    std::vector<NamedExpression> partition_keys;
    if (!analysis.query.partition_by.empty()) {
        step = build_partition_by(analysis, builder, step, partition_keys);
        equivalents.clear();
    }
    std::vector<SelectColumn> select = expand_select(analysis, builder, *step);
    replace_key_expressions(partition_keys, select);

    bool aggregates =
        analysis.query.having && contains_aggregate(analysis.query.having, builder.functions());
    bool table_functions = false;
    for (const auto& column : select) {
        aggregates = aggregates || contains_aggregate(column.expression, builder.functions());
        sql::visit_expressions(column.expression, [&](const sql::ExpressionPtr& node) {
            table_functions = table_functions || is_table_call(node, builder.functions());
        });
    }
    const bool grouped = aggregates || !analysis.query.group_by.empty();
    if (grouped && table_functions) refuse("Table functions cannot be used with aggregations.");
    if (table_functions) step = build_flat_map(builder, step, select);
    if (grouped) {
        step = build_aggregation(analysis, builder, step, select);
        equivalents.clear();
    } else if (analysis.query.having) {
        refuse("HAVING requires a GROUP BY clause.");
    }
    if (analysis.query.emit == sql::EmitKind::kFinal && !(grouped && analysis.query.window)) {
        refuse("EMIT FINAL is only supported for windowed aggregations.");
    }
    if (analysis.query.emit == sql::EmitKind::kFinal &&
        !builder.context().config.get<"ksql.suppress.enabled">()) {
        refuse(
            "Suppression is currently disabled. You can enable it by setting "
            "ksql.suppress.enabled to true");
    }
    if (analysis.use == QueryUse::kPersistent) {
        return project_persistent(analysis, builder, step, select, equivalents, sink);
    }
    return project_push(analysis, builder, step, select);
}

}  // namespace millrace::plan
