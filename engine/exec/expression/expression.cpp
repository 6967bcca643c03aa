#include "engine/exec/expression/expression.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/row_meter.h"
#include "engine/config/get.h"
#include "engine/exec/expression/node.h"
#include "engine/exec/expression/sharing.h"
#include "engine/exec/row_parts.h"

namespace millrace::exec {

using plan::BoundExpression;
using Kind = BoundExpression::Kind;

EvalContext::EvalContext(const EvalContext& outer, const std::vector<uint32_t>& rows)
    : batch_(outer.batch_),
      env_(outer.env_),
      errors_(outer.errors_),
      shared_(outer.shared_),
      num_rows_(rows.size()),
      whole_(false) {
    selection_.reserve(rows.size());
    for (uint32_t row : rows) selection_.push_back(outer.batch_row(row));
    for (const Frame& frame : outer.frames_) {
        Frame part;
        for (const ColumnPtr& column : frame)
            part.push_back(std::make_shared<const Column>(column->select(rows)));
        frames_.push_back(std::move(part));
    }
}

void EvalContext::take_failures(const EvalContext& inner, const std::vector<uint32_t>& rows) {
    if (!inner.any_failed()) return;
    for (size_t i = 0; i < rows.size(); ++i)
        if (inner.failed(i)) mark_failed(rows[i]);
}

std::shared_ptr<Column> new_column(const SqlTypePtr& type, size_t rows) {
    auto out = std::make_shared<Column>(type);
    out->resize(rows);
    return out;
}

ColumnPtr without_failed(ColumnPtr column, const EvalContext& context) {
    if (!context.any_failed()) return column;
    auto copy = std::make_shared<Column>(*column);
    for (size_t row = 0; row < copy->size(); ++row)
        if (context.failed(row)) copy->set_null(row);
    return copy;
}

ColumnPtr evaluate_guarded(const Node& node, EvalContext& context) {
    if (!node.can_fail()) return node.evaluate(context);
    std::vector<uint8_t> outer = std::move(context.failures());
    context.failures().clear();
    ColumnPtr out = without_failed(node.evaluate(context), context);
    context.failures() = std::move(outer);
    return out;
}

void scatter(const Column& from, const std::vector<uint32_t>& rows, Column& to) {
    auto copy = [&](const auto& source, auto& target) {
        for (size_t i = 0; i < rows.size(); ++i) {
            to.valid()[rows[i]] = from.valid()[i];
            target[rows[i]] = source[i];
        }
    };
    switch (to.physical()) {
        case PhysicalType::kBool:
            return copy(from.bools(), to.bools());
        case PhysicalType::kInt:
            return copy(from.ints(), to.ints());
        case PhysicalType::kLong:
            return copy(from.longs(), to.longs());
        case PhysicalType::kDouble:
            return copy(from.doubles(), to.doubles());
        case PhysicalType::kText:
            to.hold_all(from);
            return copy(from.texts(), to.texts());
        case PhysicalType::kValue:
            return copy(from.values(), to.values());
    }
}

void Node::select(EvalContext& context, std::vector<uint32_t>& batch_rows) const {
    ColumnPtr column = evaluate(context);
    for (size_t row = 0; row < context.num_rows(); ++row)
        if (!column->is_null(row) && column->bool_at(row) && !context.failed(row))
            batch_rows.push_back(context.batch_row(row));
}

std::vector<NodePtr> Compiler::compile_all(const std::vector<plan::BoundPtr>& bound) const {
    std::vector<NodePtr> out;
    for (const plan::BoundPtr& child : bound) out.push_back(compile(child));
    return out;
}

namespace {

const RecordBatch& one_row() {
    static const RecordBatch batch({}, std::vector<RowMeta>(1));
    return batch;
}

/// Where a row takes more than it may, all values of what is evaluated are NULL.
template <class Evaluate>
ColumnPtr within_limits(const RecordBatch& batch, const SqlTypePtr& type, RowErrors& errors,
                        const Evaluate& evaluate) {
    RowMeter& meter = RowMeter::here();
    const size_t before = meter.bytes();
    try {
        return evaluate();
    } catch (const OverRowLimit& over) {
        if (!is_least_part(batch)) throw;
        meter.give_back_to(before);
        for (uint32_t row = 0; row < batch.num_rows(); ++row) errors.add_row(row, over.what());
        return new_column(type, batch.num_rows());
    }
}

/// The value of a node without inputs, or null when evaluating it fails (then each row shall say
/// so).
NodePtr folded(NodePtr node, const EvalEnv& env) {
    RowErrors errors;
    const Metering metering(row_limits(env, one_row()));
    SharedResults none(0);  // What is constant is not shared.
    EvalContext context(one_row(), env, errors, &none);
    const ColumnPtr column =
        within_limits(one_row(), node->type(), errors, [&] { return node->evaluate(context); });
    if (!errors.empty()) return node;
    return make_constant_node(column->get(0), node->type());
}

Compiler make_compiler(const EvalEnv& env, Sharing& sharing) {
    return {env, env.config.get<"ksql.nested.error.set.null">(), &sharing};
}

class CompiledExpression final : public Expression {
public:
    CompiledExpression(NodePtr root, size_t num_shared, const EvalEnv& env)
        : root_(std::move(root)), num_shared_(num_shared), env_(env) {}

    const SqlTypePtr& type() const override { return root_->type(); }

    ColumnPtr evaluate(const RecordBatch& batch, RowErrors& errors) const override {
        const Metering metering(row_limits(env_, batch));
        SharedResults shared(num_shared_);
        EvalContext context(batch, env_, errors, &shared);
        return within_limits(batch, root_->type(), errors,
                             [&] { return without_failed(root_->evaluate(context), context); });
    }

    void select(const RecordBatch& batch, RowErrors& errors,
                std::vector<uint32_t>& rows) const override {
        const Metering metering(row_limits(env_, batch));
        SharedResults shared(num_shared_);
        EvalContext context(batch, env_, errors, &shared);
        rows.clear();
        bool done = false;
        within_limits(batch, root_->type(), errors, [&] {
            root_->select(context, rows);
            done = true;
            return nullptr;
        });
        if (!done) rows.clear();  // Some nodes take room for all before they know.
    }

private:
    NodePtr root_;
    size_t num_shared_;
    const EvalEnv& env_;
};

}  // namespace

NodePtr Compiler::compile(const plan::BoundPtr& bound) const {
    if (sharing) {
        if (Sharing::Shared* shared = sharing->find(bound)) {
            if (!shared->node) shared->node = compile_own(bound);
            return make_shared_node(shared->node, shared->slot);
        }
    }
    return compile_own(bound);
}

NodePtr Compiler::compile_own(const plan::BoundPtr& bound) const {
    NodePtr node;
    switch (bound->kind) {
        case Kind::kArithmetic:
            node = arithmetic(*bound);
            break;
        case Kind::kNegate:
            node = negate(*bound);
            break;
        case Kind::kCompare:
            node = compare(*bound);
            break;
        case Kind::kIsNull:
        case Kind::kIsNotNull:
            node = is_null(*bound);
            break;
        case Kind::kIn:
            node = in_list(*bound);
            break;
        case Kind::kLike:
            node = like(*bound);
            break;
        case Kind::kAnd:
        case Kind::kOr:
        case Kind::kNot:
            node = logic(*bound);
            break;
        case Kind::kCase:
            node = case_of(*bound);
            break;
        case Kind::kCast:
            node = cast(*bound);
            break;
        case Kind::kCall:
            node = call(*bound);
            break;
        default:
            return nested(*bound);  // Leaves, constructors, access.
    }
    if (plan::is_constant(bound)) return folded(std::move(node), env);
    return node;
}

namespace {

/// A row's part of a budget that the server was given: whatever a query sets, some rows at once
/// must leave the server within it.
size_t row_bytes_max(const Config& config) {
    constexpr int64_t kPartOfBudget = 8;
    constexpr int64_t kLeastBytes = 1 << 20;
    const int64_t wanted = config.get<"millrace.row.bytes.max">();
    const auto budget = config.get<"millrace.memory.bytes">();
    const int64_t part = budget ? std::max(*budget / kPartOfBudget, kLeastBytes) : wanted;
    return static_cast<size_t>(std::min(wanted, part));
}

}  // namespace

RowLimits row_limits(const EvalEnv& env, const RecordBatch& batch) {
    const int64_t ms = env.config.get<"millrace.row.ms.max">();
    return {row_bytes_max(env.config), is_least_part(batch) ? ms : Parts::together_ms(ms)};
}

ExpressionPtr compile(const plan::BoundPtr& bound, const EvalEnv& env) {
    Sharing sharing;
    sharing.count(bound);
    NodePtr root = make_compiler(env, sharing).compile(bound);
    return std::make_unique<CompiledExpression>(std::move(root), sharing.num_shared(), env);
}

struct ExpressionSet::Graph {
    std::vector<NodePtr> roots;
    size_t num_shared;
    const EvalEnv& env;
};

ExpressionSet::ExpressionSet() = default;
ExpressionSet::ExpressionSet(ExpressionSet&&) noexcept = default;
ExpressionSet& ExpressionSet::operator=(ExpressionSet&&) noexcept = default;
ExpressionSet::~ExpressionSet() = default;

ExpressionSet::ExpressionSet(const std::vector<plan::BoundPtr>& bound, const EvalEnv& env) {
    Sharing sharing;
    for (const plan::BoundPtr& one : bound) sharing.count(one);
    std::vector<NodePtr> roots = make_compiler(env, sharing).compile_all(bound);
    graph_ = std::make_unique<Graph>(Graph{std::move(roots), sharing.num_shared(), env});
}

size_t ExpressionSet::size() const {
    return graph_ ? graph_->roots.size() : 0;
}

std::vector<ColumnPtr> ExpressionSet::evaluate(const RecordBatch& batch, RowErrors& errors) const {
    std::vector<ColumnPtr> columns;
    if (!graph_) return columns;
    columns.reserve(graph_->roots.size());
    const Metering metering(row_limits(graph_->env, batch));
    SharedResults shared(graph_->num_shared);
    for (const NodePtr& root : graph_->roots) {
        EvalContext context(batch, graph_->env, errors, &shared);
        columns.push_back(within_limits(batch, root->type(), errors, [&] {
            return without_failed(root->evaluate(context), context);
        }));
    }
    return columns;
}

Value evaluate_constant(const plan::BoundPtr& bound, const EvalEnv& env) {
    ExpressionPtr expression = compile(bound, env);
    RowErrors errors;
    ColumnPtr column = expression->evaluate(one_row(), errors);
    if (!errors.empty()) refuse(errors.entries()[0].message, bound->position);
    return column->get(0);
}

}  // namespace millrace::exec
