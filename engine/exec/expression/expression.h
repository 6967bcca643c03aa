// Compiled expressions: made once a task from a bound expression, evaluated once a batch on
// vectors. Used by one worker at a time (they own scratch columns).
#pragma once

#include <memory>
#include <vector>

#include "engine/base/row_meter.h"
#include "engine/plan/bind/bound_expression.h"
#include "engine/types/record_batch.h"

namespace millrace::exec {

class Expression {
public:
    virtual ~Expression() = default;
    virtual const SqlTypePtr& type() const = 0;
    /// One value a row of the batch. A failing row goes to `errors` (offset = row index) and is
    /// NULL. A plain column reference shares the batch's column.
    virtual ColumnPtr evaluate(const RecordBatch& batch, RowErrors& errors) const = 0;
    /// For conditions: the rows that are TRUE, ascending. REQUIRES: type is BOOLEAN.
    virtual void select(const RecordBatch& batch, RowErrors& errors,
                        std::vector<uint32_t>& rows) const = 0;
};
using ExpressionPtr = std::unique_ptr<Expression>;

/// What a row may take, and for how long these rows are evaluated together.
RowLimits row_limits(const EvalEnv& env, const RecordBatch& batch);

/// `env` must outlive the expression. A subexpression that stands in it several times is evaluated
/// once a row.
ExpressionPtr compile(const plan::BoundPtr& bound, const EvalEnv& env);

/// The expressions of one operator as one graph: what stands in several of them, or several times
/// in one, is evaluated once a row. Branches stay lazy: nothing is evaluated on a row that no
/// expression would have asked for. Functions that are not deterministic are never merged.
class ExpressionSet {
public:
    ExpressionSet();
    /// `env` must outlive the set.
    ExpressionSet(const std::vector<plan::BoundPtr>& bound, const EvalEnv& env);
    ExpressionSet(ExpressionSet&&) noexcept;
    ExpressionSet& operator=(ExpressionSet&&) noexcept;
    ~ExpressionSet();

    size_t size() const;
    /// A column for each expression, in order; as Expression::evaluate gives them.
    std::vector<ColumnPtr> evaluate(const RecordBatch& batch, RowErrors& errors) const;

private:
    struct Graph;
    std::unique_ptr<Graph> graph_;
};

/// A constant expression's value (INSERT VALUES, pull-query keys). Throws StatementError when a row
/// error occurs. REQUIRES: no column references.
Value evaluate_constant(const plan::BoundPtr& bound, const EvalEnv& env);

}  // namespace millrace::exec
