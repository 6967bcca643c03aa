// The planner may not include exec, yet some constants have to be evaluated while planning: whoever
// sets up a planning context hands in exec::evaluate_constant as this function.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/types/value.h"

namespace millrace::plan {

struct BoundExpression;

/// The value of an expression without columns; nothing when evaluating it fails.
using ConstantEvaluator =
    std::function<std::optional<Value>(const std::shared_ptr<const BoundExpression>&)>;

}  // namespace millrace::plan
