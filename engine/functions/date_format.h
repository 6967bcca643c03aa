// Patterns of java.time.format.DateTimeFormatter, English names. Immutable; any thread. Kept
// compiled in ThreadCache<DateFormat> by those who meet the same pattern on every row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/functions/time_zone.h"

namespace millrace::functions {

/// What is to be written: a date, a time of day, both, both in a zone.
struct DateTime {
    std::optional<int64_t> day;  ///< Days since the epoch.
    std::optional<int64_t> nano_of_day;
    const TimeZone* zone = nullptr;
    int64_t instant_ms = 0;  ///< With a zone.

    static DateTime of_instant(int64_t instant_ms, const TimeZone& zone);
};

/// What was read: the fields that the pattern has.
struct DateFields {
    std::optional<int64_t> era, year, year_of_era, month, day, day_of_year;
    std::optional<int64_t> weekday;  ///< Monday is 0.
    std::optional<int64_t> quarter, week_year, week, week_of_month;
    std::optional<int64_t> hour, clock_hour, half_day_hour, half_day_clock_hour, half_day;
    std::optional<int64_t> day_period;  ///< An index into kDayPeriods.
    std::optional<int64_t> minute, second, nano, milli_of_day, nano_of_day;
    std::optional<int32_t> offset_seconds;
    std::optional<TimeZone> zone;

    /// Epoch day; missing fields are 1970, 1 and 1 when `defaults`, else RowError, as it is when
    /// two fields contradict each other.
    int64_t to_day(bool defaults) const;
    /// Nanoseconds of the day; missing ones are zero; without an hour RowError unless `defaults`.
    int64_t to_nano_of_day(bool defaults) const;
    bool has_date() const;
    /// 24:00, the end of a day: midnight of the next one.
    bool ends_day() const;
    /// Is there a day without any default?
    bool has_whole_day() const { return whole_day().has_value(); }

private:
    /// The day that the text tells without any default.
    std::optional<int64_t> whole_day() const;
    void check_against(int64_t day) const;
    /// AM or PM by the part of the day that the text names.
    std::optional<int64_t> half_of_period(const std::optional<int64_t>& half_hour) const;
    /// REQUIRES: a year of either kind.
    int64_t given_year() const;
};

/// A week as the United States count it (Java's default locale in ksqlDB's image): from Sunday, the
/// first one of a year is the one with January 1st.
struct Week {
    int64_t year, number;
    static Week of_day(int64_t day);
    /// The week of its month; `day_of_month` is the day's.
    static int64_t of_month(int64_t day, int64_t day_of_month);
    /// The Sunday that the first week of the year begins with.
    static int64_t first_day(int64_t year);
};

constexpr size_t kDatePatternBytesMax = 10'000;
/// Throws RowError when the pattern, of this or another kind of date format, is longer.
void check_pattern_size(std::string_view pattern);

class DateFormat {
public:
    /// Throws RowError on a bad pattern.
    explicit DateFormat(std::string_view pattern);

    /// Throws RowError when a field is not in `time` (the hour of a date).
    std::string format(const DateTime& time) const;
    /// Case does not count. Throws RowError when the text does not fit to its end.
    DateFields parse(std::string_view text) const;

    /// Milliseconds since the epoch: missing fields default to 1970-01-01 00:00:00, a zone in the
    /// text wins over `zone` (TIMESTAMP_FORMAT, PARSE_TIMESTAMP). Throws RowError.
    int64_t parse_timestamp_ms(std::string_view text, const TimeZone& zone) const;

    struct Element {
        char letter = 0;  ///< 0: the literal `text`; '[': the optional `inner`.
        int count = 0;
        int pad = 0;  ///< Width to pad to on the left, 0: none.
        std::string text;
        std::vector<Element> inner;
    };

private:
    std::string pattern_;
    std::vector<Element> elements_;
};

}  // namespace millrace::functions
