// Physical plans as JSON text: what the command log keeps. The form is versioned
// (PhysicalPlan::version); a newer version than ours is refused, so that an older server never
// guesses what a plan means.
#pragma once

#include <string>

#include "engine/plan/steps.h"

namespace millrace::plan {

std::string plan_to_json(const PhysicalPlan& plan);
/// One step of it, with what it reads from.
std::string step_to_json(const Step& step);
/// Throws DamagedBytes when the text is no plan, StatementError(kServer) when it is one of a newer
/// version. That it can be run is told by check_plan() (check_plan.h).
PhysicalPlan plan_from_json(const std::string& text);

}  // namespace millrace::plan
