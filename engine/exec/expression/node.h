// Compiled expression trees: one node class a kind, each a loop over vectors. Internal to
// expression*.cpp.
//
// Failures. A row that fails (NULL in arithmetic, division by zero, a bad cast) makes the whole
// value NULL up to the nearest guard, not only the node's own: ksqlDB throws there. So a node
// writes NULL and calls fail(), and the root, or the guard (a function's argument, an array's item,
// a cast …), clears the row.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/functions/registry.h"
#include "engine/plan/bind/bound_expression.h"
#include "engine/types/record_batch.h"

namespace millrace::exec {

class SharedResults;

/// What one evaluation works on: rows of a batch, or a selection of them, and the lambda
/// parameters.
class EvalContext {
public:
    /// All rows of a batch. `shared`: results of its shared nodes, or null when it has none.
    EvalContext(const RecordBatch& batch, const EvalEnv& env, RowErrors& errors,
                SharedResults* shared = nullptr)
        : batch_(batch), env_(env), errors_(errors), shared_(shared), num_rows_(batch.num_rows()) {}
    /// Some rows of `outer`, which must live longer; `rows` are indexes into outer's rows.
    EvalContext(const EvalContext& outer, const std::vector<uint32_t>& rows);

    const RecordBatch& batch() const { return batch_; }
    const EvalEnv& env() const { return env_; }
    RowErrors& errors() { return errors_; }
    SharedResults& shared() { return *shared_; }
    size_t num_rows() const { return num_rows_; }
    bool is_whole_batch() const { return whole_; }
    uint32_t batch_row(size_t row) const {
        return whole_ ? static_cast<uint32_t>(row) : selection_[row];
    }
    const std::vector<uint32_t>& selection() const { return selection_; }

    void fail(size_t row, std::string message) {
        errors_.add_row(batch_row(row), std::move(message));
        mark_failed(row);
    }
    void mark_failed(size_t row) {
        if (failed_.empty()) failed_.resize(num_rows_, 0);
        failed_[row] = 1;
    }
    bool any_failed() const { return !failed_.empty(); }
    bool failed(size_t row) const { return !failed_.empty() && failed_[row] != 0; }
    std::vector<uint8_t>& failures() { return failed_; }
    /// Failures of a context made from this one with `rows`.
    void take_failures(const EvalContext& inner, const std::vector<uint32_t>& rows);

    using Frame = std::vector<ColumnPtr>;
    void push_frame(Frame frame) { frames_.push_back(std::move(frame)); }
    const Frame& frame(int depth) const {
        return frames_[frames_.size() - 1 - static_cast<size_t>(depth)];
    }

private:
    const RecordBatch& batch_;
    const EvalEnv& env_;
    RowErrors& errors_;
    SharedResults* shared_;
    size_t num_rows_;
    bool whole_ = true;
    std::vector<uint32_t> selection_;
    std::vector<uint8_t> failed_;  ///< Empty: none.
    std::vector<Frame> frames_;
};

class Node {
public:
    explicit Node(SqlTypePtr type) : type_(std::move(type)) {}
    virtual ~Node() = default;

    const SqlTypePtr& type() const { return type_; }
    virtual ColumnPtr evaluate(EvalContext& context) const = 0;
    /// Batch rows of the context's rows that are TRUE and did not fail, ascending.
    virtual void select(EvalContext& context, std::vector<uint32_t>& batch_rows) const;
    /// Its one value, or null.
    virtual const Value* constant() const { return nullptr; }
    /// Index of the batch column it is, or -1.
    virtual int batch_column() const { return -1; }
    /// May a row fail here or below?
    virtual bool can_fail() const { return true; }

private:
    SqlTypePtr type_;
};
using NodePtr = std::unique_ptr<Node>;

/// Evaluates `node`; a row that fails inside is NULL and goes on.
ColumnPtr evaluate_guarded(const Node& node, EvalContext& context);
/// Rows marked failed become NULL.
ColumnPtr without_failed(ColumnPtr column, const EvalContext& context);

/// A new column of `rows` NULLs.
std::shared_ptr<Column> new_column(const SqlTypePtr& type, size_t rows);
/// to[rows[i]] = from[i], text shared. REQUIRES: same physical type.
void scatter(const Column& from, const std::vector<uint32_t>& rows, Column& to);

class Sharing;

/// Compile-time state: environment and what switches say.
struct Compiler {
    const EvalEnv& env;
    bool guards = true;          ///< ksql.nested.error.set.null
    Sharing* sharing = nullptr;  ///< What stands several times; null: nothing is looked for.

    /// The node, or a reference to the one that others use too.
    NodePtr compile(const plan::BoundPtr& bound) const;
    std::vector<NodePtr> compile_all(const std::vector<plan::BoundPtr>& bound) const;

    NodePtr compile_own(const plan::BoundPtr& bound) const;

    // One maker a group of kinds, each in its own file.
    NodePtr arithmetic(const plan::BoundExpression& bound) const;
    NodePtr negate(const plan::BoundExpression& bound) const;
    NodePtr compare(const plan::BoundExpression& bound) const;
    NodePtr is_null(const plan::BoundExpression& bound) const;
    NodePtr in_list(const plan::BoundExpression& bound) const;
    NodePtr like(const plan::BoundExpression& bound) const;
    NodePtr logic(const plan::BoundExpression& bound) const;
    NodePtr case_of(const plan::BoundExpression& bound) const;
    NodePtr cast(const plan::BoundExpression& bound) const;
    NodePtr call(const plan::BoundExpression& bound) const;
    NodePtr nested(const plan::BoundExpression& bound) const;
};

NodePtr make_constant_node(Value value, SqlTypePtr type);

}  // namespace millrace::exec
