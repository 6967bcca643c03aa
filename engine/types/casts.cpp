#include "engine/types/casts.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/error.h"
#include "engine/base/text.h"

namespace millrace {
namespace {

constexpr int64_t kDayMs = 86'400'000;

[[noreturn]] void not_a_number(std::string_view text) {
    throw RowError("For input string: \"" + std::string(text) + "\"");
}

template <class T>
T parse_integer(std::string_view text) {
    std::string_view digits = text;
    if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
    T value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) not_a_number(text);
    return value;
}

double parse_double(std::string_view text) {
    std::string_view digits = text;
    if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
    // Java reads a trailing type letter.
    if (digits.size() > 1 &&
        std::string_view("dDfF").find(digits.back()) != std::string_view::npos) {
        digits.remove_suffix(1);
    }
    double value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range && end == digits.data() + digits.size()) {
        // Too small reads as zero, too large is refused below.
        value = std::strtod(std::string(digits).c_str(), nullptr);
        if (std::isfinite(value)) return value;
        throw RowError("Number overflows DOUBLE: " + std::string(text));
    }
    if (error != std::errc() || end != digits.data() + digits.size() || !std::isfinite(value)) {
        not_a_number(text);
    }
    return value;
}

Decimal fit_or_throw(const std::optional<Decimal>& value, const SqlType& to, std::string_view got) {
    if (value) {
        if (auto fitted = value->fit(to.precision(), to.scale(), Rounding::kHalfUp)) return *fitted;
    }
    throw RowError("Numeric field overflow: A field with precision " +
                   std::to_string(to.precision()) + " and scale " + std::to_string(to.scale()) +
                   " must round to an absolute value less than 10^" +
                   std::to_string(to.precision() - to.scale()) + ". Got " + std::string(got));
}

template <class T>
T saturate(double value) {
    if (std::isnan(value)) return 0;
    if (value >= static_cast<double>(std::numeric_limits<T>::max())) {
        return std::numeric_limits<T>::max();
    }
    if (value <= static_cast<double>(std::numeric_limits<T>::min())) {
        return std::numeric_limits<T>::min();
    }
    return static_cast<T>(value);
}

Value cast_decimal(const Decimal& value, const SqlType& to) {
    switch (to.base()) {
        case BaseType::kInteger:
            return static_cast<int32_t>(value.to_int64());
        case BaseType::kBigint:
            return value.to_int64();
        case BaseType::kDouble:
            return value.to_double();
        default:
            return fit_or_throw(value, to, value.to_plain_string());
    }
}

Value cast_double(double value, const SqlType& to) {
    switch (to.base()) {
        case BaseType::kInteger:
            return saturate<int32_t>(value);
        case BaseType::kBigint:
            return saturate<int64_t>(value);
        default:
            return fit_or_throw(Decimal::from_double(value), to, java_double(value));
    }
}

Value cast_integer(int64_t value, const SqlType& to) {
    switch (to.base()) {
        case BaseType::kInteger:
            return static_cast<int32_t>(value);
        case BaseType::kBigint:
            return value;
        case BaseType::kDouble:
            return static_cast<double>(value);
        default:
            return fit_or_throw(Decimal(value, 0), to, std::to_string(value));
    }
}

bool is_true_text(std::string_view text) {
    if (text.empty() || text.size() > 4) return false;
    const std::string lower = lower_ascii(text);
    return std::string_view("true").starts_with(lower) ||
           std::string_view("yes").starts_with(lower);
}

template <class T>
Value parsed_or_throw(const std::optional<T>& value, std::string_view text, const char* what,
                      const char* format) {
    if (value) return *value;
    throw RowError(std::string("Failed to parse ") + what + " '" + std::string(text) +
                   "': Required format is: \"" + format +
                   "\". Partials are also supported, such as \"2020-05-26\"");
}

Value cast_text(std::string_view text, const SqlType& to) {
    text = java_trim(text);
    switch (to.base()) {
        case BaseType::kBoolean:
            return is_true_text(text);
        case BaseType::kInteger:
            return parse_integer<int32_t>(text);
        case BaseType::kBigint:
            return parse_integer<int64_t>(text);
        case BaseType::kDouble:
            return parse_double(text);
        case BaseType::kDecimal: {
            auto value = Decimal::parse(text);
            if (!value) {
                // More digits than we hold are an overflow, anything else is no number.
                bool number = !text.empty() &&
                              text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
                if (!number) not_a_number(text);
            }
            return fit_or_throw(value, to, text);
        }
        case BaseType::kDate:
            return parsed_or_throw(parse_date(text), text, "date", "yyyy-MM-dd");
        case BaseType::kTime:
            if (auto ms = parse_time(text)) return *ms;
            throw RowError("Failed to parse time '" + std::string(text) +
                           "': Required format is: \"HH:mm:ss.SSS\". Partials are also supported, "
                           "such as \"10:00\"");
        case BaseType::kTimestamp:
            return parsed_or_throw(parse_timestamp(text), text, "timestamp",
                                   "yyyy-MM-dd'T'HH:mm:ss.SSS");
        default:
            break;
    }
    auto bytes = base64_decode(text);
    if (!bytes) throw RowError("Failed to parse BYTES from base64: \"" + std::string(text) + "\"");
    return *std::move(bytes);
}

Value cast_nested(const Value& value, const SqlType& from, const SqlType& to) {
    if (to.is(BaseType::kArray)) {
        ValueList out;
        out.reserve(value.as_list().size());
        for (const Value& element : value.as_list()) {
            out.push_back(cast_value(element, *from.element(), *to.element()));
        }
        return Value(std::move(out));
    }
    if (to.is(BaseType::kMap)) {
        ValueMap out;
        out.reserve(value.as_map().size());
        for (const auto& [key, element] : value.as_map()) {
            Value new_key = cast_value(key, *from.map_key(), *to.map_key());
            Value new_value = cast_value(element, *from.map_value(), *to.map_value());
            // Two keys may become one: the later entry stays.
            auto same = std::find_if(out.begin(), out.end(),
                                     [&](const auto& e) { return e.first == new_key; });
            if (same != out.end()) {
                same->second = std::move(new_value);
            } else {
                out.emplace_back(std::move(new_key), std::move(new_value));
            }
        }
        return Value(std::move(out));
    }
    ValueList out;
    out.reserve(to.fields().size());
    for (const SqlType::Field& field : to.fields()) {
        int index = from.field_index(field.name);
        if (index < 0) {
            out.emplace_back();
            continue;
        }
        auto i = static_cast<size_t>(index);
        out.push_back(cast_value(value.as_list()[i], *from.fields()[i].type, *field.type));
    }
    return Value(std::move(out));
}

}  // namespace

bool can_cast(const SqlType& from, const SqlType& to) {
    if (from == to) return true;
    BaseType target = to.base();
    auto one_of = [target](std::initializer_list<BaseType> bases) {
        return std::find(bases.begin(), bases.end(), target) != bases.end();
    };
    using enum BaseType;
    switch (from.base()) {
        case kBoolean:
            return target == kString;
        case kInteger:
            return one_of({kBigint, kDouble, kDecimal, kString});
        case kBigint:
            return one_of({kInteger, kDouble, kDecimal, kString});
        case kDecimal:
            return one_of({kInteger, kBigint, kDouble, kDecimal, kString});
        case kDouble:
            return one_of({kInteger, kBigint, kDecimal, kString});
        case kString:
            return one_of(
                {kBoolean, kInteger, kBigint, kDecimal, kDouble, kTime, kDate, kTimestamp, kBytes});
        case kTimestamp:
            return one_of({kString, kTime, kDate});
        case kDate:
            return one_of({kString, kTimestamp});
        case kTime:
            return target == kString;
        case kBytes:
            return false;
        case kArray:
            return target == kString ||
                   (target == kArray && can_cast(*from.element(), *to.element()));
        case kMap:
            return target == kString ||
                   (target == kMap && can_cast(*from.map_key(), *to.map_key()) &&
                    can_cast(*from.map_value(), *to.map_value()));
        case kStruct:
            break;
    }
    if (target == kString) return true;
    if (target != kStruct) return false;
    return std::all_of(to.fields().begin(), to.fields().end(), [&](const SqlType::Field& field) {
        int index = from.field_index(field.name);
        return index < 0 || can_cast(*from.fields()[static_cast<size_t>(index)].type, *field.type);
    });
}

Value cast_value(const Value& value, const SqlType& from, const SqlType& to) {
    if (value.is_null() || from == to) return value;
    if (to.is(BaseType::kString)) return value_to_text(value, from);
    switch (from.base()) {
        case BaseType::kInteger:
            return cast_integer(value.as_int(), to);
        case BaseType::kBigint:
            return cast_integer(value.as_long(), to);
        case BaseType::kDecimal:
            return cast_decimal(value.as_decimal(), to);
        case BaseType::kDouble:
            return cast_double(value.as_double(), to);
        case BaseType::kString:
            return cast_text(value.as_string(), to);
        case BaseType::kTimestamp: {
            int64_t ms = value.as_long();
            int64_t rest = ((ms % kDayMs) + kDayMs) % kDayMs;
            if (to.is(BaseType::kTime)) return static_cast<int32_t>(rest);
            return static_cast<int32_t>(ms / kDayMs - (ms % kDayMs < 0 ? 1 : 0));
        }
        case BaseType::kDate:
            return int64_t{value.as_int()} * kDayMs;
        case BaseType::kArray:
        case BaseType::kMap:
        case BaseType::kStruct:
            return cast_nested(value, from, to);
        default:
            break;
    }
    MR_CHECK(false, "cast_value needs a pair of types that can be cast");
    return {};
}

namespace {

/// INTEGER and BIGINT as the decimals that hold all of them.
SqlTypePtr as_decimal_type(const SqlTypePtr& type) {
    if (type->is(BaseType::kInteger)) return SqlType::decimal(10, 0);
    if (type->is(BaseType::kBigint)) return SqlType::decimal(19, 0);
    return type;
}

SqlTypePtr decimal_arithmetic_type(char op, const SqlType& left, const SqlType& right) {
    int p1 = left.precision();
    int s1 = left.scale();
    int p2 = right.precision();
    int s2 = right.scale();
    int scale = std::max(s1, s2);
    switch (op) {
        case '*':
            return SqlType::decimal(p1 + p2 + 1, s1 + s2);
        case '/': {
            int quotient_scale = std::max(6, s1 + p2 + 1);
            return SqlType::decimal(p1 - s1 + s2 + quotient_scale, quotient_scale);
        }
        case '%':
            return SqlType::decimal(std::min(p1 - s1, p2 - s2) + scale, scale);
        default:
            return SqlType::decimal(scale + std::max(p1 - s1, p2 - s2) + 1, scale);
    }
}

}  // namespace

SqlTypePtr arithmetic_type(char op, const SqlTypePtr& left, const SqlTypePtr& right) {
    if (!left || !right) {
        auto name = [](const SqlTypePtr& type) { return type ? type->to_string() : "null"; };
        refuse("Arithmetic on types " + name(left) + " and " + name(right) + " are not supported.");
    }
    if (left->is_numeric() && right->is_numeric()) {
        if (left->is(BaseType::kDouble) || right->is(BaseType::kDouble)) return SqlType::double_();
        if (left->is(BaseType::kDecimal) || right->is(BaseType::kDecimal)) {
            return decimal_arithmetic_type(op, *as_decimal_type(left), *as_decimal_type(right));
        }
        return left->is(BaseType::kBigint) || right->is(BaseType::kBigint) ? SqlType::bigint()
                                                                           : SqlType::integer();
    }
    if (op == '+' && left->is(BaseType::kString) && right->is(BaseType::kString)) {
        return SqlType::string();
    }
    refuse("Unsupported arithmetic types. " + std::string(base_type_name(left->base())) + " " +
           std::string(base_type_name(right->base())));
}

SqlTypePtr common_numeric_type(const SqlTypePtr& left, const SqlTypePtr& right) {
    if (!left || !right) return nullptr;
    if (same_type(left, right)) return left;
    if (!left->is_numeric() || !right->is_numeric()) return nullptr;
    if (left->is(BaseType::kDouble) || right->is(BaseType::kDouble)) return SqlType::double_();
    if (left->is(BaseType::kDecimal) || right->is(BaseType::kDecimal)) {
        SqlTypePtr a = as_decimal_type(left);
        SqlTypePtr b = as_decimal_type(right);
        int scale = std::max(a->scale(), b->scale());
        int whole = std::max(a->precision() - a->scale(), b->precision() - b->scale());
        return SqlType::decimal(whole + scale, scale);
    }
    return SqlType::bigint();
}

size_t utf16_length(std::string_view utf8) {
    size_t length = 0;
    for (char c : utf8) {
        auto byte = static_cast<unsigned char>(c);
        // Continuation bytes count nothing; a lead of four bytes is a surrogate pair.
        if ((byte & 0xC0) != 0x80) length += byte >= 0xF0 ? 2 : 1;
    }
    return length;
}

int compare_utf16(std::string_view a, std::string_view b) {
    size_t shared = std::min(a.size(), b.size());
    for (size_t i = 0; i < shared; ++i) {
        auto left = static_cast<unsigned char>(a[i]);
        auto right = static_cast<unsigned char>(b[i]);
        if (left == right) continue;
        // Surrogates (code points from U+10000) sort below U+E000 to U+FFFF.
        bool left_pair = left >= 0xF0;
        bool right_pair = right >= 0xF0;
        if (left_pair && !right_pair && right >= 0xEE) return -1;
        if (right_pair && !left_pair && left >= 0xEE) return 1;
        return left < right ? -1 : 1;
    }
    return a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0);
}

}  // namespace millrace
