#include "engine/functions/calendar_fields.h"

#include <algorithm>

#include "engine/functions/date_format.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

int64_t floor_mod(int64_t a, int64_t b) {
    return (a % b + b) % b;
}

/// The last day up to `day` that is this weekday; Sunday is 1, others wrap round.
int64_t on_or_before(int64_t day, int64_t weekday) {
    return day -
           floor_mod(day + 4 - (weekday - 1), 7);  // 1970-01-01 was a Thursday, 4 from Sunday.
}

/// The Sunday that begins the week of `day`.
int64_t begin_of_week(int64_t day) {
    return on_or_before(day, 1);
}

/// Two fields that only say something together.
int together(int a, int b) {
    return a == 0 || b == 0 ? 0 : std::max(a, b);
}

/// The first of a month.
int64_t first_of(int64_t year, unsigned month, bool julian) {
    if (!julian) return days_from_civil(year, month, 1);
    // Years from March on, so that the leap day is the last of its year; 4 years have 1,461 days.
    const int64_t y = month > 2 ? year : year - 1;
    const int64_t months = month > 2 ? month - 3 : month + 9;
    const int64_t before = y >= 0 ? y / 4 : -((3 - y) / 4);
    return y * 365 + before + (153 * months + 2) / 5 - 719'470;
}

}  // namespace

int64_t CalendarFields::first_of_month(bool julian) const {
    const int64_t months = get(kYear) * 12 + get(kMonth) - 1;
    const int64_t year = months >= 0 ? months / 12 : -((-months + 11) / 12);
    return first_of(year, static_cast<unsigned>(months - year * 12 + 1), julian);
}

int64_t CalendarFields::day() const {
    constexpr int64_t kFirstGregorian = -141'427;  // 1582-10-15.
    const int64_t gregorian = day_in(false);
    return gregorian >= kFirstGregorian ? gregorian : day_in(true);
}

int64_t CalendarFields::day_in(bool julian) const {
    const int weekday = stamps_[kDayOfWeek];
    int in_month = stamps_[kDayOfMonth];
    int of_month = together(stamps_[kWeekOfMonth], weekday);
    int nth = together(stamps_[kDayOfWeekInMonth], weekday);
    const int in_year = stamps_[kDayOfYear];
    int of_year = together(stamps_[kWeekOfYear], weekday);
    int best = std::max({in_month, of_month, nth, in_year, of_year});
    if (best == 0) {
        // No complete combination: a week alone, or a weekday as the first one of its month.
        of_month = stamps_[kWeekOfMonth];
        nth = std::max(stamps_[kDayOfWeekInMonth], weekday);
        of_year = stamps_[kWeekOfYear];
        best = std::max({of_month, nth, of_year});
        if (best == 0) return first_of_month(julian);
    }
    const int64_t january_first = first_of(get(kYear), 1, julian);
    if (best == in_month) return first_of_month(julian) + get(kDayOfMonth) - 1;
    if (best == in_year) return january_first + get(kDayOfYear) - 1;
    const bool by_month =
        best == of_month && stamps_[kWeekOfMonth] >= stamps_[kWeekOfYear] && of_month >= nth;
    if (by_month)
        return begin_of_week(first_of_month(julian)) + (get(kWeekOfMonth) - 1) * 7 +
               get(kDayOfWeek) - 1;
    if (best == nth && stamps_[kDayOfWeekInMonth] >= stamps_[kWeekOfYear]) {
        const int64_t count = get(kDayOfWeekInMonth);
        if (count >= 0)
            return on_or_before(first_of_month(julian) + 7 * count - 1, get(kDayOfWeek));
        CalendarFields next = *this;
        next.set(kMonth, get(kMonth) + 1);
        return on_or_before(next.first_of_month(julian) + 7 * (count + 1) - 1, get(kDayOfWeek));
    }
    return begin_of_week(january_first) + (get(kWeekOfYear) - 1) * 7 + get(kDayOfWeek) - 1;
}

}  // namespace millrace::functions
