// Implicit conversions: what a function's argument, an inserted literal or a pull query's key may
// become.
#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/types/casts.h"

namespace millrace {
namespace {

int numeric_rank(BaseType base) {
    switch (base) {
        case BaseType::kInteger:
            return 0;
        case BaseType::kBigint:
            return 1;
        case BaseType::kDecimal:
            return 2;
        case BaseType::kDouble:
            return 3;
        default:
            return -1;
    }
}

bool is_time_or_bytes(BaseType base) {
    return base == BaseType::kTime || base == BaseType::kDate || base == BaseType::kTimestamp ||
           base == BaseType::kBytes;
}

/// true/yes/false/no or a prefix of one, any case.
std::optional<bool> parse_boolean(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const std::string lower = lower_ascii(text);
    for (std::string_view word : {"true", "yes"}) {
        if (word.starts_with(lower)) return true;
    }
    for (std::string_view word : {"false", "no"}) {
        if (word.starts_with(lower)) return false;
    }
    return std::nullopt;
}

std::optional<Value> coerce_number(const Value& value, const SqlType& from, const SqlType& to) {
    if (numeric_rank(from.base()) > numeric_rank(to.base())) return std::nullopt;
    if (!to.is(BaseType::kDecimal)) return cast_value(value, from, to);
    if (!from.is(BaseType::kDecimal)) {
        int64_t whole = from.is(BaseType::kInteger) ? value.as_int() : value.as_long();
        auto fitted = Decimal(whole, 0).fit(to.precision(), to.scale(), Rounding::kUnnecessary);
        if (!fitted) return std::nullopt;
        return Value(*fitted);
    }
    // Both parts of the number as it is written must have room, even if the last digits are zeros.
    const Decimal& decimal = value.as_decimal();
    if (decimal.scale() > to.scale()) return std::nullopt;
    auto fitted = decimal.fit(to.precision(), to.scale(), Rounding::kUnnecessary);
    if (!fitted) return std::nullopt;
    return Value(*fitted);
}

std::optional<Value> coerce_text(const Value& value, const SqlType& from, const SqlType& to,
                                 Coercion coercion) {
    bool lax = coercion == Coercion::kLax;
    if (to.is(BaseType::kBoolean)) {
        auto parsed = lax ? parse_boolean(value.as_string()) : std::nullopt;
        if (!parsed) return std::nullopt;
        return Value(*parsed);
    }
    if (!is_time_or_bytes(to.base()) && !(lax && to.is_numeric())) return std::nullopt;
    return cast_value(value, from, to);
}

std::optional<Value> coerce_nested(const Value& value, const SqlType& from, const SqlType& to,
                                   Coercion coercion) {
    if (to.is(BaseType::kArray)) {
        ValueList out;
        for (const Value& element : value.as_list()) {
            auto coerced = coerce_value(element, *from.element(), *to.element(), coercion);
            if (!coerced) return std::nullopt;
            out.push_back(*std::move(coerced));
        }
        return Value(std::move(out));
    }
    if (to.is(BaseType::kMap)) {
        ValueMap out;
        for (const auto& [key, element] : value.as_map()) {
            auto new_key = coerce_value(key, *from.map_key(), *to.map_key(), coercion);
            auto new_value = coerce_value(element, *from.map_value(), *to.map_value(), coercion);
            if (!new_key || !new_value) return std::nullopt;
            out.emplace_back(*std::move(new_key), *std::move(new_value));
        }
        return Value(std::move(out));
    }
    // A field that the target does not know is an error, one that the source lacks is NULL.
    for (const SqlType::Field& field : from.fields()) {
        if (to.field_index(field.name) < 0) return std::nullopt;
    }
    ValueList out;
    for (const SqlType::Field& field : to.fields()) {
        int index = from.field_index(field.name);
        if (index < 0) {
            out.emplace_back();
            continue;
        }
        auto i = static_cast<size_t>(index);
        auto coerced =
            coerce_value(value.as_list()[i], *from.fields()[i].type, *field.type, coercion);
        if (!coerced) return std::nullopt;
        out.push_back(*std::move(coerced));
    }
    return Value(std::move(out));
}

}  // namespace

bool can_cast_implicitly(const SqlType& from, const SqlType& to) {
    if (from == to) return true;
    if (from.is_numeric() && to.is_numeric()) {
        if (from.is(BaseType::kDecimal) && to.is(BaseType::kDecimal)) {
            return from.scale() <= to.scale() &&
                   from.precision() - from.scale() <= to.precision() - to.scale();
        }
        return numeric_rank(from.base()) < numeric_rank(to.base());
    }
    if (from.is(BaseType::kString)) return is_time_or_bytes(to.base());
    if (from.base() != to.base()) return false;
    switch (from.base()) {
        case BaseType::kArray:
            return can_cast_implicitly(*from.element(), *to.element());
        case BaseType::kMap:
            return can_cast_implicitly(*from.map_key(), *to.map_key()) &&
                   can_cast_implicitly(*from.map_value(), *to.map_value());
        default:
            return false;
    }
}

std::optional<Value> coerce_value(const Value& value, const SqlType& from, const SqlType& to,
                                  Coercion coercion) {
    if (value.is_null() || from == to) return value;
    try {
        if (from.is_numeric() && to.is_numeric()) return coerce_number(value, from, to);
        if (from.is(BaseType::kString)) return coerce_text(value, from, to, coercion);
        if (to.is(BaseType::kString)) {
            if (coercion == Coercion::kStrict || from.is_nested() || from.is(BaseType::kBytes)) {
                return std::nullopt;
            }
            return cast_value(value, from, to);
        }
        if (from.is_nested() && from.base() == to.base()) {
            return coerce_nested(value, from, to, coercion);
        }
        return std::nullopt;
    } catch (const RowError&) {
        return std::nullopt;
    }
}

}  // namespace millrace
