// Plans come back out of a topic, where anybody may have written them. Reading (steps_json.h) says
// that one has the form of a plan; this says that it is one which operators can be built from and
// run. Pure; any thread.
#pragma once

#include "engine/config/config.h"
#include "engine/functions/registry.h"
#include "engine/plan/steps.h"

namespace millrace::plan {

/// Throws StatementError(kServer) with the step at fault and the rule that it breaks. `config`:
/// what the query runs with. What later code takes for granted of a plan is checked here and in
/// derive().
void check_plan(const PhysicalPlan& plan, const FunctionRegistry& functions, const Config& config);

}  // namespace millrace::plan
