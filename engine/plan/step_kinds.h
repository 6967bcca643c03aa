// What is to be known of a step by its kind, beside its fields (steps_json.cpp), its schema
// (derive.cpp) and its operator (exec/make_operator.cpp). Each is a visit that names every kind: a
// new one does not compile until it is in all of them.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/steps.h"

namespace millrace::plan {

/// Where a step stands when a plan is cut into sub-topologies.
enum class StepPlace {
    kStart,   ///< It reads a topic.
    kInside,  ///< Rows come from its inputs and go to the step above it.
    kCut,     ///< It ends the sub-topology below it and starts the one above it.
    kEnd,     ///< Rows leave the query.
};
StepPlace place_of(const Step& step);

/// How many steps it stands over.
size_t num_inputs(const Step& step);

/// A store that a step keeps. A windowed one forgets what is older than its retention.
struct StepStore {
    std::string name;
    bool windowed = false;
    int64_t retention_ms = 0;
    /// EMIT FINAL: its windows, of this kind, are also found in the order in which they close.
    WindowType closing = WindowType::kNone;
};
std::vector<StepStore> stores_of(const Step& step);

/// The stores in which the step finds every row of the table that it gives: one, or of a join's
/// table both sides', where a row is what the sides have of its key. Empty: it keeps no such table.
std::vector<std::string> table_stores(const Step& step);

}  // namespace millrace::plan
