// Dates and times as text, and the calendar behind them.
#include <cstdio>

#include "engine/types/casts.h"

namespace millrace {
namespace {

constexpr int64_t kDayMs = 86'400'000;

int64_t floor_div(int64_t a, int64_t b) {
    return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

/// Reads the text from the left.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool done() const { return at_ == text_.size(); }
    bool accept(char c) {
        if (done() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool at_digit(size_t offset) const {
        return at_ + offset < text_.size() && text_[at_ + offset] >= '0' &&
               text_[at_ + offset] <= '9';
    }
    /// Exactly `count` digits, whatever follows.
    bool number(int count, int& out) {
        int value = 0;
        for (int i = 0; i < count; ++i) {
            if (!at_digit(static_cast<size_t>(i))) return false;
            value = value * 10 + (text_[at_ + static_cast<size_t>(i)] - '0');
        }
        at_ += static_cast<size_t>(count);
        out = value;
        return true;
    }
    /// Does `mark` stand here with two digits and no third behind it?
    bool at_pair(char mark) const {
        return !done() && text_[at_] == mark && at_digit(1) && at_digit(2) && !at_digit(3);
    }

private:
    std::string_view text_;
    size_t at_ = 0;
};

int days_in_month(int year, int month) {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : kDays[month - 1];
}

/// yyyy[-MM[-dd]]; `has_day` says whether all three were there.
bool scan_date(Scanner& in, int64_t& days, bool& has_day) {
    int year = 0;
    int month = 1;
    int day = 1;
    has_day = false;
    if (!in.number(4, year)) return false;
    // "-08" may begin a zone such as -0800: a month has two digits only.
    if (in.at_pair('-')) {
        in.accept('-');
        in.number(2, month);
        if (in.at_pair('-')) {
            in.accept('-');
            in.number(2, day);
            has_day = true;
        }
    }
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
    days = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
    return true;
}

/// .S to .SSSSSSSSS, cut to milliseconds.
bool scan_fraction(Scanner& in, int& ms) {
    int digits = 0;
    ms = 0;
    while (in.at_digit(0)) {
        int digit = 0;
        in.number(1, digit);
        if (digits < 3) ms = ms * 10 + digit;
        if (++digits > 9) return false;
    }
    for (int i = digits; i < 3; ++i) ms *= 10;
    return digits > 0;
}

/// HH[:mm[:ss[.SSS]]]; `parts` counts hour, minute, second. 24 o'clock is the end of a day.
bool scan_time(Scanner& in, int64_t& ms_of_day, int& parts) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    int ms = 0;
    parts = 1;
    if (!in.number(2, hour)) return false;
    if (in.accept(':')) {
        ++parts;
        if (!in.number(2, minute)) return false;
        if (in.accept(':')) {
            ++parts;
            if (!in.number(2, second)) return false;
            if (in.accept('.') && !scan_fraction(in, ms)) return false;
        }
    }
    const bool at_end = hour == 24 && minute == 0 && second == 0 && ms == 0;
    if ((hour > 23 && !at_end) || minute > 59 || second > 59) return false;
    ms_of_day = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
    return true;
}

/// Z, ±hhmm or ±hh:mm, or nothing at all.
bool scan_zone(Scanner& in, int64_t& offset_ms) {
    offset_ms = 0;
    if (in.done() || in.accept('Z')) return true;
    int sign = 1;
    if (in.accept('-')) {
        sign = -1;
    } else if (!in.accept('+')) {
        return false;
    }
    int hours = 0;
    int minutes = 0;
    if (!in.number(2, hours)) return false;
    if (!in.done()) {
        in.accept(':');
        if (!in.number(2, minutes)) return false;
    }
    if (hours > 18 || minutes > 59) return false;
    offset_ms = int64_t{sign} * (hours * 60 + minutes) * 60'000;
    return true;
}

}  // namespace

int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
    // Years that begin in March put the leap day last; 400 of them have 146,097 days.
    year -= month <= 2 ? 1 : 0;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year =
        (153 * (int64_t{month} + (month > 2 ? -3 : 9)) + 2) / 5 + int64_t{day} - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

void civil_from_days(int64_t days, int64_t& year, unsigned& month, unsigned& day) {
    days += 719'468;
    int64_t era = floor_div(days, 146'097);
    int64_t day_of_era = days - era * 146'097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    day = static_cast<unsigned>(day_of_year - (153 * shifted + 2) / 5 + 1);
    month = static_cast<unsigned>(shifted < 10 ? shifted + 3 : shifted - 9);
    year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
}

std::optional<int32_t> parse_date(std::string_view text) {
    Scanner in(text);
    int64_t days = 0;
    bool has_day = false;
    if (!scan_date(in, days, has_day) || !in.done()) return std::nullopt;
    return static_cast<int32_t>(days);
}

std::optional<int32_t> parse_time(std::string_view text) {
    Scanner in(text);
    int64_t ms = 0;
    int parts = 0;
    if (!scan_time(in, ms, parts) || parts < 2 || !in.done() || ms == kDayMs) return std::nullopt;
    return static_cast<int32_t>(ms);
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
    Scanner in(text);
    int64_t days = 0;
    int64_t ms = 0;
    int64_t offset_ms = 0;
    bool has_day = false;
    int parts = 0;
    if (!scan_date(in, days, has_day)) return std::nullopt;
    if (in.accept('T') && (!has_day || !scan_time(in, ms, parts))) return std::nullopt;
    if (!scan_zone(in, offset_ms) || !in.done()) return std::nullopt;
    return days * kDayMs + ms - offset_ms;
}

std::string format_date(int32_t days) {
    int64_t year = 0;
    unsigned month = 0;
    unsigned day = 0;
    civil_from_days(days, year, month, day);
    char text[48];
    int size = std::snprintf(text, sizeof text, "%04lld-%02u-%02u", static_cast<long long>(year),
                             month, day);
    return {text, static_cast<size_t>(size)};
}

std::string format_time(int32_t ms_of_day) {
    int seconds = ms_of_day / 1000;
    char text[48];
    int size = seconds % 60 == 0 ? std::snprintf(text, sizeof text, "%02d:%02d", seconds / 3600,
                                                 seconds / 60 % 60)
                                 : std::snprintf(text, sizeof text, "%02d:%02d:%02d",
                                                 seconds / 3600, seconds / 60 % 60, seconds % 60);
    return {text, static_cast<size_t>(size)};
}

std::string format_timestamp(int64_t ms) {
    int64_t days = floor_div(ms, kDayMs);
    // Not ms - days * kDayMs: the first day of the least number does not fit.
    int rest = static_cast<int>(((ms % kDayMs) + kDayMs) % kDayMs);
    int64_t year = 0;
    unsigned month = 0;
    unsigned day = 0;
    civil_from_days(days, year, month, day);
    char text[80];
    int size = std::snprintf(text, sizeof text, "%04lld-%02u-%02uT%02d:%02d:%02d.%03d",
                             static_cast<long long>(year), month, day, rest / 3'600'000,
                             rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
    return {text, static_cast<size_t>(size)};
}

}  // namespace millrace
