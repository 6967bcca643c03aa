// Durations as statements write them: a number and a unit. Stateless; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::sql {

/// The unit in which a duration was written, for printing it the same way; the value is in the *_ms
/// field beside it. kAuto: the largest unit that divides it.
enum class DurationUnit { kAuto, kMilliseconds, kSeconds, kMinutes, kHours, kDays };

/// A million years: what is longer means no more than this, and sums of a few stay numbers.
inline constexpr int64_t kForeverMs = int64_t{1} << 55;

/// Milliseconds of one unit. REQUIRES: not kAuto.
int64_t duration_unit_ms(DurationUnit unit);
/// "HOURS". REQUIRES: not kAuto.
std::string_view duration_unit_name(DurationUnit unit);
/// By a word in any letter case, singular or plural; kAuto: it is no unit.
DurationUnit duration_unit_of(std::string_view word);

/// "90 MINUTES"; in another unit than asked for when that one does not divide it.
std::string duration_text(int64_t ms, DurationUnit unit = DurationUnit::kAuto);
/// "10 SECONDS" in ms; nothing when it is no duration.
std::optional<int64_t> parse_duration_ms(std::string_view text);

}  // namespace millrace::sql
