#include "engine/functions/fast_date_format.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/functions/calendar_fields.h"
#include "engine/functions/date_format.h"
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

/// Is it read as digits?
bool is_numeric(char letter, int count) {
    const bool month = letter == 'M' || letter == 'L';
    if (month) return count < 3;
    return std::string_view("GEazZX").find(letter) == std::string_view::npos;
}

}  // namespace

FastDateFormat::FastDateFormat(std::string_view pattern) {
    check_pattern_size(pattern);
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
            part.numeric = is_numeric(c, part.count);
            if (c == 'X' && part.count > 3)
                throw RowError("invalid ISO 8601 format: length=" + std::to_string(part.count));
        } else {
            part.text = pattern.substr(at++, 1);
        }
        parts_.push_back(std::move(part));
    }
}

/// One reading of one text: part after part, then all that they said together.
class FastDateFormat::Reading {
public:
    Reading(std::string_view text, int64_t now_year) : text_(text), now_year_(now_year) {}

    /// `abutting`: digits follow the part's own without a gap.
    void take(const Part& part, bool abutting) {
        if (part.letter == 0) return take_literal(part.text);
        if (part.numeric) return take_number(part, abutting);
        const size_t size = take_word(part.letter, text_.substr(at_));
        if (size == 0) fail();
        at_ += size;
    }

    int64_t ms() {
        if (before_christ_) date_.set(CalendarFields::kYear, 1 - date_.get(CalendarFields::kYear));
        const int both = half_hour_.stamp > 0 && half_day_.stamp > 0
                             ? std::max(half_hour_.stamp, half_day_.stamp)
                             : 0;
        const bool by_half = both > hour_.stamp || hour_.stamp == 0;
        const int64_t hours = by_half ? half_hour_.value + 12 * half_day_.value : hour_.value;
        const int64_t seconds =
            ((date_.day() * 24 + hours) * 60 + minute_) * 60 + second_ - offset_;
        int64_t ms = 0;
        if (__builtin_mul_overflow(seconds, int64_t{1000}, &ms) ||
            __builtin_add_overflow(ms, int64_t{milli_}, &ms)) {
            fail();  // Hundreds of millions of years away.
        }
        return ms;
    }

private:
    [[noreturn]] void fail() const {
        throw RowError("Unparseable date: \"" + std::string(text_) + "\"");
    }

    void take_literal(std::string_view literal) {
        if (text_.substr(at_, literal.size()) != literal) fail();
        at_ += literal.size();
    }

    void take_number(const Part& part, bool abutting) {
        if (!abutting) {
            while (at_ < text_.size() && kBlanks.find(text_[at_]) != std::string_view::npos) ++at_;
        }
        const size_t from = at_;
        const size_t most = abutting ? static_cast<size_t>(part.count) : text_.size();
        int64_t value = 0;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - from < most) {
            value = value * 10 + (text_[at_++] - '0');
            if (value > std::numeric_limits<int32_t>::max()) fail();
        }
        if (at_ == from) fail();
        const bool year = part.letter == 'y' || part.letter == 'Y';
        if (year && part.count <= 2 && value < 100) value = full_year(value);
        if (!set_date(part.letter, value)) set_time(part.letter, value);
    }

    /// Of one digit or two: within 80 years before and 20 years after now.
    int64_t full_year(int64_t value) const {
        const int64_t first = now_year_ - 80;
        value += first - first % 100;
        return value < first ? value + 100 : value;
    }

    /// False: the letter is one of the time's.
    bool set_date(char letter, int64_t value) {
        switch (letter) {
            case 'y':
            case 'Y':
                return set(CalendarFields::kYear, value);
            case 'w':
                return set(CalendarFields::kWeekOfYear, value);
            case 'W':
                return set(CalendarFields::kWeekOfMonth, value);
            case 'F':
                return set(CalendarFields::kDayOfWeekInMonth, value);
            case 'u':  // Monday is 1.
                return set(CalendarFields::kDayOfWeek, value == 7 ? 1 : value + 1);
            case 'M':
            case 'L':
                return set(CalendarFields::kMonth, value);
            case 'd':
                return set(CalendarFields::kDayOfMonth, value);
            case 'D':
                return set(CalendarFields::kDayOfYear, value);
            default:
                return false;
        }
    }
    bool set(CalendarFields::Field field, int64_t value) {
        date_.set(field, value);
        return true;
    }

    void set_time(char letter, int64_t value) {
        switch (letter) {
            case 'H':
                hour_ = {value, ++stamp_};
                break;
            case 'k':
                hour_ = {value == 24 ? 0 : value, ++stamp_};
                break;
            case 'h':
                half_hour_ = {value == 12 ? 0 : value, ++stamp_};
                break;
            case 'K':
                half_hour_ = {value, ++stamp_};
                break;
            case 'm':
                minute_ = value;
                break;
            case 's':
                second_ = value;
                break;
            case 'S':
                milli_ = value;
                break;
            default:
                break;
        }
    }

    /// These give the size of the name that the text begins with, 0: it begins with none.
    size_t take_word(char letter, std::string_view rest) {
        switch (letter) {
            case 'M':
            case 'L':
                return take_month(rest);
            case 'E':
                return take_weekday(rest);
            case 'a':
                return take_half_day(rest);
            case 'G':
                return take_era(rest);
            default:
                return take_zone(letter, rest);
        }
    }

    size_t take_month(std::string_view rest) {
        const auto [month, size] = longest(kMonths, rest);
        if (size > 0) date_.set(CalendarFields::kMonth, month + 1);
        return size;
    }
    size_t take_weekday(std::string_view rest) {
        const auto [day, size] = longest(kWeekdays, rest);
        if (size > 0) date_.set(CalendarFields::kDayOfWeek, (day + 1) % 7 + 1);
        return size;
    }
    /// The name whose whole, or whose first three letters, the text begins with; its size there.
    template <class Names>
    static std::pair<int64_t, size_t> longest(const Names& names, std::string_view rest) {
        std::pair<int64_t, size_t> best{0, 0};
        for (size_t i = 0; i < names.size(); ++i)
            for (std::string_view form : {names[i], names[i].substr(0, 3)})
                if (form.size() > best.second && same_letters(rest, form))
                    best = {static_cast<int64_t>(i), form.size()};
        return best;
    }

    size_t take_half_day(std::string_view rest) {
        const bool after_noon = same_letters(rest, "PM");
        if (!after_noon && !same_letters(rest, "AM")) return 0;
        half_day_ = {after_noon ? 1 : 0, ++stamp_};
        return 2;
    }

    size_t take_era(std::string_view rest) {
        static constexpr std::pair<std::string_view, bool> kEras[] = {
            {"Anno Domini", false}, {"Before Christ", true}, {"AD", false}, {"BC", true}};
        for (const auto& [name, before] : kEras) {
            if (!same_letters(rest, name)) continue;
            before_christ_ = before;
            return name.size();
        }
        return 0;
    }

    size_t take_zone(char letter, std::string_view rest) {
        // The longest name that the text begins with: EST is not the whole of a longer one.
        const ZoneName* named = nullptr;
        for (const ZoneName& known : kZoneNames)
            if (letter == 'z' && same_letters(rest, known.name) &&
                (!named || known.name.size() > named->name.size()))
                named = &known;
        if (named) {
            offset_ = int32_t{named->minutes} * 60;
            return named->name.size();
        }
        std::string_view zone = rest;
        if (same_letters(zone, "GMT") || same_letters(zone, "UTC")) zone.remove_prefix(3);
        const bool zulu = zone.starts_with('Z') || zone.starts_with('z');
        if (zulu && letter != 'X') fail();
        if (const auto read = take_offset(zone)) offset_ = *read;
        return rest.size() - zone.size();
    }

    /// Of the two ways to say an hour the last one counts; twelve hours need AM or PM beside 24.
    struct Hour {
        int64_t value = 0;
        int stamp = 0;
    };

    const std::string_view text_;
    const int64_t now_year_;
    size_t at_ = 0;
    CalendarFields date_;
    int64_t minute_ = 0, second_ = 0, milli_ = 0;
    Hour hour_, half_hour_, half_day_;
    int stamp_ = 0;
    bool before_christ_ = false;
    int32_t offset_ = 0;
};

int64_t FastDateFormat::parse_ms(std::string_view text, int64_t now_year) const {
    Reading reading(text, now_year);
    for (size_t i = 0; i < parts_.size(); ++i)
        reading.take(parts_[i], i + 1 < parts_.size() && parts_[i + 1].numeric);
    return reading.ms();
}

}  // namespace millrace::functions
