#include "engine/plan/step_builder.h"

#include "engine/base/error.h"

namespace millrace::plan {

const std::string* plain_column(const sql::ExpressionPtr& expression) {
    const auto* column = expression ? expression->as<sql::ColumnRef>() : nullptr;
    return column && !column->source ? &column->name : nullptr;
}

sql::ExpressionPtr column_expression(const std::string& name) {
    return sql::make_expression(sql::ColumnRef{std::nullopt, name});
}

void add_column_names(const sql::ExpressionPtr& expression, std::vector<std::string>& names) {
    const auto add = [&](const sql::ExpressionPtr& node) {
        if (const auto* column = node->as<sql::ColumnRef>()) names.push_back(column->name);
    };
    sql::visit_expressions(expression, add);
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

ColumnScope StepBuilder::scope_of(const Step& input) {
    return {input.schema, input.window != WindowType::kNone};
}

BoundPtr StepBuilder::bind(const sql::ExpressionPtr& expression, const ColumnScope& scope,
                           const std::string& clause) const {
    return plan::bind(expression, scope, bind_options(clause));
}

void StepBuilder::check_condition(const sql::ExpressionPtr& condition, const Step& input,
                                  const std::string& clause) const {
    bind_condition(condition, scope_of(input), bind_options(clause));
}

BindOptions StepBuilder::bind_options(const std::string& clause) const {
    BindOptions options;
    options.functions = context_.functions;
    options.clause = clause;
    options.config = context_.config;
    return options;
}

SqlTypePtr StepBuilder::type_of(const sql::ExpressionPtr& expression, const ColumnScope& scope,
                                const std::string& clause) const {
    BoundPtr bound = bind(expression, scope, clause);
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
                                        const ColumnScope& scope) const {
    BoundPtr bound = bind(argument, scope, "SELECT");
    ArgumentType type;
    type.type = bound->type;
    type.is_literal = bound->kind == BoundExpression::Kind::kConstant;
    if (type.is_literal) type.literal = bound->constant;
    type.text = sql::print(argument);
    return type;
}

ResolvedAggregate StepBuilder::resolve_aggregate(const sql::ExpressionPtr& expression,
                                                 const ColumnScope& scope) const {
    const auto* call = expression->as<sql::Call>();
    if (!call) refuse(ErrorKind::kServer, "its aggregate is no call");
    std::vector<ArgumentType> arguments;
    if (call->star || call->arguments.empty()) {
        arguments.emplace_back();
        arguments.back().type = SqlType::bigint();
    }
    for (const auto& argument : call->arguments)
        arguments.push_back(argument_type(argument, scope));
    return functions().resolve_aggregate(call->name, arguments);
}

}  // namespace millrace::plan
