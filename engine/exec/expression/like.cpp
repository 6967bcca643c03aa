#include "engine/base/error.h"
#include "engine/exec/expression/like_pattern.h"
#include "engine/exec/expression/node.h"

namespace millrace::exec {
namespace {

class LikeNode final : public Node {
public:
    LikeNode(NodePtr operand, NodePtr pattern, std::string escape)
        : Node(SqlType::boolean()),
          operand_(std::move(operand)),
          pattern_(std::move(pattern)),
          escape_(std::move(escape)) {
        const Value* constant = pattern_->constant();
        if (!constant || constant->is_null()) return;
        try {
            fixed_.emplace(constant->as_string(), escape_);
        } catch (const RowError&) {
            // Reported row by row.
        }
    }

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr in = operand_->evaluate(context);
        auto out = new_column(type(), context.num_rows());
        if (fixed_) {
            for (size_t row = 0; row < context.num_rows(); ++row) {
                if (in->is_null(row)) {
                    context.fail(row, "LIKE on NULL");
                } else {
                    out->set_bool(row, fixed_->matches(in->text_at(row)));
                }
            }
            return out;
        }
        ColumnPtr patterns = pattern_->evaluate(context);
        for (size_t row = 0; row < context.num_rows(); ++row) {
            if (in->is_null(row) || patterns->is_null(row)) {
                context.fail(row, "LIKE on NULL");
                continue;
            }
            try {
                LikePattern pattern(patterns->text_at(row), escape_);
                out->set_bool(row, pattern.matches(in->text_at(row)));
            } catch (const RowError& error) {
                context.fail(row, error.what());
            }
        }
        return out;
    }

    void select(EvalContext& context, std::vector<uint32_t>& batch_rows) const override {
        if (!fixed_ || operand_->batch_column() < 0) return Node::select(context, batch_rows);
        // Straight from the batch's column, without a column of answers.
        const Column& in = context.batch().column(static_cast<size_t>(operand_->batch_column()));
        for (size_t i = 0; i < context.num_rows(); ++i) {
            uint32_t row = context.batch_row(i);
            if (in.is_null(row)) {
                context.fail(i, "LIKE on NULL");
            } else if (fixed_->matches(in.text_at(row))) {
                batch_rows.push_back(row);
            }
        }
    }

private:
    NodePtr operand_;
    NodePtr pattern_;
    std::string escape_;
    std::optional<LikePattern> fixed_;
};

}  // namespace

NodePtr Compiler::like(const plan::BoundExpression& bound) const {
    return std::make_unique<LikeNode>(compile(bound.children[0]), compile(bound.children[1]),
                                      bound.text);
}

}  // namespace millrace::exec
