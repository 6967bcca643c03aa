// Where a query's inputs start when nothing has been committed.
#pragma once

#include "engine/plan/subtopology.h"

namespace millrace {

/// The query's `auto.offset.reset`, or streams at the end and tables at the beginning; internal topics and tables in
/// joins always at the beginning.
bool starts_earliest(const plan::SubTopologyInput& input, const plan::PhysicalPlan& plan);

}  // namespace millrace
