// Makes steps with their schemas: every step's output is derived from its inputs here and nowhere
// else, when a plan is built, after each optimiser pass, and when it is verified.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/analysis.h"
#include "engine/plan/bind/bound_expression.h"
#include "engine/plan/planner.h"
#include "engine/plan/steps.h"

namespace millrace::plan {

class StepBuilder {
public:
    explicit StepBuilder(const PlanningContext& context) : context_(context) {}

    /// The source with all its columns.
    StepPtr source(const AnalyzedSource& source, const std::string& name) const;
    /// A step of this kind over these inputs. Throws StatementError when an expression does not
    /// bind.
    StepPtr make(Step::Node node, const std::string& name, std::vector<StepPtr> inputs,
                 const std::string& clause = "SELECT") const;
    /// The same step over other inputs.
    StepPtr rebuild(const Step& step, std::vector<StepPtr> inputs) const;

    /// The columns of an input. Made once for all expressions over it: it costs as much as the
    /// input has columns.
    static ColumnScope scope_of(const Step& input);
    BoundPtr bind(const sql::ExpressionPtr& expression, const ColumnScope& scope,
                  const std::string& clause) const;
    /// Throws when the expression has no type (a bare NULL).
    SqlTypePtr type_of(const sql::ExpressionPtr& expression, const ColumnScope& scope,
                       const std::string& clause) const;
    void check_condition(const sql::ExpressionPtr& condition, const Step& input,
                         const std::string& clause) const;
    ArgumentType argument_type(const sql::ExpressionPtr& argument, const ColumnScope& scope) const;
    ResolvedAggregate resolve_aggregate(const sql::ExpressionPtr& call,
                                        const ColumnScope& scope) const;

    const FunctionRegistry& functions() const { return *context_.functions; }
    const PlanningContext& context() const { return context_; }

private:
    /// Schema, table or stream, window: all that follows from its kind and its inputs.
    void derive(Step& step, const std::string& clause) const;
    BindOptions bind_options(const std::string& clause) const;

    const PlanningContext& context_;
};

/// Wherever a plan reads the plain column, its name; else nothing.
const std::string* plain_column(const sql::ExpressionPtr& expression);
sql::ExpressionPtr column_expression(const std::string& name);

/// Names of the columns that an expression reads (system columns too).
void add_column_names(const sql::ExpressionPtr& expression, std::vector<std::string>& names);

}  // namespace millrace::plan
