// Function calls, lambdas and interval units.
#include <algorithm>

#include "engine/plan/bind/binder.h"

namespace millrace::plan {

using Kind = BoundExpression::Kind;

BoundPtr Binder::on(const sql::Call& node, const sql::ExpressionPtr& e) {
    return call(node.name, node.arguments, e);
}

BoundPtr Binder::call(const std::string& name, const std::vector<sql::ExpressionPtr>& arguments,
                      const sql::ExpressionPtr& e) {
    std::vector<BoundPtr> bound(arguments.size());
    std::vector<ArgumentType> types(arguments.size());
    for (size_t i = 0; i < arguments.size(); ++i) {
        ArgumentType& type = types[i];
        if (const auto* lambda = arguments[i]->as<sql::Lambda>()) {
            type.is_lambda = true;
            type.lambda_parameters = lambda->parameters.size();
            type.lambda_result = [this, lambda, &argument = arguments[i]](
                                     const std::vector<SqlTypePtr>& parameter_types) {
                return bind_lambda(*lambda, parameter_types, argument)->children[0]->type;
            };
            continue;
        }
        bound[i] = bind(arguments[i]);
        type.type = bound[i]->type;
        type.is_interval_unit = bound[i]->kind == Kind::kIntervalUnit;
        type.is_literal = bound[i]->kind == Kind::kConstant;
        if (type.is_literal) type.literal = bound[i]->constant;
        type.text = sql::print(arguments[i]);
    }

    ResolvedScalar resolved;
    try {
        resolved = options_.functions->resolve_scalar(name, types);
    } catch (StatementError& error) {
        throw error.at(e->position);
    }
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (types[i].is_lambda) {
            bound[i] = bind_lambda(*arguments[i]->as<sql::Lambda>(), resolved.lambda_types[i],
                                   arguments[i]);
        } else if (resolved.argument_types[i]) {
            bound[i] = cast_to(bound[i], resolved.argument_types[i]);
        }
    }
    auto out = make_node(Kind::kCall, resolved.result, std::move(bound), e->position);
    out->text = name;
    out->function = std::make_shared<const ResolvedScalar>(std::move(resolved));
    return folded(std::move(out));
}

BoundPtr Binder::bind_lambda(const sql::Lambda& lambda, const std::vector<SqlTypePtr>& types,
                             const sql::ExpressionPtr& e) {
    for (const std::string& name : lambda.parameters) {
        if (scope_.find(name) >= 0)
            fail("Lambda function argument can't be a column name: " + name, e);
        for (const Frame& frame : frames_)
            if (std::find(frame.names->begin(), frame.names->end(), name) != frame.names->end())
                fail("Reusing lambda arguments in nested lambda is not allowed", e);
    }
    frames_.push_back({&lambda.parameters, types});
    BoundPtr body;
    try {
        body = bind(lambda.body);
    } catch (...) {
        frames_.pop_back();
        throw;
    }
    frames_.pop_back();
    auto out = make_node(Kind::kLambda, nullptr, {body}, e->position);
    out->lambda_parameters = types;
    return out;
}

BoundPtr Binder::on(const sql::Lambda&, const sql::ExpressionPtr& e) {
    fail("A lambda can only be an argument of a function that takes one: " + sql::print(e), e);
}

BoundPtr Binder::on(const sql::LambdaVariable& node, const sql::ExpressionPtr& e) {
    for (size_t depth = 0; depth < frames_.size(); ++depth) {
        const Frame& frame = frames_[frames_.size() - 1 - depth];
        auto found = std::find(frame.names->begin(), frame.names->end(), node.name);
        if (found == frame.names->end()) continue;
        auto index = static_cast<size_t>(found - frame.names->begin());
        auto out = make_node(Kind::kLambdaVariable, frame.types[index], {}, e->position);
        out->column = static_cast<int>(index);
        out->lambda_depth = static_cast<int>(depth);
        return out;
    }
    fail("Unknown lambda parameter: " + node.name, e);
}

BoundPtr Binder::on(const sql::IntervalUnit& node, const sql::ExpressionPtr& e) {
    auto out = make_node(Kind::kIntervalUnit, nullptr, {}, e->position);
    out->text = node.unit;
    return out;
}

}  // namespace millrace::plan
