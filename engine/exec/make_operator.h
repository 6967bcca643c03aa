// Which operator works as which kind of step.
#pragma once

#include "engine/exec/operator.h"
#include "engine/plan/steps.h"

namespace millrace::exec {

/// Null: rows pass through as they are read or written. `step`, `functions` and `env` outlive the
/// operator. Throws StatementError when an expression does not bind (a plan of another version).
OperatorPtr make_operator(const plan::Step& step, const FunctionRegistry& functions,
                          const EvalEnv& env);

}  // namespace millrace::exec
