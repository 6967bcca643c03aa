// DECIMALs as our own formats hold them: an unscaled value and a scale, which bytes from outside
// may claim to be anything.
#pragma once

#include "engine/base/damaged.h"
#include "engine/types/decimal.h"
#include "engine/types/sql_type.h"

namespace millrace {

/// Throws DamagedBytes when it has more digits than a DECIMAL can, or is none of this type's scale.
inline Decimal stored_decimal(Int128 unscaled, int64_t scale, const SqlType& type) {
    constexpr auto kBound = [] {
        Int128 bound = 1;
        for (int i = 0; i < Decimal::kMaxDigits; ++i) bound *= 10;
        return bound;
    }();
    constexpr int64_t kScaleMax = Decimal::kMaxDigits;
    need_intact(
        unscaled > -kBound && unscaled < kBound && scale >= -kScaleMax && scale <= kScaleMax,
        "a stored DECIMAL is none");
    const Decimal decimal{unscaled, static_cast<int>(scale)};
    need_intact(decimal.scale() == type.scale() ||
                    decimal.with_scale(type.scale(), Rounding::kUnnecessary).has_value(),
                "a stored DECIMAL does not fit its type");
    return decimal;
}

}  // namespace millrace
