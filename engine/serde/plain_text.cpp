#include "engine/serde/plain_text.h"

#include <algorithm>

namespace millrace {
namespace {

/// Digits that an INTEGER, BIGINT or DOUBLE has room for, whichever they are.
constexpr size_t kIntDigits = 9;
constexpr size_t kLongDigits = 18;
constexpr size_t kTimeDigits = 7;
constexpr size_t kDoubleDigits = 308;
constexpr int64_t kMillisPerDay = 86'400'000;

bool is_integer(std::string_view text, size_t digits_max) {
    const auto plain = plain_number(text);
    return plain && plain->fraction_digits == 0 && plain->whole_digits <= digits_max;
}

bool is_double(std::string_view text) {
    const auto plain = plain_number(text);
    return plain && plain->whole_digits <= kDoubleDigits;
}

bool is_decimal(std::string_view text, const SqlType& type) {
    const auto plain = plain_number(text);
    return plain && plain->fits(type.precision(), type.scale());
}

bool is_base64_digit(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/// With its padding; without, it may be right as well.
bool is_base64(std::string_view text) {
    if (text.size() % 4 != 0) return false;
    if (text.ends_with("==")) {
        text.remove_suffix(2);
    } else if (text.ends_with('=')) {
        text.remove_suffix(1);
    }
    return std::all_of(text.begin(), text.end(), is_base64_digit);
}

}  // namespace

std::optional<PlainNumber> plain_number(std::string_view text) {
    const auto digits_from = [&text](size_t at) {
        const size_t first = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - first;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    PlainNumber number;
    number.whole_digits = digits_from(0);
    if (number.whole_digits == 0 || (number.whole_digits > 1 && text[0] == '0')) return {};
    if (number.whole_digits == text.size()) return number;
    if (text[number.whole_digits] != '.') return {};
    number.fraction_digits = digits_from(number.whole_digits + 1);
    if (number.fraction_digits == 0) return {};
    if (number.whole_digits + 1 + number.fraction_digits != text.size()) return {};
    return number;
}

bool is_time_of_day(int64_t millis) {
    return millis >= 0 && millis < kMillisPerDay;
}

std::string no_time_of_day(std::string_view text) {
    return "A TIME is from 0 to 86399999 milliseconds. Got " + std::string(text);
}

bool is_plainly(std::string_view text, const SqlType& type) {
    switch (type.base()) {
        case BaseType::kInteger:
        case BaseType::kDate:
            return is_integer(text, kIntDigits);
        case BaseType::kTime:
            return !text.starts_with('-') && is_integer(text, kTimeDigits);
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            return is_integer(text, kLongDigits);
        case BaseType::kDouble:
            return is_double(text);
        case BaseType::kDecimal:
            return is_decimal(text, type);
        case BaseType::kString:
            return true;
        case BaseType::kBytes:
            return is_base64(text);
        default:
            return false;
    }
}

}  // namespace millrace
