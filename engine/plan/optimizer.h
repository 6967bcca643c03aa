// Rewrites of the logical plan that keep its meaning: a list of named passes, each of which can be
// switched off (property millrace.optimizer.disabled, names separated by commas) and after each of
// which the plan is verified.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/step_builder.h"

namespace millrace::plan {

struct OptimizerPass {
    std::string name;
    StepPtr (*apply)(const StepPtr& root, const StepBuilder& builder);
};

/// In the order in which they run.
const std::vector<OptimizerPass>& optimizer_passes();

StepPtr optimize(StepPtr root, const StepBuilder& builder);

/// Every step's schema follows from its inputs, and every expression binds. Ends the process when
/// not: that is our mistake, not the user's.
void verify(const StepPtr& root, const StepBuilder& builder, const std::string& pass);

StepPtr push_filters_down(const StepPtr& root, const StepBuilder& builder);
StepPtr drop_needless_rekeys(const StepPtr& root, const StepBuilder& builder);
StepPtr prune_columns(const StepPtr& root, const StepBuilder& builder);
StepPtr merge_projections(const StepPtr& root, const StepBuilder& builder);

}  // namespace millrace::plan
