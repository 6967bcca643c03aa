// CAST and function calls, lambdas included.
#include "engine/base/error.h"
#include "engine/exec/expression_node.h"
#include "engine/types/casts.h"

namespace millrace::exec {
namespace {

using plan::BoundExpression;
using Kind = BoundExpression::Kind;

class CastNode final : public Node {
public:
    CastNode(SqlTypePtr type, NodePtr operand, bool guards)
        : Node(std::move(type)), operand_(std::move(operand)), guards_(guards) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        if (!guards_ || !can_fail_inside()) return convert(context);
        std::vector<uint8_t> outer = std::move(context.failures());
        context.failures().clear();
        ColumnPtr out = without_failed(convert(context), context);
        context.failures() = std::move(outer);
        return out;
    }
    bool can_fail() const override { return !guards_ && can_fail_inside(); }

private:
    /// Widening a number never fails.
    bool is_widening() const {
        BaseType from = operand_->type()->base();
        BaseType to = type()->base();
        return (from == BaseType::kInteger && (to == BaseType::kBigint || to == BaseType::kDouble)) ||
               (from == BaseType::kBigint && to == BaseType::kDouble);
    }
    bool can_fail_inside() const { return !is_widening() || operand_->can_fail(); }

    ColumnPtr convert(EvalContext& context) const {
        ColumnPtr in = operand_->evaluate(context);
        size_t rows = context.num_rows();
        auto out = new_column(type(), rows);
        if (is_widening()) {
            out->valid() = in->valid();
            widen(*in, *out, rows);
            return out;
        }
        for (size_t row = 0; row < rows; ++row) {
            if (in->is_null(row)) continue;
            try {
                out->set(row, cast_value(in->get(row), in->type(), *type()));
            } catch (const RowError& error) {
                context.fail(row, error.what());
            }
        }
        return out;
    }

    static void widen(const Column& in, Column& out, size_t rows) {
        if (in.physical() == PhysicalType::kInt && out.physical() == PhysicalType::kLong) {
            for (size_t row = 0; row < rows; ++row) out.longs()[row] = in.ints()[row];
        } else if (in.physical() == PhysicalType::kInt) {
            for (size_t row = 0; row < rows; ++row) out.doubles()[row] = in.ints()[row];
        } else {
            for (size_t row = 0; row < rows; ++row)
                out.doubles()[row] = static_cast<double>(in.longs()[row]);
        }
    }

    NodePtr operand_;
    bool guards_;
};

/// A lambda at a call: its body on rows that the function makes up.
class BoundLambda final : public LambdaBody {
public:
    BoundLambda(const Node& body, EvalContext& context) : body_(body), context_(context) {}

    void evaluate(std::span<const Column* const> parameters, std::span<const uint32_t> outer_rows,
                  RowErrors& errors, Column& output) const override {
        std::vector<uint32_t> rows(outer_rows.begin(), outer_rows.end());
        EvalContext inner(context_, rows);
        EvalContext::Frame frame;
        // The function owns its columns for the time of the call.
        for (const Column* column : parameters)
            frame.push_back(ColumnPtr(std::shared_ptr<void>(), column));
        inner.push_frame(std::move(frame));
        ColumnPtr out = without_failed(body_.evaluate(inner), inner);
        output.hold_all(*out);
        for (size_t row = 0; row < rows.size(); ++row) output.append_from(*out, row);
        // A failing body fails the outer row's call; the message went to the context's errors already.
        if (!inner.any_failed()) return;
        for (size_t row = 0; row < rows.size(); ++row)
            if (inner.failed(row)) errors.add_row(rows[row], "a lambda failed");
    }

private:
    const Node& body_;
    EvalContext& context_;
};

class CallNode final : public Node {
public:
    CallNode(SqlTypePtr type, std::shared_ptr<const ResolvedScalar> function,
             std::vector<NodePtr> arguments, std::vector<NodePtr> lambdas, bool guards)
        : Node(std::move(type)),
          function_(std::move(function)),
          arguments_(std::move(arguments)),
          lambdas_(std::move(lambdas)),
          guards_(guards) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        std::vector<ColumnPtr> owned(arguments_.size());
        std::vector<const Column*> columns(arguments_.size(), nullptr);
        std::vector<std::unique_ptr<BoundLambda>> bodies(arguments_.size());
        std::vector<const LambdaBody*> lambdas(arguments_.size(), nullptr);
        for (size_t i = 0; i < arguments_.size(); ++i) {
            if (lambdas_[i]) {
                bodies[i] = std::make_unique<BoundLambda>(*lambdas_[i], context);
                lambdas[i] = bodies[i].get();
                continue;
            }
            owned[i] = guards_ ? evaluate_guarded(*arguments_[i], context)
                               : arguments_[i]->evaluate(context);
            columns[i] = owned[i].get();
        }
        size_t rows = context.num_rows();
        auto out = std::make_shared<Column>(type());
        RowErrors errors;
        std::vector<uint8_t> failed(rows, 0);
        errors.mark_failed_rows(&failed);
        function_->kernel->evaluate({columns, lambdas}, rows, context.env(), errors, *out);
        if (errors.empty()) return out;
        // The kernel counts its own rows; the batch's are asked for.
        for (RowErrorEntry& entry : errors.entries()) {
            entry.offset = context.batch_row(static_cast<size_t>(entry.offset));
            context.errors().add(std::move(entry));
        }
        for (size_t row = 0; row < rows; ++row)
            if (failed[row]) context.mark_failed(row);
        return out;
    }

private:
    std::shared_ptr<const ResolvedScalar> function_;
    std::vector<NodePtr> arguments_;  ///< Null where a lambda stands.
    std::vector<NodePtr> lambdas_;    ///< Null where a value stands.
    bool guards_;
};

}  // namespace

NodePtr Compiler::cast(const BoundExpression& bound) const {
    return std::make_unique<CastNode>(bound.type, compile(bound.children[0]), guards);
}

NodePtr Compiler::call(const BoundExpression& bound) const {
    std::vector<NodePtr> arguments, lambdas;
    for (const plan::BoundPtr& child : bound.children) {
        bool lambda = child->kind == Kind::kLambda;
        arguments.push_back(lambda ? nullptr : compile(child));
        lambdas.push_back(lambda ? compile(child->children[0]) : nullptr);
    }
    return std::make_unique<CallNode>(bound.type, bound.function, std::move(arguments),
                                      std::move(lambdas), guards);
}

}  // namespace millrace::exec
