#include "engine/exec/binding.h"

namespace millrace::exec {

Binding::Binding(const plan::Step& input, const FunctionRegistry& functions, const EvalEnv& env)
    : functions_(functions), env_(env), scope_(input.schema, input.window != WindowType::kNone) {
    options_.functions = &functions;
    options_.config = env.config;
}

plan::BoundPtr Binding::bind(const sql::ExpressionPtr& expression) const {
    return plan::bind(expression, scope_, options_);
}

ExpressionPtr Binding::compile(const sql::ExpressionPtr& expression) const {
    return exec::compile(bind(expression), env_);
}

ExpressionSet Binding::compile_set(const std::vector<plan::NamedExpression>& named) const {
    std::vector<plan::BoundPtr> bound;
    for (const plan::NamedExpression& one : named) bound.push_back(bind(one.expression));
    return {bound, env_};
}

plan::BoundPtr Binding::bound_as(const plan::BoundPtr& bound, const SqlTypePtr& type) const {
    if (same_type(bound->type, type)) return bound;
    auto cast = std::make_shared<plan::BoundExpression>();
    cast->kind = plan::BoundExpression::Kind::kCast;
    cast->type = type;
    cast->children = {bound};
    cast->position = bound->position;
    return cast;
}

}  // namespace millrace::exec
