// What CREATE OR REPLACE … AS may change about a running query: only what leaves the meaning of its
// stored state and of its internal topics as it is.
#pragma once

#include <memory>

#include "engine/plan/steps.h"

namespace millrace::plan {

/// Throws StatementError when `next` cannot go on where `current` stands. The sinks' schemas are
/// check_upgrade()'s business.
void check_query_upgrade(const PhysicalPlan& current, const PhysicalPlan& next);

/// `next` with new names for those of its stores whose rows are laid out differently in `current`,
/// so that no row is read in another layout than it was written in.
std::shared_ptr<const PhysicalPlan> keep_stores_apart(std::shared_ptr<const PhysicalPlan> next,
                                                      const PhysicalPlan& current);

}  // namespace millrace::plan
