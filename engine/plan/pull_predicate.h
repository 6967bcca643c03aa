// WHERE of a pull query on a table: which keys it looks up and which windows it bounds.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/analysis.h"
#include "engine/plan/planner.h"

namespace millrace::plan {

/// Fills in keys and window bounds. `where` is over the table's columns, or null. Throws
/// StatementError with ksqlDB's texts for what a pull query's WHERE may not contain.
void analyze_pull_predicate(const sql::ExpressionPtr& where, const PlanningContext& context,
                            const ConstantValue& evaluate, PullPlan& plan);

/// `message`, where to read more, and the hint that a push query may have been meant.
std::string pull_refusal(const std::string& message);

}  // namespace millrace::plan
