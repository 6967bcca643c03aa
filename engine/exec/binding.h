// Expressions of a step, bound to its input and compiled. Used while operators are built.
#pragma once

#include <string>

#include "engine/exec/expression/expression.h"
#include "engine/functions/registry.h"
#include "engine/plan/bind/bound_expression.h"
#include "engine/plan/steps.h"

namespace millrace::exec {

/// What the expressions of one step see: its input's columns. Throws StatementError from bind and
/// compile.
class Binding {
public:
    Binding(const plan::Step& input, const FunctionRegistry& functions, const EvalEnv& env);

    plan::BoundPtr bind(const sql::ExpressionPtr& expression) const;
    ExpressionPtr compile(const sql::ExpressionPtr& expression) const;
    /// The expressions of one operator, which share what they have in common.
    ExpressionSet compile_set(const std::vector<plan::NamedExpression>& named) const;
    /// Made `type` by a cast where it is of another one.
    plan::BoundPtr bound_as(const plan::BoundPtr& bound, const SqlTypePtr& type) const;

    const FunctionRegistry& functions() const { return functions_; }
    const EvalEnv& env() const { return env_; }
    const plan::ColumnScope& scope() const { return scope_; }

private:
    const FunctionRegistry& functions_;
    const EvalEnv& env_;
    plan::ColumnScope scope_;
    plan::BindOptions options_;
};

}  // namespace millrace::exec
