#include "engine/functions/date_format.h"

#include <algorithm>
#include <cctype>

#include "engine/base/error.h"
#include "engine/functions/date_names.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

using Element = DateFormat::Element;

/// Patterns come with records, too. Reading one takes a call for each part that it stands in.
constexpr int kDepthMax = 100;
constexpr int64_t kDayNanos = 86'400'000'000'000;

int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}
int64_t floor_mod(int64_t a, int64_t b) {
    return a - floor_div(a, b) * b;
}

/// The pattern's text to elements.
class PatternReader {
public:
    explicit PatternReader(std::string_view pattern) : pattern_(pattern) {
        check_pattern_size(pattern);
    }

    /// `depth`: of optional parts around it.
    std::vector<Element> read(int depth = 0) {
        if (depth > kDepthMax)
            fail("it nests more than " + std::to_string(kDepthMax) + " optional parts");
        std::vector<Element> out;
        int pad = 0;
        auto literal = [&](std::string_view text) {
            if (!out.empty() && out.back().letter == 0 && out.back().pad == 0) {
                out.back().text += text;
            } else {
                Element element;
                element.text = text;
                out.push_back(std::move(element));
            }
        };
        while (at_ < pattern_.size()) {
            char c = pattern_[at_];
            if (c == '\'') {
                literal(quoted());
            } else if (c == '[') {
                ++at_;
                Element element;
                element.letter = '[';
                element.inner = read(depth + 1);
                out.push_back(std::move(element));
            } else if (c == ']') {
                if (depth == 0) fail("unmatched ]");
                ++at_;
                return out;
            } else if (c == '{' || c == '}' || c == '#') {
                fail("reserved character");
            } else if (std::isalpha(static_cast<unsigned char>(c))) {
                int count = letters(c);
                if (c == 'p') {
                    if (at_ >= pattern_.size() ||
                        !std::isalpha(static_cast<unsigned char>(pattern_[at_])))
                        fail("pad letter 'p' must be followed by a letter to pad");
                    pad = count;
                    continue;
                }
                check(c, count);
                Element element;
                element.letter = c;
                element.count = count;
                element.pad = pad;
                pad = 0;
                out.push_back(std::move(element));
            } else {
                literal(pattern_.substr(at_++, 1));
            }
        }
        // Java closes optional parts that are left open.
        return out;
    }

private:
    [[noreturn]] void fail(const std::string& why) const {
        throw RowError("Invalid date pattern '" + std::string(pattern_) + "': " + why);
    }
    int letters(char c) {
        size_t from = at_;
        while (at_ < pattern_.size() && pattern_[at_] == c) ++at_;
        return static_cast<int>(at_ - from);
    }
    std::string quoted() {
        std::string out;
        size_t from = ++at_;
        while (true) {
            if (at_ >= pattern_.size()) fail("a quote is not closed");
            if (pattern_[at_] != '\'') {
                out += pattern_[at_++];
            } else if (at_ + 1 < pattern_.size() && pattern_[at_ + 1] == '\'') {
                out += '\'';
                at_ += 2;
            } else {
                // '' outside of a quotation is one quote.
                if (at_ == from) out = "'";
                ++at_;
                return out;
            }
        }
    }
    void check(char c, int count) const {
        static constexpr std::string_view kTwo = "dhHkKms";
        bool known = std::string_view("GuyYDMLdQqwWEecFaBhKkHmsSAnNVzvOXxZ").find(c) !=
                     std::string_view::npos;
        if (!known) fail("Unknown pattern letter: " + std::string(1, c));
        int most = kTwo.find(c) != std::string_view::npos                               ? 2
                   : c == 'D'                                                           ? 3
                   : c == 'a' || c == 'F' || c == 'W'                                   ? 1
                   : c == 'w'                                                           ? 2
                   : c == 'S'                                                           ? 9
                   : c == 'z' || c == 'O' || c == 'v'                                   ? 4
                   : std::string_view("BGMLQqEecXxZ").find(c) != std::string_view::npos ? 5
                                                                                        : 19;
        if (count > most) fail("Too many pattern letters: " + std::string(1, c));
        const bool odd = count == 2 || count == 3;
        if (odd && (c == 'v' || c == 'B'))
            fail("Wrong number of pattern letters: " + std::string(1, c));
        if (c == 'V' && count != 2) fail("Pattern letter count must be 2: V");
    }

    std::string_view pattern_;
    size_t at_ = 0;
};

// ---------------------------------------------------------------- writing

struct Calendar {
    explicit Calendar(const DateTime& time) : source(time) {
        if (time.day) {
            civil_from_days(*time.day, year, month, day);
            day_of_year = *time.day - days_from_civil(year, 1, 1) + 1;
            weekday = static_cast<int>(floor_mod(*time.day + 3, 7));  // Monday is 0.
        }
    }
    void need_date(const char* field) const {
        if (!source.day) throw RowError(std::string("Unsupported field: ") + field);
    }
    int64_t nano(const char* field) const {
        if (!source.nano_of_day) throw RowError(std::string("Unsupported field: ") + field);
        return *source.nano_of_day;
    }

    const DateTime& source;
    int64_t year = 0;
    unsigned month = 0, day = 0;
    int64_t day_of_year = 0;
    int weekday = 0;
};

void put_number(std::string& out, int64_t value, int width) {
    std::string digits = std::to_string(value < 0 ? -value : value);
    if (value < 0) out += '-';
    for (int i = static_cast<int>(digits.size()); i < width; ++i) out += '0';
    out += digits;
}

void put_offset(std::string& out, int32_t offset, char letter, int count) {
    if (letter == 'Z') {
        if (count == 4) {
            out += "GMT";
            if (offset == 0) return;
            letter = 'x';
            count = 3;
        } else if (count == 5) {
            letter = 'X';
        } else {
            letter = 'x';
            count = 2;
        }
    }
    if (letter == 'X' && offset == 0) {
        out += 'Z';
        return;
    }
    int32_t rest = std::abs(offset);
    out += offset < 0 ? '-' : '+';
    put_number(out, rest / 3600, 2);
    int32_t minutes = rest / 60 % 60;
    bool colon = count == 3 || count == 5;
    if (count > 1 || minutes > 0) {
        if (colon) out += ':';
        put_number(out, minutes, 2);
    }
    if (count > 3 && rest % 60 > 0) {
        if (colon) out += ':';
        put_number(out, rest % 60, 2);
    }
}

/// "GMT+3", "GMT-9:30".
void put_short_offset(std::string& out, int32_t offset) {
    out += "GMT";
    if (offset == 0) return;
    const int32_t rest = std::abs(offset);
    out += offset < 0 ? '-' : '+';
    put_number(out, rest / 3600, 1);
    if (rest % 3600 == 0) return;
    out += ':';
    put_number(out, rest / 60 % 60, 2);
    if (rest % 60 == 0) return;
    out += ':';
    put_number(out, rest % 60, 2);
}

void put_year(std::string& out, int64_t year, int count) {
    if (count == 2) return put_number(out, floor_mod(year, 100), 2);
    if (count >= 4 && year >= 10000) out += '+';
    put_number(out, year, count);
}

void put_time(std::string& out, const Element& e, const Calendar& c) {
    constexpr int64_t kSecond = 1'000'000'000;
    int64_t nano = c.nano(e.letter == 'm'   ? "MinuteOfHour"
                          : e.letter == 's' ? "SecondOfMinute"
                                            : "HourOfDay");
    int64_t hour = nano / (3600 * kSecond);
    switch (e.letter) {
        case 'H':
            return put_number(out, hour, e.count);
        case 'k':
            return put_number(out, hour == 0 ? 24 : hour, e.count);
        case 'K':
            return put_number(out, hour % 12, e.count);
        case 'h':
            return put_number(out, hour % 12 == 0 ? 12 : hour % 12, e.count);
        case 'a':
            out += hour < 12 ? "AM" : "PM";
            return;
        case 'B': {
            const auto minute = static_cast<int>(nano / (60 * kSecond));
            const auto* period =
                std::find_if(std::begin(kDayPeriods), std::end(kDayPeriods),
                             [minute](const DayPeriod& each) { return each.has(minute); });
            out += e.count == 5 ? period->narrow : period->name;
            return;
        }
        case 'm':
            return put_number(out, nano / (60 * kSecond) % 60, e.count);
        case 's':
            return put_number(out, nano / kSecond % 60, e.count);
        case 'S': {
            std::string digits;
            put_number(digits, nano % kSecond, 9);
            out += digits.substr(0, static_cast<size_t>(e.count));
            return;
        }
        case 'n':
            return put_number(out, nano % kSecond, e.count);
        case 'A':
            return put_number(out, nano / 1'000'000, e.count);
        default:
            return put_number(out, nano, e.count);
    }
}

void put_zone(std::string& out, const Element& e, const DateTime& time) {
    if (!time.zone) throw RowError("Unable to extract ZoneId from temporal");
    int32_t offset = time.zone->offset_seconds(time.instant_ms);
    switch (e.letter) {
        case 'V':
            out += time.zone->id();
            break;
        case 'z':
            out += e.count == 4 ? time.zone->long_name(time.instant_ms)
                                : time.zone->short_name(time.instant_ms);
            break;
        case 'v':
            out += time.zone->generic_name(e.count == 4);
            break;
        case 'O':
            if (e.count == 1) {
                put_short_offset(out, offset);
            } else {
                put_offset(out, offset, 'Z', 4);
            }
            break;
        default:
            put_offset(out, offset, e.letter, e.count);
    }
}

void put_date(std::string& out, const Element& e, const Calendar& c) {
    c.need_date(e.letter == 'M' ? "MonthOfYear" : e.letter == 'd' ? "DayOfMonth" : "YearOfEra");
    switch (e.letter) {
        case 'G':
            out += e.count == 4   ? (c.year > 0 ? "Anno Domini" : "Before Christ")
                   : e.count == 5 ? (c.year > 0 ? "A" : "B")
                                  : (c.year > 0 ? "AD" : "BC");
            break;
        case 'u':
            put_year(out, c.year, e.count);
            break;
        case 'y':
            put_year(out, c.year > 0 ? c.year : 1 - c.year, e.count);
            break;
        case 'Y':
            put_year(out, Week::of_day(*c.source.day).year, e.count);
            break;
        case 'w':
            put_number(out, Week::of_day(*c.source.day).number, e.count);
            break;
        case 'W':
            put_number(out, Week::of_month(*c.source.day, c.day), e.count);
            break;
        case 'F':
            put_number(out, (c.day - 1) % 7 + 1, e.count);  // Java up to 18 has it so.
            break;
        case 'D':
            put_number(out, c.day_of_year, e.count);
            break;
        case 'd':
            put_number(out, c.day, e.count);
            break;
        case 'M':
        case 'L':
            if (e.count < 3) {
                put_number(out, c.month, e.count);
            } else {
                out += name_of(kMonths, c.month - 1, e.count);
            }
            break;
        case 'Q':
        case 'q': {
            int64_t quarter = (c.month - 1) / 3 + 1;
            if (e.count == 3) out += 'Q';
            put_number(out, quarter, e.count == 2 ? 2 : 1);
            if (e.count == 4)
                out += quarter == 1   ? "st quarter"
                       : quarter == 2 ? "nd quarter"
                       : quarter == 3 ? "rd quarter"
                                      : "th quarter";
            break;
        }
        default:  // E, e, c
            if (e.letter != 'E' && e.count < 3) {
                put_number(out, (c.weekday + 1) % 7 + 1, e.count);  // Sunday is 1 in the US.
            } else {
                out += name_of(kWeekdays, static_cast<size_t>(c.weekday), e.count);
            }
    }
}

void put(std::string& out, const std::vector<Element>& elements, const Calendar& calendar) {
    for (const Element& e : elements) {
        if (e.letter == 0) {
            out += e.text;
            continue;
        }
        if (e.letter == '[') {
            // Left out when a field of it is missing.
            std::string part;
            try {
                put(part, e.inner, calendar);
                out += part;
            } catch (const RowError&) {
            }
            continue;
        }
        std::string part;
        if (std::string_view("HkKhaBmsSnAN").find(e.letter) != std::string_view::npos) {
            put_time(part, e, calendar);
        } else if (std::string_view("VzvOXxZ").find(e.letter) != std::string_view::npos) {
            put_zone(part, e, calendar.source);
        } else {
            put_date(part, e, calendar);
        }
        if (static_cast<int>(part.size()) < e.pad)
            out.append(static_cast<size_t>(e.pad) - part.size(), ' ');
        out += part;
    }
}

}  // namespace

DateTime DateTime::of_instant(int64_t instant_ms, const TimeZone& zone) {
    int64_t local = instant_ms + int64_t{zone.offset_seconds(instant_ms)} * 1000;
    DateTime out;
    out.day = floor_div(local, 86'400'000);
    out.nano_of_day = floor_mod(local, 86'400'000) * 1'000'000;
    out.zone = &zone;
    out.instant_ms = instant_ms;
    return out;
}

void check_pattern_size(std::string_view pattern) {
    if (pattern.size() > kDatePatternBytesMax)
        throw RowError("Invalid date pattern: it is longer than " +
                       std::to_string(kDatePatternBytesMax) + " bytes");
}

DateFormat::DateFormat(std::string_view pattern)
    : pattern_(pattern), elements_(PatternReader(pattern).read()) {}

std::string DateFormat::format(const DateTime& time) const {
    std::string out;
    put(out, elements_, Calendar(time));
    return out;
}

int64_t DateFormat::parse_timestamp_ms(std::string_view text, const TimeZone& zone) const {
    DateFields fields = parse(text);
    const bool next_day = fields.ends_day() && fields.has_whole_day();
    const int64_t day = fields.to_day(true) + (next_day ? 1 : 0);
    int64_t local = day * 86'400'000 + floor_div(fields.to_nano_of_day(true), 1'000'000);
    if (fields.offset_seconds) return local - int64_t{*fields.offset_seconds} * 1000;
    return (fields.zone ? *fields.zone : zone).to_instant_ms(local);
}

}  // namespace millrace::functions
