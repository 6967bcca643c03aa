#include "engine/sql/duration.h"

#include <charconv>

#include "engine/base/check.h"
#include "engine/base/text.h"

namespace millrace::sql {
namespace {

struct NamedUnit {
    DurationUnit unit;
    std::string_view name;
    int64_t ms;
};

/// Largest first.
constexpr NamedUnit kDurationUnits[] = {
    {DurationUnit::kDays, "DAYS", 86'400'000},        {DurationUnit::kHours, "HOURS", 3'600'000},
    {DurationUnit::kMinutes, "MINUTES", 60'000},      {DurationUnit::kSeconds, "SECONDS", 1000},
    {DurationUnit::kMilliseconds, "MILLISECONDS", 1},
};

const NamedUnit& named(DurationUnit unit) {
    for (const NamedUnit& known : kDurationUnits) {
        if (known.unit == unit) return known;
    }
    check_failed(__FILE__, __LINE__, "unit != kAuto", "a duration needs a unit");
}

}  // namespace

int64_t duration_unit_ms(DurationUnit unit) {
    return named(unit).ms;
}

std::string_view duration_unit_name(DurationUnit unit) {
    return named(unit).name;
}

DurationUnit duration_unit_of(std::string_view word) {
    const std::string upper = upper_ascii(word);
    for (const NamedUnit& known : kDurationUnits) {
        if (upper == known.name || upper == known.name.substr(0, known.name.size() - 1)) {
            return known.unit;
        }
    }
    return DurationUnit::kAuto;
}

std::string duration_text(int64_t ms, DurationUnit unit) {
    if (ms == 0 && unit == DurationUnit::kAuto) unit = DurationUnit::kSeconds;
    for (const NamedUnit& known : kDurationUnits) {
        if (unit != DurationUnit::kAuto && unit != known.unit) continue;
        if (ms % known.ms == 0) {
            return std::to_string(ms / known.ms) + " " + std::string(known.name);
        }
    }
    return std::to_string(ms) + " MILLISECONDS";
}

std::optional<int64_t> parse_duration_ms(std::string_view text) {
    int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
    if (!text.starts_with(' ')) return std::nullopt;
    const DurationUnit unit = duration_unit_of(trim(text, " "));
    int64_t ms = 0;
    if (unit == DurationUnit::kAuto ||
        __builtin_mul_overflow(number, duration_unit_ms(unit), &ms)) {
        return std::nullopt;
    }
    return ms;
}

}  // namespace millrace::sql
