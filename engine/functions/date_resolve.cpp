// What the fields of a date text come to: java.time's "smart" resolving, its cross-checks included.
#include <algorithm>
#include <string>

#include "engine/base/error.h"
#include "engine/functions/date_format.h"
#include "engine/functions/date_names.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

constexpr int64_t kDayNanos = 86'400'000'000'000;

int64_t floor_mod(int64_t a, int64_t b) {
    return (a % b + b) % b;
}

int64_t checked(const std::optional<int64_t>& value, int64_t least, int64_t most,
                const char* field) {
    if (*value < least || *value > most)
        throw RowError(std::string("Invalid value for ") + field + " (valid values " +
                       std::to_string(least) + " - " + std::to_string(most) +
                       "): " + std::to_string(*value));
    return *value;
}

bool is_leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t length_of_month(int64_t year, int64_t month) {
    constexpr int kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : kLengths[month - 1];
}

/// Java: the 31st of a short month is its last day.
int64_t day_of(int64_t year, int64_t month, int64_t day) {
    return days_from_civil(year, static_cast<unsigned>(month),
                           static_cast<unsigned>(std::min(day, length_of_month(year, month))));
}

int64_t weekday_of(int64_t day) {
    return floor_mod(day + 3, 7);  // Monday is 0.
}

/// Two letters for one field must say the same.
void merge(std::optional<int64_t>& field, int64_t value, const char* name) {
    if (field && *field != value)
        throw RowError(std::string("Conflict found: ") + name + " " + std::to_string(*field) +
                       " differs from " + name + " " + std::to_string(value));
    field = value;
}

void check_field(const std::optional<int64_t>& read, int64_t derived, const char* field) {
    if (read && *read != derived)
        throw RowError(std::string("Conflict found: Field ") + field + " " + std::to_string(*read) +
                       " differs from " + field + " " + std::to_string(derived) +
                       " derived from the rest");
}

}  // namespace

int64_t Week::first_day(int64_t year) {
    const int64_t january_first = days_from_civil(year, 1, 1);
    return january_first - (weekday_of(january_first) + 1) % 7;
}

Week Week::of_day(int64_t day) {
    int64_t year;
    unsigned month, day_of_month;
    civil_from_days(day, year, month, day_of_month);
    if (day >= first_day(year + 1)) ++year;
    return {year, (day - first_day(year)) / 7 + 1};
}

int64_t Week::of_month(int64_t day, int64_t day_of_month) {
    const int64_t before = (weekday_of(day - day_of_month + 1) + 1) % 7;
    return (day_of_month - 1 + before) / 7 + 1;
}

bool DateFields::has_date() const {
    return era || year || year_of_era || month || day || day_of_year || weekday || quarter;
}

std::optional<int64_t> DateFields::whole_day() const {
    if (year || year_of_era) {
        const int64_t y = given_year();
        if (month && day)
            return day_of(y, checked(month, 1, 12, "MonthOfYear"),
                          checked(day, 1, 31, "DayOfMonth"));
        if (day_of_year) {
            const int64_t number = checked(day_of_year, 1, 366, "DayOfYear");
            if (number == 366 && !is_leap(y))
                throw RowError("Invalid date 'DayOfYear 366' as '" + std::to_string(y) +
                               "' is not a leap year");
            return days_from_civil(y, 1, 1) + number - 1;
        }
    }
    if (week_year && week && weekday)
        return Week::first_day(*week_year) + (checked(week, 1, 53, "WeekOfWeekBasedYear") - 1) * 7 +
               (*weekday + 1) % 7;
    return std::nullopt;
}

void DateFields::check_against(int64_t date) const {
    int64_t y;
    unsigned m, d;
    civil_from_days(date, y, m, d);
    if (weekday) check_field(*weekday + 1, weekday_of(date) + 1, "DayOfWeek");
    check_field(day_of_year, date - days_from_civil(y, 1, 1) + 1, "DayOfYear");
    check_field(month, m, "MonthOfYear");
    check_field(quarter, (m - 1) / 3 + 1, "QuarterOfYear");
    check_field(week_year, Week::of_day(date).year, "WeekBasedYear");
    check_field(week, Week::of_day(date).number, "WeekOfWeekBasedYear");
    check_field(week_of_month, Week::of_month(date, d), "WeekOfMonth");
}

int64_t DateFields::to_day(bool defaults) const {
    if (const auto whole = whole_day()) {
        check_against(*whole);
        return *whole;
    }
    const bool any_year = year || year_of_era;
    if (!defaults)
        throw RowError(any_year
                           ? "Unable to obtain LocalDate from the text: month or day is missing"
                           : "Unable to obtain LocalDate from the text: no year");
    // Each field that is there is laid over 1970-01-01, a Thursday, in the order of ChronoField.
    int64_t date = weekday ? *weekday - 3 : 0;
    int64_t y;
    unsigned m, d;
    civil_from_days(date, y, m, d);
    if (day) date = day_of(y, m, checked(day, 1, 31, "DayOfMonth"));
    if (day_of_year) {
        const int64_t number = checked(day_of_year, 1, 366, "DayOfYear");
        if (number == 366 && any_year) y = given_year();
        if (number == 366 && !is_leap(y))
            throw RowError("Invalid date 'DayOfYear 366' as '" + std::to_string(y) +
                           "' is not a leap year");
        date = days_from_civil(y, 1, 1) + number - 1;
    }
    civil_from_days(date, y, m, d);
    if (month) date = day_of(y, checked(month, 1, 12, "MonthOfYear"), d);
    civil_from_days(date, y, m, d);
    if (any_year) return day_of(given_year(), m, d);
    return era && *era == 0 ? day_of(1 - y, m, d) : date;
}

int64_t DateFields::given_year() const {
    if (year) return *year;
    return era && *era == 0 ? 1 - *year_of_era : *year_of_era;
}

std::optional<int64_t> DateFields::half_of_period(const std::optional<int64_t>& half_hour) const {
    if (!day_period || !half_hour) return half_day;
    const DayPeriod& period = kDayPeriods[*day_period];
    const auto minute_of_half = static_cast<int>(*half_hour * 60 + minute.value_or(0));
    for (const int half : {0, 1}) {
        if (period.has(minute_of_half + half * 720)) return half;
    }
    throw RowError("Conflict found: '" + std::string(period.name) + "' is at no hour like " +
                   std::to_string(*half_hour));
}

bool DateFields::ends_day() const {
    return hour == 24 && minute.value_or(0) == 0 && second.value_or(0) == 0 &&
           nano.value_or(0) == 0;
}

int64_t DateFields::to_nano_of_day(bool defaults) const {
    constexpr int64_t kSecond = 1'000'000'000;
    if (nano_of_day) return checked(nano_of_day, 0, kDayNanos - 1, "NanoOfDay");
    if (milli_of_day) return checked(milli_of_day, 0, 86'399'999, "MilliOfDay") * 1'000'000;
    std::optional<int64_t> h, half;
    if (hour) h = ends_day() ? 0 : checked(hour, 0, 23, "HourOfDay");
    if (clock_hour) merge(h, checked(clock_hour, 1, 24, "ClockHourOfDay") % 24, "HourOfDay");
    if (half_day_hour) half = checked(half_day_hour, 0, 11, "HourOfAmPm");
    if (half_day_clock_hour)
        merge(half, checked(half_day_clock_hour, 1, 12, "ClockHourOfAmPm") % 12, "HourOfAmPm");
    const std::optional<int64_t> named_half = half_of_period(half);
    if (named_half) check_field(half_day, *named_half, "AmPmOfDay");
    if (h) {
        check_field(half_day, *h / 12, "AmPmOfDay");
        check_field(half, *h % 12, "HourOfAmPm");
    } else if (defaults && half_day && !half && !minute && !second && !nano) {
        h = 6 + 12 * *half_day;  // AM or PM alone is its middle.
    } else if (half && named_half) {
        h = *half + 12 * *named_half;
    } else if (!half && day_period && !minute && !second && !nano) {
        const int64_t middle = kDayPeriods[*day_period].middle();
        return middle * 60 * kSecond;
    } else if ((half && half_day) || (defaults && (half || half_day))) {
        h = half.value_or(0) + 12 * half_day.value_or(0);
    }
    if (!h && !defaults) throw RowError("Unable to obtain LocalTime from the text: no hour");
    int64_t m = minute ? checked(minute, 0, 59, "MinuteOfHour") : 0;
    int64_t s = second ? checked(second, 0, 59, "SecondOfMinute") : 0;
    return ((h.value_or(0) * 60 + m) * 60 + s) * kSecond + nano.value_or(0);
}

}  // namespace millrace::functions
