#include "engine/types/value.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/types/casts.h"

namespace millrace {
namespace {

bool equal_doubles(double a, double b) {
    // As java.lang.Double.equals: NaN is itself; the two zeros differ.
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return a == b && std::signbit(a) == std::signbit(b);
}

bool equal_maps(const ValueMap& a, const ValueMap& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
        if (a[i].first == b[i].first) {
            if (!(a[i].second == b[i].second)) return false;
            continue;
        }
        auto found = std::find_if(b.begin(), b.end(),
                                  [&](const auto& entry) { return entry.first == a[i].first; });
        if (found == b.end() || !(found->second == a[i].second)) return false;
    }
    return true;
}

template <class T>
int three_way(T a, T b) {
    return a < b ? -1 : (b < a ? 1 : 0);
}

/// Order of java.lang.Double.compare: -0.0 before 0.0, NaN last.
int compare_doubles(double a, double b) {
    if (a < b) return -1;
    if (a > b) return 1;
    if (std::isnan(a) || std::isnan(b)) return three_way(std::isnan(a), std::isnan(b));
    return three_way(!std::signbit(a), !std::signbit(b));
}

int compare_signed_bytes(const std::string& a, const std::string& b) {
    size_t shared = std::min(a.size(), b.size());
    for (size_t i = 0; i < shared; ++i) {
        auto left = static_cast<signed char>(a[i]);
        auto right = static_cast<signed char>(b[i]);
        if (left != right) return left < right ? -1 : 1;
    }
    return three_way(a.size(), b.size());
}

}  // namespace

bool Value::operator==(const Value& other) const {
    if (data_.index() != other.data_.index()) return false;
    if (is_list()) {
        const ValueList& a = as_list();
        const ValueList& b = other.as_list();
        return &a == &b || a == b;
    }
    if (is_map()) return &as_map() == &other.as_map() || equal_maps(as_map(), other.as_map());
    if (holds<Decimal>()) return std::is_eq(as_decimal().compare(other.as_decimal()));
    if (holds<double>()) return equal_doubles(as_double(), other.as_double());
    return data_ == other.data_;
}

int compare_values(const Value& a, const Value& b, BaseType type) {
    switch (type) {
        case BaseType::kBoolean:
            return three_way(a.as_bool(), b.as_bool());
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            return three_way(a.as_int(), b.as_int());
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            return three_way(a.as_long(), b.as_long());
        case BaseType::kDouble:
            return compare_doubles(a.as_double(), b.as_double());
        case BaseType::kDecimal: {
            auto order = a.as_decimal().compare(b.as_decimal());
            return std::is_lt(order) ? -1 : (std::is_gt(order) ? 1 : 0);
        }
        case BaseType::kString:
            return compare_utf16(a.as_string(), b.as_string());
        case BaseType::kBytes:
            return compare_signed_bytes(a.as_string(), b.as_string());
        default:
            break;
    }
    MR_CHECK(false, "nested values have no order");
    return 0;
}

namespace {

void append_text(std::string& out, const Value& value, const SqlType& type, bool nested);

void append_struct(std::string& out, const Value& value, const SqlType& type) {
    out += "Struct{";
    bool first = true;
    const ValueList& list = value.as_list();
    for (size_t i = 0; i < list.size() && i < type.fields().size(); ++i) {
        // NULL fields are left out, as Connect's Struct.toString does.
        if (list[i].is_null()) continue;
        if (!first) out += ',';
        first = false;
        out += type.fields()[i].name;
        out += '=';
        append_text(out, list[i], *type.fields()[i].type, true);
    }
    out += '}';
}

void append_array(std::string& out, const Value& value, const SqlType& type) {
    out += '[';
    bool first = true;
    for (const Value& element : value.as_list()) {
        if (!first) out += ", ";
        first = false;
        append_text(out, element, *type.element(), true);
    }
    out += ']';
}

void append_map(std::string& out, const Value& value, const SqlType& type) {
    out += '{';
    bool first = true;
    for (const auto& [key, element] : value.as_map()) {
        if (!first) out += ", ";
        first = false;
        append_text(out, key, *type.map_key(), true);
        out += '=';
        append_text(out, element, *type.map_value(), true);
    }
    out += '}';
}

void append_text(std::string& out, const Value& value, const SqlType& type, bool nested) {
    if (value.is_null()) {
        out += "null";
        return;
    }
    switch (type.base()) {
        case BaseType::kBoolean:
            out += value.as_bool() ? "true" : "false";
            return;
        case BaseType::kInteger:
            out += std::to_string(value.as_int());
            return;
        case BaseType::kBigint:
            out += std::to_string(value.as_long());
            return;
        case BaseType::kDouble:
            append_java_double(out, value.as_double());
            return;
        case BaseType::kDecimal:
            // On its own a decimal is printed plainly, inside a container by BigDecimal.toString.
            out += nested ? value.as_decimal().to_string() : value.as_decimal().to_plain_string();
            return;
        case BaseType::kString:
            out += value.as_string();
            return;
        case BaseType::kBytes:
            out += base64_encode(value.as_string());
            return;
        case BaseType::kDate:
            out += format_date(value.as_int());
            return;
        case BaseType::kTime:
            out += format_time(value.as_int());
            return;
        case BaseType::kTimestamp:
            out += format_timestamp(value.as_long());
            return;
        case BaseType::kArray:
            append_array(out, value, type);
            return;
        case BaseType::kMap:
            append_map(out, value, type);
            return;
        case BaseType::kStruct:
            append_struct(out, value, type);
            return;
    }
}

}  // namespace

std::string value_to_text(const Value& value, const SqlType& type) {
    std::string out;
    append_text(out, value, type, false);
    return out;
}

namespace {

/// "d.ddE-n" of Java from digits and the decimal exponent of the first digit.
void append_digits(std::string& out, std::string_view digits, int exponent) {
    int count = static_cast<int>(digits.size());
    if (exponent >= -3 && exponent < 0) {
        out += "0.";
        out.append(static_cast<size_t>(-exponent - 1), '0');
        out += digits;
    } else if (exponent >= 0 && exponent < 7) {
        if (count <= exponent + 1) {
            out += digits;
            out.append(static_cast<size_t>(exponent + 1 - count), '0');
            out += ".0";
        } else {
            out += digits.substr(0, static_cast<size_t>(exponent + 1));
            out += '.';
            out += digits.substr(static_cast<size_t>(exponent + 1));
        }
    } else {
        out += digits[0];
        out += '.';
        out += count > 1 ? digits.substr(1) : std::string_view("0");
        out += 'E';
        out += std::to_string(exponent);
    }
}

}  // namespace

namespace {

/// Digits of a double between 2^54 and 2^63: those of the whole number, less the ones that its 53
/// bits say nothing about. One more than needed, as Java up to 18 has it ("4.6116860184273879E18").
std::string digits_of_large(double value, int& exponent) {
    auto number = static_cast<int64_t>(value);
    const int spare_bits = std::ilogb(value) - 54;
    int64_t unit = 1;
    for (int bits = spare_bits; bits * 301 >= 1000; bits -= 3) unit *= 10;  // log10(2) is 0.301.
    number = (number + unit / 2) / unit;
    std::string digits = std::to_string(number);
    exponent = static_cast<int>(digits.size()) - 1;
    for (; unit > 1; unit /= 10) ++exponent;
    return digits;
}

/// Java up to 18 wants a text nearer to the value than half the distance to its neighbour, and half
/// of that for a power of two; the shortest text that reads back may lie on the border. The end of
/// `text`, which was `end` and is longer then.
char* strictly_near(double value, char* text, char* end, size_t size) {
    int exponent = 0;
    const bool power_of_two = std::frexp(value, &exponent) == 0.5;
    const int half_ulp = std::max(exponent - 54, -1075);
    const long double room = std::ldexp(1.0L, half_ulp - (power_of_two ? 1 : 0));
    auto is_near = [&] {
        *end = 0;
        return std::fabs(std::strtold(text, nullptr) - static_cast<long double>(value)) < room;
    };
    const auto shortest = static_cast<int>(std::find(text, end, 'e') - text);
    for (int digits = std::max(shortest - 1, 1); digits <= 16 && !is_near(); ++digits)
        end =
            std::to_chars(text, text + size - 1, value, std::chars_format::scientific, digits).ptr;
    return end;
}

}  // namespace

void append_java_double(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
        return;
    }
    if (std::signbit(value)) out += '-';
    value = std::fabs(value);
    if (std::isinf(value)) {
        out += "Infinity";
        return;
    }
    if (value == 0) {
        out += "0.0";
        return;
    }
    constexpr double kTwoTo54 = 18014398509481984.0;
    constexpr double kTwoTo63 = 9223372036854775808.0;
    if (value >= kTwoTo54 && value < kTwoTo63) {
        int exponent = 0;
        std::string digits = digits_of_large(value, exponent);
        while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
        append_digits(out, digits, exponent);
        return;
    }
    char text[40];
    char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    // Far beyond 2^63 no short text lies on a border any more.
    // A power of two of few digits (1, 0.5) is exactly its text.
    const bool power_of_two = (std::bit_cast<uint64_t>(value) << 12) == 0 && end - text > 12;
    if ((value >= kTwoTo63 && value < 1e25) || power_of_two ||
        value < std::numeric_limits<double>::min())
        end = strictly_near(value, text, end, sizeof text);
    char* mark = std::find(text, end, 'e');
    // Java takes the nearest two digits where one would do (4.9E-324, not 5E-324).
    if (mark - text == 1 && text[0] != '1' && value < 1e-300) {
        end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 1).ptr;
        mark = std::find(text, end, 'e');
    }
    const char* exponent_text = mark + 1;
    if (*exponent_text == '+') ++exponent_text;
    int exponent = 0;
    std::from_chars(exponent_text, end, exponent);
    // "d.ddd" becomes "dddd" in place.
    char digits[40];
    size_t count = 0;
    for (const char* c = text; c != mark; ++c) {
        if (*c != '.') digits[count++] = *c;
    }
    while (count > 1 && digits[count - 1] == '0') --count;
    append_digits(out, {digits, count}, exponent);
}

std::string java_double(double value) {
    std::string out;
    append_java_double(out, value);
    return out;
}

}  // namespace millrace
