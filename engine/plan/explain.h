// Plans as text, for EXPLAIN: the steps from the sink down, and the sub-topologies with their
// topics and stores.
#pragma once

#include <string>

#include "engine/plan/steps.h"
#include "engine/plan/subtopology.h"

namespace millrace::plan {

/// One line a step: ` > [ PROJECT ] | Schema: ID STRING KEY, N BIGINT | Logger: CTAS_X_1.Project`.
std::string explain_plan(const PhysicalPlan& plan);

/// Sub-topologies in the manner of Kafka Streams' description.
std::string explain_topology(const PhysicalPlan& plan, const std::string& service_id);

}  // namespace millrace::plan
