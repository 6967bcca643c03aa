// AND, OR, NOT and CASE. A right side, a branch is evaluated only on the rows that get there; a
// NULL operand fails the row (ksqlDB's logic has two values and unboxes).
#include <algorithm>

#include "engine/exec/expression/node.h"

namespace millrace::exec {
namespace {

using plan::BoundExpression;
using Kind = BoundExpression::Kind;

constexpr const char* kNullOperand = "a condition is NULL";

/// `node` on some rows of the context, `rows` being all of them when there are as many.
ColumnPtr evaluate_on(const Node& node, EvalContext& context, const std::vector<uint32_t>& rows) {
    if (rows.size() == context.num_rows()) return node.evaluate(context);
    EvalContext inner(context, rows);
    ColumnPtr out = node.evaluate(inner);
    context.take_failures(inner, rows);
    return out;
}

class LogicNode final : public Node {
public:
    LogicNode(bool is_and, NodePtr left, NodePtr right)
        : Node(SqlType::boolean()),
          is_and_(is_and),
          left_(std::move(left)),
          right_(std::move(right)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr left = left_->evaluate(context);
        auto out = new_column(type(), context.num_rows());
        std::vector<uint32_t> open;  // Rows that the left side does not decide.
        for (size_t row = 0; row < context.num_rows(); ++row) {
            if (left->is_null(row)) {
                if (!context.failed(row)) context.fail(row, kNullOperand);
            } else if ((left->bool_at(row) != 0) == is_and_) {
                open.push_back(static_cast<uint32_t>(row));
            } else {
                out->set_bool(row, !is_and_);
            }
        }
        if (open.empty()) return out;
        ColumnPtr right = evaluate_on(*right_, context, open);
        for (size_t i = 0; i < open.size(); ++i) {
            uint32_t row = open[i];
            if (!right->is_null(i)) {
                out->set_bool(row, right->bool_at(i) != 0);
            } else if (!context.failed(row)) {
                context.fail(row, kNullOperand);
            }
        }
        return out;
    }

    void select(EvalContext& context, std::vector<uint32_t>& batch_rows) const override {
        if (!is_and_ || !context.is_whole_batch()) return select_and_or(context, batch_rows);
        std::vector<uint32_t> first;
        left_->select(context, first);
        if (first.empty()) return;
        if (first.size() == context.num_rows()) return right_->select(context, batch_rows);
        EvalContext inner(context, first);
        right_->select(inner, batch_rows);
    }
    bool can_fail() const override { return true; }

private:
    void select_and_or(EvalContext& context, std::vector<uint32_t>& batch_rows) const {
        if (!is_and_) return Node::select(context, batch_rows);
        std::vector<uint32_t> first;
        left_->select(context, first);
        if (first.empty()) return;
        // Back from batch rows to the context's rows; both ascend.
        std::vector<uint32_t> rows;
        rows.reserve(first.size());
        uint32_t row = 0;
        for (uint32_t batch_row : first) {
            while (context.batch_row(row) != batch_row) ++row;
            rows.push_back(row);
        }
        EvalContext inner(context, rows);
        right_->select(inner, batch_rows);
    }

    bool is_and_;
    NodePtr left_;
    NodePtr right_;
};

class NotNode final : public Node {
public:
    explicit NotNode(NodePtr operand) : Node(SqlType::boolean()), operand_(std::move(operand)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr in = operand_->evaluate(context);
        auto out = new_column(type(), context.num_rows());
        for (size_t row = 0; row < context.num_rows(); ++row) {
            if (!in->is_null(row)) {
                out->set_bool(row, in->bool_at(row) == 0);
            } else if (!context.failed(row)) {
                context.fail(row, kNullOperand);
            }
        }
        return out;
    }

private:
    NodePtr operand_;
};

class CaseNode final : public Node {
public:
    CaseNode(SqlTypePtr type, std::vector<NodePtr> children)
        : Node(std::move(type)), children_(std::move(children)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        auto out = new_column(type(), context.num_rows());
        std::vector<uint32_t> open(context.num_rows());
        for (size_t row = 0; row < open.size(); ++row) open[row] = static_cast<uint32_t>(row);
        std::vector<uint32_t> taken, rest;
        size_t i = 0;
        for (; i + 1 < children_.size() && !open.empty(); i += 2) {
            ColumnPtr condition = evaluate_on(*children_[i], context, open);
            taken.clear();
            rest.clear();
            for (size_t k = 0; k < open.size(); ++k) {
                if (condition->is_null(k)) {
                    if (!context.failed(open[k])) context.fail(open[k], kNullOperand);
                } else if (!context.failed(open[k])) {
                    (condition->bool_at(k) ? taken : rest).push_back(open[k]);
                }
            }
            if (!taken.empty())
                scatter(*evaluate_on(*children_[i + 1], context, taken), taken, *out);
            open.swap(rest);
        }
        if (children_.size() % 2 == 1 && !open.empty())
            scatter(*evaluate_on(*children_.back(), context, open), open, *out);
        return out;
    }

private:
    std::vector<NodePtr> children_;
};

}  // namespace

NodePtr Compiler::logic(const BoundExpression& bound) const {
    if (bound.kind == Kind::kNot) return std::make_unique<NotNode>(compile(bound.children[0]));
    return std::make_unique<LogicNode>(bound.kind == Kind::kAnd, compile(bound.children[0]),
                                       compile(bound.children[1]));
}

NodePtr Compiler::case_of(const BoundExpression& bound) const {
    return std::make_unique<CaseNode>(bound.type, compile_all(bound.children));
}

}  // namespace millrace::exec
