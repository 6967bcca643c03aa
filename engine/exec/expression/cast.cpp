// CAST: between numbers, and between whole numbers and text, straight on vectors; the rest by
// value.
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/base/error.h"
#include "engine/exec/expression/node.h"
#include "engine/types/casts.h"

namespace millrace::exec {
namespace {

/// Java's (int) and (long) of a double: towards zero, saturating, NaN is 0.
template <class T>
T saturated(double value) {
    if (std::isnan(value)) return 0;
    if (value >= static_cast<double>(std::numeric_limits<T>::max()))
        return std::numeric_limits<T>::max();
    if (value <= static_cast<double>(std::numeric_limits<T>::min()))
        return std::numeric_limits<T>::min();
    return static_cast<T>(value);
}

bool is_plain_number(BaseType base) {
    return base == BaseType::kInteger || base == BaseType::kBigint || base == BaseType::kDouble;
}

/// Between INTEGER, BIGINT and DOUBLE; none of it fails.
void convert_numbers(const Column& in, Column& out, size_t rows) {
    auto loop = [&](const auto& from, auto& to, const auto& one) {
        for (size_t row = 0; row < rows; ++row) to[row] = one(from[row]);
    };
    out.valid() = in.valid();
    bool to_int = out.physical() == PhysicalType::kInt;
    bool to_long = out.physical() == PhysicalType::kLong;
    if (in.physical() == PhysicalType::kInt) {
        if (to_long) loop(in.ints(), out.longs(), [](int32_t v) { return int64_t{v}; });
        if (!to_long)
            loop(in.ints(), out.doubles(), [](int32_t v) { return static_cast<double>(v); });
    } else if (in.physical() == PhysicalType::kLong) {
        if (to_int) loop(in.longs(), out.ints(), [](int64_t v) { return static_cast<int32_t>(v); });
        if (!to_int)
            loop(in.longs(), out.doubles(), [](int64_t v) { return static_cast<double>(v); });
    } else {
        if (to_int) loop(in.doubles(), out.ints(), saturated<int32_t>);
        if (to_long) loop(in.doubles(), out.longs(), saturated<int64_t>);
    }
}

void whole_numbers_to_text(const Column& in, Column& out, size_t rows) {
    char digits[24];
    for (size_t row = 0; row < rows; ++row) {
        if (in.is_null(row)) continue;
        int64_t value = in.physical() == PhysicalType::kInt ? in.int_at(row) : in.long_at(row);
        auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
        out.set_text(row, {digits, static_cast<size_t>(end - digits)});
    }
}

/// The whole of a plain text of digits; anything else goes the long way, which also finds the
/// words.
template <class T>
bool parse_plain(std::string_view text, T& value) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

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
    bool between_numbers() const {
        return is_plain_number(operand_->type()->base()) && is_plain_number(type()->base());
    }
    bool can_fail_inside() const { return !between_numbers() || operand_->can_fail(); }

    ColumnPtr convert(EvalContext& context) const {
        ColumnPtr in = operand_->evaluate(context);
        size_t rows = context.num_rows();
        auto out = new_column(type(), rows);
        BaseType from = in->type().base();
        if (between_numbers()) {
            convert_numbers(*in, *out, rows);
        } else if ((from == BaseType::kInteger || from == BaseType::kBigint) &&
                   type()->is(BaseType::kString)) {
            whole_numbers_to_text(*in, *out, rows);
        } else {
            for (size_t row = 0; row < rows; ++row)
                if (!in->is_null(row)) convert_one(context, *in, row, *out);
        }
        return out;
    }

    void convert_one(EvalContext& context, const Column& in, size_t row, Column& out) const {
        if (in.type().is(BaseType::kString)) {
            if (type()->is(BaseType::kInteger) && parse_plain(in.text_at(row), out.ints()[row])) {
                out.valid()[row] = 1;
                return;
            }
            if (type()->is(BaseType::kBigint) && parse_plain(in.text_at(row), out.longs()[row])) {
                out.valid()[row] = 1;
                return;
            }
        }
        try {
            out.set(row, cast_value(in.get(row), in.type(), *type()));
        } catch (const RowError& error) {
            context.fail(row, error.what());
        }
    }

    NodePtr operand_;
    bool guards_;
};

}  // namespace

NodePtr Compiler::cast(const plan::BoundExpression& bound) const {
    return std::make_unique<CastNode>(bound.type, compile(bound.children[0]), guards);
}

}  // namespace millrace::exec
