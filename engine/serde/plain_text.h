// Text seen at a glance to be a value of a type, for fields that are checked and not read. What is
// not seen may be one all the same: whoever asks reads it then, and throws the value away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/types/sql_type.h"

namespace millrace {

/// A number as it is nearly always written: "-12.50", no exponent, no zeros ahead.
struct PlainNumber {
    size_t whole_digits = 0;
    size_t fraction_digits = 0;
    /// Does it fit into DECIMAL(precision, scale) as it stands? When not, it may still: 1.500.
    bool fits(int precision, int scale) const {
        return fraction_digits <= static_cast<size_t>(scale) &&
               whole_digits <= static_cast<size_t>(precision - scale);
    }
};
/// Nothing when it is written otherwise, or is no number.
std::optional<PlainNumber> plain_number(std::string_view text);

/// Milliseconds of a day, as a TIME has them.
bool is_time_of_day(int64_t millis);
/// What is to be said of a text that means none.
std::string no_time_of_day(std::string_view text);

/// Digits, base64 or any STRING, that every format reads as a value of `type`.
bool is_plainly(std::string_view text, const SqlType& type);

}  // namespace millrace
