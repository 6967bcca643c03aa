// Physical plans as JSON text: what the command log keeps. The form is versioned
// (PhysicalPlan::version); a newer version than ours is refused, so that an older server never
// guesses what a plan means.
#pragma once

#include <string>

#include "engine/plan/steps.h"

namespace millrace::plan {

std::string plan_to_json(const PhysicalPlan& plan);
/// Throws StatementError(kServer) when the text is no plan, or of a newer version.
PhysicalPlan plan_from_json(const std::string& text);

}  // namespace millrace::plan
