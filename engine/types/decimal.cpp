#include "engine/types/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/types/value.h"

namespace millrace {
namespace {

__extension__ using UInt128 = unsigned __int128;

constexpr UInt128 kMaxUnscaled = [] {
    UInt128 value = 1;
    for (int i = 0; i < Decimal::kMaxDigits; ++i) value *= 10;
    return value - 1;
}();

/// REQUIRES: 0 <= exponent <= 38.
UInt128 power_of_ten(int exponent) {
    static const auto kPowers = [] {
        struct Table {
            UInt128 at[Decimal::kMaxDigits + 1];
        } table{};
        table.at[0] = 1;
        for (int i = 1; i <= Decimal::kMaxDigits; ++i) table.at[i] = table.at[i - 1] * 10;
        return table;
    }();
    return kPowers.at[exponent];
}

UInt128 magnitude(Int128 value) {
    return value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

Int128 with_sign(UInt128 value, bool negative) {
    return negative ? -static_cast<Int128>(value) : static_cast<Int128>(value);
}

/// value * 10^exponent; nothing past 38 digits.
std::optional<UInt128> shift_left(UInt128 value, int exponent) {
    if (value == 0) return value;
    if (exponent > Decimal::kMaxDigits) return std::nullopt;
    UInt128 factor = power_of_ten(exponent);
    if (value > kMaxUnscaled / factor) return std::nullopt;
    return value * factor;
}

/// What to do with a quotient that left a remainder. `half` orders twice the remainder to the
/// divisor.
std::optional<UInt128> round_quotient(UInt128 quotient, bool exact, int half, bool negative,
                                      Rounding rounding) {
    if (exact) return quotient;
    switch (rounding) {
        case Rounding::kUnnecessary:
            return std::nullopt;
        case Rounding::kDown:
            return quotient;
        case Rounding::kHalfUp:
            return half >= 0 ? quotient + 1 : quotient;
        case Rounding::kFloor:
            return negative ? quotient + 1 : quotient;
        case Rounding::kCeiling:
            return negative ? quotient : quotient + 1;
    }
    return std::nullopt;
}

int compare_half(UInt128 remainder, UInt128 divisor) {
    UInt128 rest = divisor - remainder;
    return remainder < rest ? -1 : (remainder > rest ? 1 : 0);
}

std::string digits_of(UInt128 value) {
    char text[40];
    char* at = text + sizeof text;
    do {
        *--at = static_cast<char>('0' + static_cast<int>(value % 10));
        value /= 10;
    } while (value != 0);
    return {at, static_cast<size_t>(text + sizeof text - at)};
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
    size_t at = 0;
    bool negative = false;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) negative = text[at++] == '-';
    UInt128 value = 0;
    int scale = 0;
    bool any = false;
    bool dot = false;
    for (; at < text.size(); ++at) {
        char c = text[at];
        if (c == '.' && !dot) {
            dot = true;
            continue;
        }
        if (c < '0' || c > '9') break;
        any = true;
        UInt128 digit = static_cast<UInt128>(c - '0');
        if (value > (kMaxUnscaled - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
        if (dot && ++scale > 100000) return std::nullopt;
    }
    if (!any) return std::nullopt;
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && text[at] == '+') {
            ++at;
            if (at < text.size() && text[at] == '-') return std::nullopt;
        }
        int exponent = 0;
        auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
        if (error != std::errc() || std::abs(static_cast<int64_t>(exponent)) > 100000) {
            return std::nullopt;
        }
        at = static_cast<size_t>(end - text.data());
        scale -= exponent;
    }
    if (at != text.size()) return std::nullopt;
    return Decimal(with_sign(value, negative), scale);
}

std::optional<Decimal> Decimal::from_double(double value) {
    if (!std::isfinite(value)) return std::nullopt;
    return parse(java_double(value));
}

int Decimal::precision() const {
    UInt128 value = magnitude(unscaled_);
    int digits = 1;
    while (digits < kMaxDigits && value >= power_of_ten(digits)) ++digits;
    return digits;
}

std::optional<Decimal> Decimal::with_scale(int scale, Rounding rounding) const {
    if (scale == scale_) return *this;
    bool negative = is_negative();
    UInt128 value = magnitude(unscaled_);
    if (scale > scale_) {
        auto shifted = shift_left(value, scale - scale_);
        if (!shifted) return std::nullopt;
        return Decimal(with_sign(*shifted, negative), scale);
    }
    int drop = scale_ - scale;
    UInt128 quotient = 0;
    UInt128 remainder = value;
    int half = -1;
    if (drop <= kMaxDigits) {
        UInt128 divisor = power_of_ten(drop);
        quotient = value / divisor;
        remainder = value % divisor;
        half = compare_half(remainder, divisor);
    }
    auto rounded = round_quotient(quotient, remainder == 0, half, negative, rounding);
    if (!rounded) return std::nullopt;
    return Decimal(with_sign(*rounded, negative), scale);
}

std::optional<Decimal> Decimal::fit(int precision, int scale, Rounding rounding) const {
    auto scaled = with_scale(scale, rounding);
    if (!scaled || scaled->precision() > precision) return std::nullopt;
    return scaled;
}

std::optional<Decimal> Decimal::add(const Decimal& other) const {
    int scale = std::max(scale_, other.scale_);
    auto left = with_scale(scale, Rounding::kUnnecessary);
    auto right = other.with_scale(scale, Rounding::kUnnecessary);
    if (!left || !right) return std::nullopt;
    // Two numbers of 38 digits cannot overflow 128 bits.
    Int128 sum = left->unscaled_ + right->unscaled_;
    if (magnitude(sum) > kMaxUnscaled) return std::nullopt;
    return Decimal(sum, scale);
}

std::optional<Decimal> Decimal::subtract(const Decimal& other) const {
    return add(other.negate());
}

std::optional<Decimal> Decimal::multiply(const Decimal& other) const {
    UInt128 left = magnitude(unscaled_);
    UInt128 right = magnitude(other.unscaled_);
    if (left != 0 && right > kMaxUnscaled / left) return std::nullopt;
    return Decimal(with_sign(left * right, is_negative() != other.is_negative()),
                   scale_ + other.scale_);
}

std::optional<Decimal> Decimal::divide(const Decimal& other, int scale, Rounding rounding) const {
    if (other.is_zero()) return std::nullopt;
    if (is_zero()) return Decimal(0, scale);
    bool negative = is_negative() != other.is_negative();
    UInt128 dividend = magnitude(unscaled_);
    UInt128 divisor = magnitude(other.unscaled_);
    // The quotient is dividend / divisor * 10^shift.
    int shift = scale - (scale_ - other.scale_);
    if (shift < 0) {
        auto scaled = shift_left(divisor, -shift);
        if (!scaled) {
            auto rounded = round_quotient(0, false, -1, negative, rounding);
            if (!rounded) return std::nullopt;
            return Decimal(with_sign(*rounded, negative), scale);
        }
        divisor = *scaled;
        shift = 0;
    }
    UInt128 quotient = dividend / divisor;
    UInt128 remainder = dividend % divisor;
    // Long division, digit by digit: the shifted dividend may need more than 128 bits.
    for (; shift > 0; --shift) {
        if (quotient > kMaxUnscaled / 10) return std::nullopt;
        UInt128 digit = 0;
        UInt128 rest = 0;
        for (int i = 0; i < 10; ++i) {
            // rest += remainder, without passing the divisor or 128 bits.
            if (rest >= divisor - remainder) {
                rest -= divisor - remainder;
                ++digit;
            } else {
                rest += remainder;
            }
        }
        quotient = quotient * 10 + digit;
        remainder = rest;
        if (remainder == 0) {
            auto shifted = shift_left(quotient, shift - 1);
            if (!shifted) return std::nullopt;
            quotient = *shifted;
            break;
        }
    }
    auto rounded = round_quotient(quotient, remainder == 0, compare_half(remainder, divisor),
                                  negative, rounding);
    if (!rounded || *rounded > kMaxUnscaled) return std::nullopt;
    return Decimal(with_sign(*rounded, negative), scale);
}

std::optional<Decimal> Decimal::remainder(const Decimal& other) const {
    if (other.is_zero()) return std::nullopt;
    int scale = std::max(scale_, other.scale_);
    auto left = with_scale(scale, Rounding::kUnnecessary);
    auto right = other.with_scale(scale, Rounding::kUnnecessary);
    if (!left) return std::nullopt;
    // A divisor too large to be written at this scale is larger than the dividend.
    if (!right) return *left;
    return Decimal(left->unscaled_ % right->unscaled_, scale);
}

std::strong_ordering Decimal::compare(const Decimal& other) const {
    if (scale_ == other.scale_) return unscaled_ <=> other.unscaled_;
    int left_sign = unscaled_ == 0 ? 0 : (unscaled_ < 0 ? -1 : 1);
    int right_sign = other.unscaled_ == 0 ? 0 : (other.unscaled_ < 0 ? -1 : 1);
    if (left_sign != right_sign || left_sign == 0) return left_sign <=> right_sign;
    // Same sign: first the place of the leading digit, then the digits at the finer scale.
    int left_top = precision() - scale_;
    int right_top = other.precision() - other.scale_;
    if (left_top != right_top) {
        return left_sign > 0 ? left_top <=> right_top : right_top <=> left_top;
    }
    // With the leading digits in one place, the finer one has more digits, so this cannot overflow.
    int scale = std::max(scale_, other.scale_);
    return with_scale(scale, Rounding::kUnnecessary)->unscaled_ <=>
           other.with_scale(scale, Rounding::kUnnecessary)->unscaled_;
}

int64_t Decimal::to_int64() const {
    if (scale_ < 0) {
        // 10^64 is 0 modulo 2^64.
        uint64_t value = static_cast<uint64_t>(unscaled_);
        for (int i = 0; i < std::min(-scale_, 64); ++i) value *= 10;
        return static_cast<int64_t>(value);
    }
    auto whole = with_scale(0, Rounding::kDown);
    return static_cast<int64_t>(static_cast<uint64_t>(whole->unscaled_));
}

double Decimal::to_double() const {
    std::string text = digits_of(magnitude(unscaled_)) + "e" + std::to_string(-scale_);
    double value = 0;
    auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec == std::errc::result_out_of_range) {
        value = precision() - scale_ > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    }
    return is_negative() ? -value : value;
}

std::string Decimal::to_plain_string() const {
    std::string digits = digits_of(magnitude(unscaled_));
    if (scale_ < 0 && unscaled_ != 0) digits.append(static_cast<size_t>(-scale_), '0');
    if (scale_ > 0) {
        size_t scale = static_cast<size_t>(scale_);
        if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
        digits.insert(digits.size() - scale, 1, '.');
    }
    if (is_negative()) digits.insert(0, 1, '-');
    return digits;
}

std::string Decimal::to_string() const {
    std::string digits = digits_of(magnitude(unscaled_));
    int adjusted = static_cast<int>(digits.size()) - 1 - scale_;
    if (scale_ >= 0 && adjusted >= -6) return to_plain_string();
    if (digits.size() > 1) digits.insert(1, 1, '.');
    if (adjusted != 0) {
        digits += adjusted > 0 ? "E+" : "E";
        digits += std::to_string(adjusted);
    }
    if (is_negative()) digits.insert(0, 1, '-');
    return digits;
}

}  // namespace millrace
