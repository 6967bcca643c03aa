// From the optimised logical plan to the physical one: repartitions where the key changes, stores
// where rows must be kept, the formats of internal topics.
#pragma once

#include <optional>
#include <string>

#include "engine/plan/step_builder.h"

namespace millrace::plan {

struct LoweringOptions {
    /// Tables read outside joins keep their rows (persistent queries: they may be pulled).
    bool keep_tables = false;
};

StepPtr lower(const StepPtr& root, const StepBuilder& builder, const LoweringOptions& options);

/// The key format of the step's rows: the source's, or that of the last repartition.
FormatInfo key_format_of(const StepPtr& step);
/// The left-most source below the step.
const SourceStep& leftmost_source(const StepPtr& step);
/// A key format for these columns: the wanted one, or JSON when it cannot hold them; NONE gives the
/// default.
FormatInfo internal_key_format(const FormatInfo& wanted, const std::vector<Field>& key,
                               const PlanningContext& context);

/// Retention of the window store below the step, 0 when there is none.
int64_t window_retention(const StepPtr& step);

/// How the table that the final projection makes can be looked up, or nothing.
std::optional<Materialization> materialization_of(const StepPtr& projection);

}  // namespace millrace::plan
