#include "engine/functions/simple_date_format.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "engine/base/error.h"
#include "engine/functions/calendar_fields.h"
#include "engine/functions/date_names.h"
#include "engine/functions/time_zone.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

bool same_letters(std::string_view text, std::string_view prefix) {
    if (text.size() < prefix.size()) return false;
    for (size_t i = 0; i < prefix.size(); ++i)
        if (std::tolower(static_cast<unsigned char>(text[i])) !=
            std::tolower(static_cast<unsigned char>(prefix[i])))
            return false;
    return true;
}

}  // namespace

SimpleDateFormat::SimpleDateFormat(std::string_view pattern) {
    for (size_t at = 0; at < pattern.size();) {
        char c = pattern[at];
        Part part;
        if (c == '\'') {
            size_t from = ++at;
            while (true) {
                if (at >= pattern.size())
                    throw RowError("Unterminated quote in " + std::string(pattern));
                if (pattern[at] != '\'') {
                    part.text += pattern[at++];
                } else if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
                    part.text += '\'';
                    at += 2;
                } else {
                    if (at == from) part.text = "'";
                    ++at;
                    break;
                }
            }
        } else if (std::isalpha(static_cast<unsigned char>(c))) {
            if (std::string_view("GyYMLwWDdFEuaHkKhmsSzZX").find(c) == std::string_view::npos)
                throw RowError("Illegal pattern character '" + std::string(1, c) + "'");
            part.letter = c;
            while (at < pattern.size() && pattern[at] == c) {
                ++part.count;
                ++at;
            }
            if (c == 'X' && part.count > 3)
                throw RowError("invalid ISO 8601 format: length=" + std::to_string(part.count));
        } else {
            part.text = pattern.substr(at++, 1);
        }
        parts_.push_back(std::move(part));
    }
}

int64_t SimpleDateFormat::parse_ms(std::string_view text, int64_t now_year) const {
    size_t at = 0;
    auto fail = [&] { throw RowError("Unparseable date: \"" + std::string(text) + "\""); };
    CalendarFields date;
    int64_t minute = 0, second = 0, milli = 0;
    // Of the two ways to say an hour the last one counts; twelve hours need AM or PM beside 24.
    struct Hour {
        int64_t value = 0;
        int stamp = 0;
    } hour, half_hour, half_day;
    int stamp = 0;
    bool before_christ = false;
    int32_t offset = 0;

    auto is_numeric = [](const Part& part) {
        return part.letter != 0 &&
               std::string_view("GEazZX").find(part.letter) == std::string_view::npos &&
               !((part.letter == 'M' || part.letter == 'L') && part.count >= 3);
    };
    for (size_t i = 0; i < parts_.size(); ++i) {
        const Part& part = parts_[i];
        if (part.letter == 0) {
            if (text.substr(at, part.text.size()) != part.text) fail();
            at += part.text.size();
            continue;
        }
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
        std::string_view rest = text.substr(at);
        if (is_numeric(part)) {
            bool abutting = i + 1 < parts_.size() && is_numeric(parts_[i + 1]);
            size_t from = at;
            bool negative = at < text.size() && text[at] == '-';
            if (negative) ++at;
            size_t most = abutting ? static_cast<size_t>(part.count) : 18;
            size_t digits_from = at;
            int64_t value = 0;
            while (at < text.size() && text[at] >= '0' && text[at] <= '9' &&
                   at - digits_from < most)
                value = value * 10 + (text[at++] - '0');
            size_t digits = at - digits_from;
            if (digits == 0) fail();
            if (negative) value = -value;
            switch (part.letter) {
                case 'y':
                case 'Y':
                    if (part.count <= 2 && digits == 2 && at - from == 2) {
                        // Within 80 years before and 20 years after now.
                        int64_t first = now_year - 80;
                        value += first - first % 100;
                        if (value < first) value += 100;
                    }
                    date.set(part.letter == 'y' ? CalendarFields::kYear : CalendarFields::kWeekYear,
                             value);
                    break;
                case 'w':
                    date.set(CalendarFields::kWeekOfYear, value);
                    break;
                case 'W':
                    date.set(CalendarFields::kWeekOfMonth, value);
                    break;
                case 'F':
                    date.set(CalendarFields::kDayOfWeekInMonth, value);
                    break;
                case 'u':  // Monday is 1.
                    date.set(CalendarFields::kDayOfWeek,
                             value >= 1 && value <= 7 ? value % 7 + 1 : value);
                    break;
                case 'M':
                case 'L':
                    date.set(CalendarFields::kMonth, value);
                    break;
                case 'd':
                    date.set(CalendarFields::kDayOfMonth, value);
                    break;
                case 'D':
                    date.set(CalendarFields::kDayOfYear, value);
                    break;
                case 'H':
                    hour = {value, ++stamp};
                    break;
                case 'k':
                    hour = {value == 24 ? 0 : value, ++stamp};
                    break;
                case 'h':
                    half_hour = {value == 12 ? 0 : value, ++stamp};
                    break;
                case 'K':
                    half_hour = {value, ++stamp};
                    break;
                case 'm':
                    minute = value;
                    break;
                case 's':
                    second = value;
                    break;
                case 'S':
                    milli = value;
                    break;
                default:
                    break;
            }
            continue;
        }
        size_t best = 0;
        switch (part.letter) {
            case 'M':
            case 'L':
                for (size_t m = 0; m < kMonths.size(); ++m)
                    for (std::string_view name : {kMonths[m], kMonths[m].substr(0, 3)})
                        if (name.size() > best && same_letters(rest, name)) {
                            best = name.size();
                            date.set(CalendarFields::kMonth, static_cast<int64_t>(m) + 1);
                        }
                break;
            case 'E':
                for (size_t d = 0; d < kWeekdays.size(); ++d)
                    for (std::string_view form : {kWeekdays[d], kWeekdays[d].substr(0, 3)})
                        if (form.size() > best && same_letters(rest, form)) {
                            best = form.size();
                            date.set(CalendarFields::kDayOfWeek,
                                     (static_cast<int64_t>(d) + 1) % 7 + 1);
                        }
                break;
            case 'a':
                if (same_letters(rest, "AM") || same_letters(rest, "PM")) {
                    best = 2;
                    half_day = {same_letters(rest, "PM") ? 1 : 0, ++stamp};
                }
                break;
            case 'G':
                for (auto [name, before] : {std::pair<std::string_view, bool>{"Anno Domini", false},
                                            {"Before Christ", true},
                                            {"AD", false},
                                            {"BC", true}}) {
                    if (best > 0 || !same_letters(rest, name)) continue;
                    best = name.size();
                    before_christ = before;
                }
                break;
            default: {
                // The longest name that the text begins with: EST is not the whole of a longer one.
                const ZoneName* named = nullptr;
                for (const ZoneName& known : kZoneNames)
                    if (part.letter == 'z' && same_letters(rest, known.name) &&
                        (!named || known.name.size() > named->name.size()))
                        named = &known;
                if (named) {
                    offset = int32_t{named->minutes} * 60;
                    best = named->name.size();
                    break;
                }
                std::string_view zone = rest;
                if (same_letters(zone, "GMT") || same_letters(zone, "UTC")) zone.remove_prefix(3);
                const bool zulu = zone.starts_with('Z') || zone.starts_with('z');
                if (zulu && part.letter != 'X') fail();
                auto read = take_offset(zone);
                if (read) offset = *read;
                best = rest.size() - zone.size();
            }
        }
        if (best == 0) fail();
        at += best;
    }
    if (before_christ) date.set(CalendarFields::kYear, 1 - date.get(CalendarFields::kYear));
    const int both =
        half_hour.stamp > 0 && half_day.stamp > 0 ? std::max(half_hour.stamp, half_day.stamp) : 0;
    const bool by_half = both > hour.stamp || hour.stamp == 0;
    const int64_t hours = by_half ? half_hour.value + 12 * half_day.value : hour.value;
    return (((date.day() * 24 + hours) * 60 + minute) * 60 + second - offset) * 1000 + milli;
}

}  // namespace millrace::functions
