// Function calls, lambdas included.
#include "engine/base/row_meter.h"
#include "engine/exec/expression/node.h"

namespace millrace::exec {
namespace {

using plan::BoundExpression;
using Kind = BoundExpression::Kind;

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
        // A failing body fails the outer row's call; the message went to the context's errors
        // already.
        if (!inner.any_failed()) return;
        for (size_t row = 0; row < rows.size(); ++row)
            if (inner.failed(row)) errors.add_row(rows[row], "a lambda failed");
    }

private:
    const Node& body_;
    EvalContext& context_;
};

size_t bytes_of(const Value& value) {
    size_t bytes = sizeof(Value);
    if (value.is_null()) return bytes;
    if (value.holds<std::string>()) return bytes + value.as_string().size();
    if (value.is_list()) {
        for (const Value& item : value.as_list()) bytes += bytes_of(item);
    } else if (value.is_map()) {
        for (const auto& [key, item] : value.as_map()) bytes += bytes_of(key) + bytes_of(item);
    }
    return bytes;
}

/// Of lists and maps that a function has made.
size_t bytes_of_nested(const Column& column) {
    size_t bytes = 0;
    for (size_t row = 0; row < column.size(); ++row)
        if (!column.is_null(row)) bytes += bytes_of(column.value_ref_at(row));
    return bytes;
}

/// Functions that make much out of little have counted it before; what is left is counted here.
void count_nested(const Column& made, size_t counted) {
    const size_t bytes = bytes_of_nested(made);
    if (bytes > counted) RowMeter::here().grow(bytes - counted);
}

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
        {
            const MeteredFunction metered(function_->name);
            RowMeter& meter = RowMeter::here();
            const size_t before = meter.bytes();
            meter.work(rows);
            function_->kernel->evaluate({columns, lambdas}, rows, context.env(), errors, *out);
            if (type()->is_nested()) count_nested(*out, meter.bytes() - before);
        }
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
