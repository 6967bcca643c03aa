// Comparisons, IS NULL and IN. They have two values only: with a NULL operand a comparison is
// FALSE.
#include <unordered_set>

#include "engine/exec/expression/node.h"
#include "engine/types/casts.h"

namespace millrace::exec {
namespace {

using plan::BoundExpression;
using sql::CompareOp;

/// The order of two values as an int, in every physical form.
struct Order {
    template <class T>
    static int numbers(T a, T b) {
        return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2;  // 2: NaN is in no order.
    }
};

template <CompareOp Op>
constexpr bool holds(int order) {
    if constexpr (Op == CompareOp::kEqual || Op == CompareOp::kNotDistinct) return order == 0;
    if constexpr (Op == CompareOp::kNotEqual || Op == CompareOp::kDistinct) return order != 0;
    if constexpr (Op == CompareOp::kLess) return order == -1;
    if constexpr (Op == CompareOp::kLessEqual) return order == -1 || order == 0;
    if constexpr (Op == CompareOp::kGreater) return order == 1;
    return order == 1 || order == 0;
}

int sign(int order) {
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

int compare_bytes(std::string_view a, std::string_view b) {
    size_t common = std::min(a.size(), b.size());
    for (size_t i = 0; i < common; ++i)
        if (a[i] != b[i])
            return static_cast<signed char>(a[i]) < static_cast<signed char>(b[i]) ? -1 : 1;
    return Order::numbers(a.size(), b.size());
}

std::optional<Decimal> as_decimal(const Column& column, size_t row) {
    switch (column.physical()) {
        case PhysicalType::kInt:
            return Decimal(column.int_at(row), 0);
        case PhysicalType::kLong:
            return Decimal(column.long_at(row), 0);
        case PhysicalType::kDouble:
            return Decimal::from_double(column.double_at(row));
        default:
            return column.value_ref_at(row).as_decimal();
    }
}

int order_of(std::strong_ordering o) {
    return o < 0 ? -1 : o > 0 ? 1 : 0;
}

/// Order of row `l` of one column and row `r` of another. 2: not comparable.
int order_at(const Column& left, size_t l, const Column& right, size_t r) {
    if (left.physical() != right.physical() || left.type().is(BaseType::kDecimal)) {
        auto a = as_decimal(left, l);
        auto b = as_decimal(right, r);
        return a && b ? order_of(a->compare(*b)) : 2;
    }
    switch (left.physical()) {
        case PhysicalType::kBool:
            return Order::numbers(left.bool_at(l), right.bool_at(r));
        case PhysicalType::kInt:
            return Order::numbers(left.int_at(l), right.int_at(r));
        case PhysicalType::kLong:
            return Order::numbers(left.long_at(l), right.long_at(r));
        case PhysicalType::kDouble:
            return Order::numbers(left.double_at(l), right.double_at(r));
        case PhysicalType::kText:
            return left.type().is(BaseType::kBytes)
                       ? compare_bytes(left.text_at(l), right.text_at(r))
                       : sign(compare_utf16(left.text_at(l), right.text_at(r)));
        case PhysicalType::kValue:
            return left.value_ref_at(l) == right.value_ref_at(r) ? 0 : 2;
    }
    return 2;
}

/// Calls `test(l, r)` for the two sides in their physical form and hands its result for each row to
/// `emit(i, value)`; `lrow`, `rrow` give the rows of the columns that row i stands for.
template <CompareOp Op, class LeftRow, class RightRow, class Emit>
void compare_rows(const Column& left, const Column& right, size_t rows, const LeftRow& lrow,
                  const RightRow& rrow, const Emit& emit) {
    constexpr bool kNullSafe = Op == CompareOp::kDistinct || Op == CompareOp::kNotDistinct;
    auto loop = [&](const auto& order) {
        for (size_t i = 0; i < rows; ++i) {
            size_t l = lrow(i);
            size_t r = rrow(i);
            bool l_null = left.is_null(l);
            bool r_null = right.is_null(r);
            if (l_null || r_null) {
                emit(i, kNullSafe && (l_null && r_null) == (Op == CompareOp::kNotDistinct));
            } else {
                emit(i, holds<Op>(order(l, r)));
            }
        }
    };
    constexpr bool kEquality = Op == CompareOp::kEqual || Op == CompareOp::kNotEqual || kNullSafe;
    if (left.physical() == right.physical()) {
        switch (left.physical()) {
            case PhysicalType::kInt: {
                const auto *a = left.ints().data(), *b = right.ints().data();
                return loop([=](size_t l, size_t r) { return Order::numbers(a[l], b[r]); });
            }
            case PhysicalType::kLong: {
                const auto *a = left.longs().data(), *b = right.longs().data();
                return loop([=](size_t l, size_t r) { return Order::numbers(a[l], b[r]); });
            }
            case PhysicalType::kDouble: {
                const auto *a = left.doubles().data(), *b = right.doubles().data();
                return loop([=](size_t l, size_t r) { return Order::numbers(a[l], b[r]); });
            }
            case PhysicalType::kText:
                if (kEquality) {
                    const auto *a = left.texts().data(), *b = right.texts().data();
                    return loop([=](size_t l, size_t r) { return a[l] == b[r] ? 0 : 1; });
                }
                break;
            default:
                break;
        }
    }
    loop([&](size_t l, size_t r) { return order_at(left, l, right, r); });
}

template <class Visit>
void with_op(CompareOp op, const Visit& visit) {
    switch (op) {
        case CompareOp::kEqual:
            return visit.template operator()<CompareOp::kEqual>();
        case CompareOp::kNotEqual:
            return visit.template operator()<CompareOp::kNotEqual>();
        case CompareOp::kLess:
            return visit.template operator()<CompareOp::kLess>();
        case CompareOp::kLessEqual:
            return visit.template operator()<CompareOp::kLessEqual>();
        case CompareOp::kGreater:
            return visit.template operator()<CompareOp::kGreater>();
        case CompareOp::kGreaterEqual:
            return visit.template operator()<CompareOp::kGreaterEqual>();
        case CompareOp::kDistinct:
            return visit.template operator()<CompareOp::kDistinct>();
        case CompareOp::kNotDistinct:
            return visit.template operator()<CompareOp::kNotDistinct>();
    }
}

class CompareNode final : public Node {
public:
    CompareNode(CompareOp op, NodePtr left, NodePtr right)
        : Node(SqlType::boolean()), op_(op), left_(std::move(left)), right_(std::move(right)) {
        if (left_->constant()) left_constant_ = constant_column(*left_);
        if (right_->constant()) right_constant_ = constant_column(*right_);
    }

    ColumnPtr evaluate(EvalContext& context) const override {
        auto out = new_column(type(), context.num_rows());
        std::fill(out->valid().begin(), out->valid().end(), uint8_t{1});
        uint8_t* bools = out->bools().data();
        compare(context, [&](size_t i, bool value) { bools[i] = value; });
        return out;
    }

    void select(EvalContext& context, std::vector<uint32_t>& batch_rows) const override {
        size_t before = batch_rows.size();
        batch_rows.resize(before + context.num_rows());
        uint32_t* next = batch_rows.data() + before;
        compare(context, [&](size_t i, bool value) {
            *next = context.batch_row(i);
            next += value;
        });
        auto taken = static_cast<size_t>(next - batch_rows.data());
        batch_rows.resize(taken);
        if (context.any_failed()) drop_failed(context, batch_rows, before);
    }
    bool can_fail() const override { return left_->can_fail() || right_->can_fail(); }

private:
    static ColumnPtr constant_column(const Node& node) {
        auto out = std::make_shared<Column>(node.type());
        out->append(*node.constant());
        return out;
    }

    static void drop_failed(const EvalContext& context, std::vector<uint32_t>& rows, size_t from) {
        // Rows are ascending in both, so one walk finds them.
        size_t row = 0;
        size_t to = from;
        for (size_t i = from; i < rows.size(); ++i) {
            while (context.batch_row(row) != rows[i]) ++row;
            if (!context.failed(row)) rows[to++] = rows[i];
        }
        rows.resize(to);
    }

    /// How one side is read: a constant's only row, a batch's column in place, or what it evaluates
    /// to.
    struct Side {
        ColumnPtr column;
        bool constant = false;
        bool in_place = false;
    };
    static Side side(const Node& node, const ColumnPtr& constant, EvalContext& context) {
        if (constant) return {constant, true, false};
        if (node.batch_column() >= 0 && !context.is_whole_batch())
            return {context.batch().column_ptr(static_cast<size_t>(node.batch_column())), false,
                    true};
        return {node.evaluate(context), false, false};
    }

    template <class Emit>
    void compare(EvalContext& context, const Emit& emit) const {
        Side left = side(*left_, left_constant_, context);
        Side right = side(*right_, right_constant_, context);
        const uint32_t* selection = context.selection().data();
        auto first = [](size_t) { return size_t{0}; };
        auto same = [](size_t i) { return i; };
        auto selected = [=](size_t i) { return static_cast<size_t>(selection[i]); };
        with_op(op_, [&]<CompareOp Op>() {
            auto go = [&](const auto& lrow, const auto& rrow) {
                compare_rows<Op>(*left.column, *right.column, context.num_rows(), lrow, rrow, emit);
            };
            if (right.constant) {
                left.in_place ? go(selected, first) : go(same, first);
            } else if (left.constant) {
                right.in_place ? go(first, selected) : go(first, same);
            } else if (left.in_place) {
                right.in_place ? go(selected, selected) : go(selected, same);
            } else {
                right.in_place ? go(same, selected) : go(same, same);
            }
        });
    }

    CompareOp op_;
    NodePtr left_;
    NodePtr right_;
    ColumnPtr left_constant_;
    ColumnPtr right_constant_;
};

class IsNullNode final : public Node {
public:
    IsNullNode(NodePtr operand, bool negated)
        : Node(SqlType::boolean()), operand_(std::move(operand)), negated_(negated) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr in = operand_->evaluate(context);
        auto out = new_column(type(), context.num_rows());
        for (size_t row = 0; row < context.num_rows(); ++row)
            out->set_bool(row, in->is_null(row) != negated_);
        return out;
    }
    bool can_fail() const override { return operand_->can_fail(); }

private:
    NodePtr operand_;
    bool negated_;
};

/// Constants of one physical form in a hash set.
class ConstantSet {
public:
    ConstantSet(SqlTypePtr type, const std::vector<const Value*>& values)
        : values_(std::move(type)) {
        for (const Value* value : values) {
            if (value->is_null()) continue;  // NULL equals nothing.
            values_.append(*value);
            size_t last = values_.size() - 1;
            switch (values_.physical()) {
                case PhysicalType::kInt:
                    numbers_.insert(values_.int_at(last));
                    break;
                case PhysicalType::kLong:
                    numbers_.insert(values_.long_at(last));
                    break;
                case PhysicalType::kText:
                    texts_.insert(values_.text_at(last));
                    break;
                default:
                    break;
            }
        }
    }

    bool contains(const Column& column, size_t row) const {
        switch (column.physical()) {
            case PhysicalType::kInt:
                return numbers_.contains(column.int_at(row));
            case PhysicalType::kLong:
                return numbers_.contains(column.long_at(row));
            case PhysicalType::kText:
                return texts_.contains(column.text_at(row));
            default:
                for (size_t i = 0; i < values_.size(); ++i)
                    if (order_at(column, row, values_, i) == 0) return true;
                return false;
        }
    }

private:
    Column values_;
    std::unordered_set<int64_t> numbers_;
    std::unordered_set<std::string_view> texts_;
};

class InNode final : public Node {
public:
    explicit InNode(std::vector<NodePtr> children) : Node(SqlType::boolean()) {
        operand_ = std::move(children[0]);
        std::vector<const Value*> constants;
        for (size_t i = 1; i < children.size(); ++i) {
            if (children[i]->constant()) constants.push_back(children[i]->constant());
        }
        set_ = std::make_unique<ConstantSet>(operand_->type(), constants);
        for (size_t i = 1; i < children.size(); ++i)
            if (!children[i]->constant()) others_.push_back(std::move(children[i]));
    }

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr in = operand_->evaluate(context);
        std::vector<ColumnPtr> others;
        for (const NodePtr& other : others_) others.push_back(other->evaluate(context));
        auto out = new_column(type(), context.num_rows());
        for (size_t row = 0; row < context.num_rows(); ++row) {
            bool found = false;
            if (!in->is_null(row)) {
                found = set_->contains(*in, row);
                for (size_t i = 0; i < others.size() && !found; ++i)
                    found = !others[i]->is_null(row) && order_at(*in, row, *others[i], row) == 0;
            }
            out->set_bool(row, found);
        }
        return out;
    }

private:
    NodePtr operand_;
    std::vector<NodePtr> others_;
    std::unique_ptr<ConstantSet> set_;
};

}  // namespace

namespace {

/// A DECIMAL constant (2.5 is one) beside a DOUBLE or INTEGER: where a double has exactly its
/// value, the comparison of doubles gives the answer of the exact one, because shortest texts keep
/// doubles' order.
void compare_as_doubles(plan::BoundPtr& constant, plan::BoundPtr& other) {
    if (constant->kind != BoundExpression::Kind::kConstant || constant->constant.is_null() ||
        !constant->type->is(BaseType::kDecimal))
        return;
    if (!other->type->is(BaseType::kDouble) && !other->type->is(BaseType::kInteger)) return;
    const Decimal& exact = constant->constant.as_decimal();
    double near = exact.to_double();
    auto back = Decimal::from_double(near);
    if (!back || back->compare(exact) != 0) return;
    auto out = std::make_shared<BoundExpression>(*constant);
    out->type = SqlType::double_();
    out->constant = Value(near);
    constant = std::move(out);
    other = plan::cast_to(other, SqlType::double_());
}

}  // namespace

NodePtr Compiler::compare(const BoundExpression& bound) const {
    plan::BoundPtr left = bound.children[0];
    plan::BoundPtr right = bound.children[1];
    compare_as_doubles(left, right);
    compare_as_doubles(right, left);
    return std::make_unique<CompareNode>(bound.compare, compile(left), compile(right));
}

NodePtr Compiler::is_null(const BoundExpression& bound) const {
    return std::make_unique<IsNullNode>(compile(bound.children[0]),
                                        bound.kind == BoundExpression::Kind::kIsNotNull);
}

NodePtr Compiler::in_list(const BoundExpression& bound) const {
    return std::make_unique<InNode>(compile_all(bound.children));
}

}  // namespace millrace::exec
