// The logical plan of an analysed query: a tree of steps from the sources to the final projection,
// as written, with every expression typed. No repartitions, stores or sink yet (lower.h), nothing
// optimised yet (optimizer.h).
#pragma once

#include <string>
#include <vector>

#include "engine/plan/analysis.h"
#include "engine/plan/step_builder.h"

namespace millrace::plan {

struct LogicalQuery {
    StepPtr root;  ///< The final projection.
    /// Index of each SELECT column (stars expanded) among root's value columns; -1: it is a key
    /// column.
    std::vector<int> output;
};

/// Persistent: key columns of the projection are its key. Push: every SELECT column is a value
/// column. `sink` names the sink in messages. Throws StatementError.
LogicalQuery build_query(const Analysis& analysis, const StepBuilder& builder,
                         const std::string& sink);

/// One SELECT column over the step before the projection.
struct SelectColumn {
    std::string name;
    sql::ExpressionPtr expression;
};
/// The SELECT items with stars expanded, over `input` (the step before the projection).
std::vector<SelectColumn> expand_select(const Analysis& analysis, const StepBuilder& builder,
                                        const Step& input);

/// The system columns that every source has.
std::vector<std::string> row_columns();

/// The join tree of an analysed query (join_builder.cpp). `equivalents`: columns that stand for its
/// key.
StepPtr build_join(const Analysis& analysis, const StepBuilder& builder,
                   std::vector<std::string>& equivalents);

/// GROUP BY with its aggregates (aggregate_builder.cpp). Rewrites the select columns and HAVING to
/// the aggregation's output.
StepPtr build_aggregation(const Analysis& analysis, const StepBuilder& builder, StepPtr input,
                          std::vector<SelectColumn>& select);

/// Names for key expressions: a column keeps its name, a field gives its own, others are generated.
std::vector<NamedExpression> name_keys(const Analysis& analysis,
                                       const std::vector<sql::ExpressionPtr>& keys,
                                       const std::vector<SelectColumn>& select);

/// "A, B and C" / "A or B".
std::string join_words(const std::vector<std::string>& words, const std::string& last);

[[noreturn]] void refuse_windowed_repartition();

}  // namespace millrace::plan
