#include "engine/plan/step_builder.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/error.h"

namespace millrace::plan {
namespace {

void add_names(std::vector<Field>& fields, const std::vector<std::string>& names) {
    MR_CHECK(fields.size() == names.size(), "as many key names as key columns");
    for (size_t i = 0; i < names.size(); ++i) fields[i].name = names[i];
}

void inherit(Step& step, const Step& input) {
    step.schema = input.schema;
    step.is_table = input.is_table;
    step.window = input.window;
    step.window_size_ms = input.window_size_ms;
}

WindowType window_type(const WindowSpec& spec) {
    switch (spec.kind) {
        case sql::WindowKind::kTumbling:
            return WindowType::kTumbling;
        case sql::WindowKind::kHopping:
            return WindowType::kHopping;
        case sql::WindowKind::kSession:
            break;
    }
    return WindowType::kSession;
}

}  // namespace

const std::string* join_key_name(const Step& step) {
    if (const auto* join = step.as<StreamTableJoinStep>()) return &join->key_name;
    if (const auto* join = step.as<StreamStreamJoinStep>()) return &join->key_name;
    if (const auto* join = step.as<TableTableJoinStep>()) return &join->key_name;
    return nullptr;
}

const std::string* plain_column(const sql::ExpressionPtr& expression) {
    const auto* column = expression ? expression->as<sql::ColumnRef>() : nullptr;
    return column && !column->source ? &column->name : nullptr;
}

sql::ExpressionPtr column_expression(const std::string& name) {
    return sql::make_expression(sql::ColumnRef{std::nullopt, name});
}

void add_column_names(const sql::ExpressionPtr& expression, std::vector<std::string>& names) {
    sql::visit_expressions(expression, [&](const sql::ExpressionPtr& node) {
        if (const auto* column = node->as<sql::ColumnRef>()) names.push_back(column->name);
    });
}

StepPtr StepBuilder::source(const AnalyzedSource& analyzed, const std::string& name) const {
    const Source& from = *analyzed.source;
    SourceStep node;
    node.kind = from.kind;
    node.source_name = from.name;
    node.topic = from.topic;
    node.declared = from.schema;
    for (size_t i = 0; i < from.schema.value.size(); ++i)
        node.columns.push_back(static_cast<int>(i));
    for (size_t i = 0; i < from.schema.headers.size(); ++i)
        node.headers.push_back(static_cast<int>(i));
    node.key_format = from.key_format;
    node.value_format = from.value_format;
    node.timestamp = from.timestamp;
    node.window = from.window;
    node.window_size_ms = from.window_size_ms;
    node.prefix = analyzed.prefix;
    return make(std::move(node), name, {});
}

StepPtr StepBuilder::make(Step::Node node, const std::string& name, std::vector<StepPtr> inputs,
                          const std::string& clause) const {
    auto step = std::make_shared<Step>();
    step->node = std::move(node);
    step->name = name;
    step->inputs = std::move(inputs);
    derive(*step, clause);
    return step;
}

StepPtr StepBuilder::rebuild(const Step& step, std::vector<StepPtr> inputs) const {
    return make(step.node, step.name, std::move(inputs));
}

BoundPtr StepBuilder::bind(const sql::ExpressionPtr& expression, const Step& input,
                           const std::string& clause) const {
    ColumnScope scope(input.schema, input.window != WindowType::kNone);
    BindOptions options;
    options.functions = context_.functions;
    options.clause = clause;
    options.properties = context_.properties;
    return plan::bind(expression, scope, options);
}

SqlTypePtr StepBuilder::type_of(const sql::ExpressionPtr& expression, const Step& input,
                                const std::string& clause) const {
    BoundPtr bound = bind(expression, input, clause);
    if (!bound->type) {
        refuse(
            "Can't infer a type of null. Please explicitly cast it to a required type, e.g. "
            "CAST(null AS "
            "VARCHAR).",
            expression->position);
    }
    return bound->type;
}

ArgumentType StepBuilder::argument_type(const sql::ExpressionPtr& argument,
                                        const Step& input) const {
    BoundPtr bound = bind(argument, input, "SELECT");
    ArgumentType type;
    type.type = bound->type;
    type.is_literal = bound->kind == BoundExpression::Kind::kConstant;
    if (type.is_literal) type.literal = bound->constant;
    type.text = sql::print(argument);
    return type;
}

ResolvedAggregate StepBuilder::resolve_aggregate(const sql::ExpressionPtr& expression,
                                                 const Step& input) const {
    const auto* call = expression->as<sql::Call>();
    MR_CHECK(call, "an aggregate is a call");
    std::vector<ArgumentType> arguments;
    if (call->star || call->arguments.empty()) {
        arguments.emplace_back();
        arguments.back().type = SqlType::bigint();
    }
    for (const auto& argument : call->arguments)
        arguments.push_back(argument_type(argument, input));
    return functions().resolve_aggregate(call->name, arguments);
}

void StepBuilder::derive(Step& step, const std::string& clause) const {
    const std::vector<StepPtr>& inputs = step.inputs;
    if (step.as<SourceStep>()) {
        derive_source(step);
        return;
    }
    MR_CHECK(!inputs.empty(), "only a source has no input");
    inherit(step, *inputs[0]);
    if (const auto* filter = step.as<FilterStep>()) {
        check_condition(step, *filter, clause);
    } else if (const auto* select = step.as<SelectStep>()) {
        add_names(step.schema.key, select->key_names);
        step.schema.value.clear();
        for (const auto& value : select->values) {
            step.schema.value.push_back(
                {value.name, type_of(value.expression, *inputs[0], clause)});
        }
    } else if (const auto* keys = step.as<SelectKeyStep>()) {
        derive_keys(step, keys->keys, clause);
    } else if (const auto* group = step.as<GroupByStep>()) {
        derive_keys(step, group->keys, clause);
    } else if (const auto* aggregate = step.as<AggregateStep>()) {
        derive_aggregate(step, *aggregate);
    } else if (const std::string* key_name = join_key_name(step)) {
        const Schema& right = inputs[1]->schema;
        if (!key_name->empty()) step.schema.key[0].name = *key_name;
        step.schema.value.insert(step.schema.value.end(), right.value.begin(), right.value.end());
    } else if (const auto* subscribe = step.as<ForeignKeySubscribeStep>()) {
        derive_subscribe(step, *subscribe);
    } else if (const auto* lookup = step.as<ForeignKeyLookupStep>()) {
        derive_lookup(step, *lookup);
    } else if (step.as<ForeignKeyResultStep>()) {
        step.schema.value.pop_back();
    } else if (const auto* flat_map = step.as<FlatMapStep>()) {
        derive_flat_map(step, *flat_map);
    }
}

void StepBuilder::derive_source(Step& step) const {
    const SourceStep& node = *step.as<SourceStep>();
    for (const Field& field : node.declared.key)
        step.schema.key.push_back({node.prefix + field.name, field.type});
    for (int index : node.columns) {
        const Field& field = node.declared.value[static_cast<size_t>(index)];
        step.schema.value.push_back({node.prefix + field.name, field.type});
    }
    for (int index : node.headers) {
        const HeaderField& field = node.declared.headers[static_cast<size_t>(index)];
        step.schema.value.push_back({node.prefix + field.name, field.type});
    }
    step.is_table = node.kind == sql::SourceKind::kTable;
    step.window = node.window;
    step.window_size_ms = node.window_size_ms;
}

void StepBuilder::derive_keys(Step& step, const std::vector<NamedExpression>& keys,
                              const std::string& clause) const {
    const Step& input = *step.inputs[0];
    step.schema.key.clear();
    for (const auto& key : keys) {
        step.schema.key.push_back({key.name, type_of(key.expression, input, clause)});
    }
    for (const Field& old : input.schema.key) step.schema.value.push_back(old);
    step.window = WindowType::kNone;
    step.window_size_ms.reset();
}

void StepBuilder::derive_aggregate(Step& step, const AggregateStep& node) const {
    const Step& input = *step.inputs[0];
    step.schema.value.clear();
    for (const std::string& name : node.carried) {
        const Field* field = input.schema.find_value(name);
        MR_CHECK(field, "a carried column comes from the input");
        step.schema.value.push_back(*field);
    }
    for (const auto& call : node.calls) {
        ResolvedAggregate resolved = resolve_aggregate(call.call, input);
        step.schema.value.push_back({call.name, resolved.function->result_type()});
    }
    step.is_table = true;
    if (node.window) {
        step.window = window_type(*node.window);
        if (step.window != WindowType::kSession) step.window_size_ms = node.window->size_ms;
    }
}

void StepBuilder::derive_subscribe(Step& step, const ForeignKeySubscribeStep& node) const {
    const Schema& input = step.inputs[0]->schema;
    step.schema.key.clear();
    step.schema.value = input.key;
    for (const Field& field : input.value) {
        if (field.name == node.foreign_key) {
            step.schema.key.push_back(field);
        } else {
            step.schema.value.push_back(field);
        }
    }
    MR_CHECK(step.schema.key.size() == 1, "the foreign key is one of the left table's columns");
    step.schema.value.push_back({"KSQL_FK_ACTION", SqlType::integer()});
    step.schema.value.push_back({"KSQL_FK_VERSION", SqlType::bigint()});
    step.is_table = false;
}

void StepBuilder::derive_lookup(Step& step, const ForeignKeyLookupStep& node) const {
    const std::vector<Field>& left = step.inputs[0]->schema.value;
    const std::vector<Field>& right = step.inputs[1]->schema.value;
    const auto keys_end = left.begin() + static_cast<std::ptrdiff_t>(node.num_left_keys);
    step.schema.key.assign(left.begin(), keys_end);
    step.schema.value.assign(keys_end, left.end() - 2);
    step.schema.value.insert(step.schema.value.end(), right.begin(), right.end());
    step.schema.value.push_back(left.back());
    step.is_table = true;
}

void StepBuilder::derive_flat_map(Step& step, const FlatMapStep& node) const {
    const Step& input = *step.inputs[0];
    for (const auto& function : node.functions) {
        const auto* call = function.expression->as<sql::Call>();
        MR_CHECK(call, "a table function is a call");
        std::vector<ArgumentType> arguments;
        for (const auto& argument : call->arguments)
            arguments.push_back(argument_type(argument, input));
        step.schema.value.push_back(
            {function.name, functions().resolve_table(call->name, arguments).element});
    }
}

void StepBuilder::check_condition(const Step& step, const FilterStep& node,
                                  const std::string& clause) const {
    const Step& input = *step.inputs[0];
    ColumnScope scope(input.schema, input.window != WindowType::kNone);
    BindOptions options;
    options.functions = context_.functions;
    options.clause = clause;
    options.properties = context_.properties;
    bind_condition(node.condition, scope, options);
}

}  // namespace millrace::plan
