// Exact decimal numbers as java.math.BigDecimal knows them: an unscaled integer and a scale.
// Up to 38 digits (128 bits); what does not fit is an overflow, never a wrong digit.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

__extension__ using Int128 = __int128;

enum class Rounding { kHalfUp, kDown, kUnnecessary, kFloor, kCeiling };

class Decimal {
public:
    static constexpr int kMaxDigits = 38;

    constexpr Decimal() = default;
    constexpr Decimal(Int128 unscaled, int scale) : unscaled_(unscaled), scale_(scale) {}

    /// Plain or exponent notation; nothing when it is no number or has more than 38 digits.
    static std::optional<Decimal> parse(std::string_view text);
    /// The exact value of the shortest decimal text that reads back as `value`
    /// (BigDecimal.valueOf).
    static std::optional<Decimal> from_double(double value);

    Int128 unscaled() const { return unscaled_; }
    int scale() const { return scale_; }
    /// Number of digits of the unscaled value; 1 for zero.
    int precision() const;
    bool is_zero() const { return unscaled_ == 0; }
    bool is_negative() const { return unscaled_ < 0; }

    /// Same value with this scale; nothing when digits would be lost under kUnnecessary or on
    /// overflow.
    std::optional<Decimal> with_scale(int scale, Rounding rounding) const;
    /// with_scale, and at most `precision` digits.
    std::optional<Decimal> fit(int precision, int scale, Rounding rounding) const;

    std::optional<Decimal> add(const Decimal& other) const;
    std::optional<Decimal> subtract(const Decimal& other) const;
    std::optional<Decimal> multiply(const Decimal& other) const;
    /// Quotient at `scale`; nothing on division by zero, overflow or an inexact kUnnecessary.
    std::optional<Decimal> divide(const Decimal& other, int scale, Rounding rounding) const;
    std::optional<Decimal> remainder(const Decimal& other) const;
    Decimal negate() const { return {-unscaled_, scale_}; }
    Decimal abs() const { return {unscaled_ < 0 ? -unscaled_ : unscaled_, scale_}; }

    /// By value: 1.0 equals 1.00.
    std::strong_ordering compare(const Decimal& other) const;
    /// By value and scale.
    bool operator==(const Decimal& other) const = default;

    /// Truncated, low 64 bits (BigDecimal.longValue).
    int64_t to_int64() const;
    double to_double() const;
    /// Plain notation, scale kept: "1.50" (toPlainString).
    std::string to_plain_string() const;
    /// BigDecimal.toString: exponent below 1e-6.
    std::string to_string() const;

private:
    Int128 unscaled_ = 0;
    int scale_ = 0;
};

}  // namespace millrace
