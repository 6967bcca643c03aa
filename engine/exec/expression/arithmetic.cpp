// + - * / % and the sign. Integers wrap as Java's do; NULL operands and division by zero fail the
// row.
#include <cmath>

#include "engine/exec/expression/node.h"

namespace millrace::exec {
namespace {

using plan::BoundExpression;
using sql::BinaryOp;

constexpr const char* kNullOperand = "arithmetic on NULL";

template <class T, class U>
struct IntegerOp {
    /// Nothing when `r` is zero in a division.
    template <BinaryOp Op>
    static bool apply(T l, T r, T& out) {
        if constexpr (Op == BinaryOp::kAdd) {
            out = static_cast<T>(static_cast<U>(l) + static_cast<U>(r));
        } else if constexpr (Op == BinaryOp::kSubtract) {
            out = static_cast<T>(static_cast<U>(l) - static_cast<U>(r));
        } else if constexpr (Op == BinaryOp::kMultiply) {
            out = static_cast<T>(static_cast<U>(l) * static_cast<U>(r));
        } else {
            if (r == 0) return false;
            // The least number divided by -1 wraps; the processor would trap.
            if (r == -1) {
                out = Op == BinaryOp::kDivide ? static_cast<T>(U{0} - static_cast<U>(l)) : T{0};
            } else {
                out = Op == BinaryOp::kDivide ? static_cast<T>(l / r) : static_cast<T>(l % r);
            }
        }
        return true;
    }
};

struct DoubleOp {
    template <BinaryOp Op>
    static bool apply(double l, double r, double& out) {
        if constexpr (Op == BinaryOp::kAdd) {
            out = l + r;
        } else if constexpr (Op == BinaryOp::kSubtract) {
            out = l - r;
        } else if constexpr (Op == BinaryOp::kMultiply) {
            out = l * r;
        } else if constexpr (Op == BinaryOp::kDivide) {
            out = l / r;
        } else {
            out = std::fmod(l, r);
        }
        return true;
    }
};

template <BinaryOp Op, class Ops, class T>
void run(EvalContext& context, const Column& left, const std::vector<T>& l, const Column& right,
         const std::vector<T>& r, Column& out, std::vector<T>& o) {
    size_t rows = context.num_rows();
    constexpr bool kDivides = Op == BinaryOp::kDivide || Op == BinaryOp::kModulo;
    constexpr bool kMayFail = kDivides && !std::is_same_v<T, double>;
    if (!kMayFail && left.all_valid() && right.all_valid()) {
        for (size_t row = 0; row < rows; ++row) Ops::template apply<Op>(l[row], r[row], o[row]);
        std::fill(out.valid().begin(), out.valid().end(), uint8_t{1});
        return;
    }
    for (size_t row = 0; row < rows; ++row) {
        if (left.is_null(row) || right.is_null(row)) {
            context.fail(row, kNullOperand);
        } else if (!Ops::template apply<Op>(l[row], r[row], o[row])) {
            context.fail(row, "/ by zero");
        } else {
            out.valid()[row] = 1;
        }
    }
}

template <class Ops, class T>
void dispatch(BinaryOp op, EvalContext& context, const Column& left, const std::vector<T>& l,
              const Column& right, const std::vector<T>& r, Column& out, std::vector<T>& o) {
    switch (op) {
        case BinaryOp::kAdd:
            return run<BinaryOp::kAdd, Ops>(context, left, l, right, r, out, o);
        case BinaryOp::kSubtract:
            return run<BinaryOp::kSubtract, Ops>(context, left, l, right, r, out, o);
        case BinaryOp::kMultiply:
            return run<BinaryOp::kMultiply, Ops>(context, left, l, right, r, out, o);
        case BinaryOp::kDivide:
            return run<BinaryOp::kDivide, Ops>(context, left, l, right, r, out, o);
        default:
            return run<BinaryOp::kModulo, Ops>(context, left, l, right, r, out, o);
    }
}

class NumberNode final : public Node {
public:
    NumberNode(BinaryOp op, SqlTypePtr type, NodePtr left, NodePtr right)
        : Node(std::move(type)), op_(op), left_(std::move(left)), right_(std::move(right)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr left = left_->evaluate(context);
        ColumnPtr right = right_->evaluate(context);
        auto out = new_column(type(), context.num_rows());
        switch (out->physical()) {
            case PhysicalType::kInt:
                dispatch<IntegerOp<int32_t, uint32_t>>(op_, context, *left, left->ints(), *right,
                                                       right->ints(), *out, out->ints());
                break;
            case PhysicalType::kLong:
                dispatch<IntegerOp<int64_t, uint64_t>>(op_, context, *left, left->longs(), *right,
                                                       right->longs(), *out, out->longs());
                break;
            default:
                dispatch<DoubleOp>(op_, context, *left, left->doubles(), *right, right->doubles(),
                                   *out, out->doubles());
        }
        return out;
    }

private:
    BinaryOp op_;
    NodePtr left_;
    NodePtr right_;
};

Decimal decimal_at(const Column& column, size_t row) {
    switch (column.physical()) {
        case PhysicalType::kInt:
            return {column.int_at(row), 0};
        case PhysicalType::kLong:
            return {column.long_at(row), 0};
        default:
            return column.value_ref_at(row).as_decimal();
    }
}

class DecimalNode final : public Node {
public:
    DecimalNode(BinaryOp op, SqlTypePtr type, NodePtr left, NodePtr right)
        : Node(std::move(type)), op_(op), left_(std::move(left)), right_(std::move(right)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr left = left_->evaluate(context);
        ColumnPtr right = right_->evaluate(context);
        auto out = new_column(type(), context.num_rows());
        for (size_t row = 0; row < context.num_rows(); ++row) {
            if (left->is_null(row) || right->is_null(row)) {
                context.fail(row, kNullOperand);
                continue;
            }
            Decimal l = decimal_at(*left, row);
            Decimal r = decimal_at(*right, row);
            if (r.is_zero() && (op_ == BinaryOp::kDivide || op_ == BinaryOp::kModulo)) {
                context.fail(row, "Division by zero");
                continue;
            }
            std::optional<Decimal> result = apply(l, r);
            if (result)
                result = result->fit(type()->precision(), type()->scale(), Rounding::kUnnecessary);
            if (result) {
                out->set_ref(row, Value(*result));
            } else {
                context.fail(row, "Rounding necessary: " + l.to_plain_string() + ' ' +
                                      std::string(sql::symbol(op_)) + ' ' + r.to_plain_string() +
                                      " does not fit " + type()->to_string());
            }
        }
        return out;
    }

private:
    std::optional<Decimal> apply(const Decimal& l, const Decimal& r) const {
        switch (op_) {
            case BinaryOp::kAdd:
                return l.add(r);
            case BinaryOp::kSubtract:
                return l.subtract(r);
            case BinaryOp::kMultiply:
                return l.multiply(r);
            case BinaryOp::kDivide:
                return l.divide(r, type()->scale(), Rounding::kUnnecessary);
            default:
                return l.remainder(r);
        }
    }

    BinaryOp op_;
    NodePtr left_;
    NodePtr right_;
};

/// STRING + STRING, where a NULL reads "null", as Java's + has it.
class TextNode final : public Node {
public:
    TextNode(NodePtr left, NodePtr right)
        : Node(SqlType::string()), left_(std::move(left)), right_(std::move(right)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr left = left_->evaluate(context);
        ColumnPtr right = right_->evaluate(context);
        auto out = new_column(type(), context.num_rows());
        for (size_t row = 0; row < context.num_rows(); ++row) {
            std::string_view l = left->is_null(row) ? "null" : left->text_at(row);
            std::string_view r = right->is_null(row) ? "null" : right->text_at(row);
            char* room = out->arena().allocate(l.size() + r.size());
            std::copy(l.begin(), l.end(), room);
            std::copy(r.begin(), r.end(), room + l.size());
            out->set_text_view(row, {room, l.size() + r.size()});
        }
        return out;
    }
    bool can_fail() const override { return left_->can_fail() || right_->can_fail(); }

private:
    NodePtr left_;
    NodePtr right_;
};

class NegateNode final : public Node {
public:
    explicit NegateNode(NodePtr operand) : Node(operand->type()), operand_(std::move(operand)) {}

    ColumnPtr evaluate(EvalContext& context) const override {
        ColumnPtr in = operand_->evaluate(context);
        auto out = new_column(type(), context.num_rows());
        for (size_t row = 0; row < context.num_rows(); ++row) {
            if (in->is_null(row)) {
                context.fail(row, kNullOperand);
                continue;
            }
            switch (in->physical()) {
                case PhysicalType::kInt:
                    out->set_int(row,
                                 static_cast<int32_t>(0u - static_cast<uint32_t>(in->int_at(row))));
                    break;
                case PhysicalType::kLong:
                    out->set_long(
                        row, static_cast<int64_t>(0u - static_cast<uint64_t>(in->long_at(row))));
                    break;
                case PhysicalType::kDouble:
                    out->set_double(row, -in->double_at(row));
                    break;
                default:
                    out->set_ref(row, Value(in->value_ref_at(row).as_decimal().negate()));
            }
        }
        return out;
    }

private:
    NodePtr operand_;
};

}  // namespace

NodePtr Compiler::arithmetic(const BoundExpression& bound) const {
    NodePtr left = compile(bound.children[0]);
    NodePtr right = compile(bound.children[1]);
    if (bound.type->is(BaseType::kString))
        return std::make_unique<TextNode>(std::move(left), std::move(right));
    if (bound.type->is(BaseType::kDecimal))
        return std::make_unique<DecimalNode>(bound.arithmetic, bound.type, std::move(left),
                                             std::move(right));
    return std::make_unique<NumberNode>(bound.arithmetic, bound.type, std::move(left),
                                        std::move(right));
}

NodePtr Compiler::negate(const BoundExpression& bound) const {
    return std::make_unique<NegateNode>(compile(bound.children[0]));
}

}  // namespace millrace::exec
