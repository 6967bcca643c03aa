// Reading text by a DateTimeFormatter pattern.
#include <algorithm>
#include <cctype>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/functions/date_format.h"
#include "engine/functions/date_names.h"
#include "engine/functions/zone_names.h"

namespace millrace::functions {
namespace {

using Element = DateFormat::Element;

bool is_text(const Element& e) {
    switch (e.letter) {
        case 'G':
        case 'E':
        case 'a':
        case 'B':
            return true;
        case 'M':
        case 'L':
        case 'Q':
        case 'q':
        case 'e':
        case 'c':
            return e.count >= 3;
        default:
            return std::string_view("VzvOXxZ[").find(e.letter) != std::string_view::npos ||
                   e.letter == 0;
    }
}

/// Digits that a number has, least and most; the same: fixed.
struct Width {
    int least = 0, most = 0;
    bool sign = false;         ///< May have one.
    bool exceeds_pad = false;  ///< More digits than `least` need a +.
    bool fixed() const { return least == most; }
};

Width width_of(const Element& e) {
    switch (e.letter) {
        case 'u':
        case 'y':
        case 'Y':
            if (e.count == 2) return {2, 2};
            return {e.count, 19, true, e.count >= 4};
        case 'D':
            if (e.count == 1) return {1, 19, true};
            return {e.count, 3};
        case 'S':
            return {e.count, e.count};
        case 'A':
        case 'n':
        case 'N':
            return {e.count, 19};
        default:
            if (e.count == 1) return {1, 19, true};
            return {e.count, e.count};
    }
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool read(const std::vector<Element>& elements) {
        for (size_t i = 0; i < elements.size(); ++i)
            if (!read_one(elements, i)) return false;
        return true;
    }
    size_t at() const { return at_; }
    DateFields fields;

private:
    bool read_one(const std::vector<Element>& elements, size_t index) {
        const Element& e = elements[index];
        if (e.letter == 0) {
            if (!starts_with_any_case(text_.substr(at_), e.text)) return false;
            at_ += e.text.size();
            return true;
        }
        if (e.letter == '[') {
            size_t before = at_;
            DateFields saved = fields;
            if (!read(e.inner)) {
                at_ = before;
                fields = saved;
            }
            return true;
        }
        if (e.pad > 0)
            while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        if (is_text(e)) return read_text(e);
        // Numbers that follow without anything between have the digits that they must have.
        int reserved = 0;
        if (!width_of(e).fixed())
            for (size_t next = index + 1; next < elements.size(); ++next) {
                if (is_text(elements[next]) || !width_of(elements[next]).fixed()) break;
                reserved += width_of(elements[next]).least;
            }
        return read_number(e, reserved);
    }

    bool read_number(const Element& e, int reserved) {
        Width width = width_of(e);
        size_t at = at_;
        bool negative = false, plus = false;
        if (width.sign && at < text_.size() && (text_[at] == '-' || text_[at] == '+')) {
            negative = text_[at] == '-';
            plus = !negative;
            ++at;
        }
        size_t from = at;
        while (at < text_.size() && text_[at] >= '0' && text_[at] <= '9' &&
               at - from < static_cast<size_t>(width.most))
            ++at;
        int digits = static_cast<int>(at - from);
        if (reserved > 0) digits = std::max(width.least, digits - reserved);
        if (digits < width.least || from + static_cast<size_t>(digits) > at) return false;
        if (width.exceeds_pad && !negative && plus != (digits > width.least)) return false;
        if (!width.exceeds_pad && plus) return false;
        at = from + static_cast<size_t>(digits);
        int64_t value = 0;
        for (size_t i = from; i < at; ++i) {
            if (value > 900'000'000'000'000'000) return false;
            value = value * 10 + (text_[i] - '0');
        }
        at_ = at;
        return set(e, negative ? -value : value, digits);
    }

    /// A field that is there twice must say the same.
    static bool assign(std::optional<int64_t>& field, int64_t value) {
        if (field && *field != value) return false;
        field = value;
        return true;
    }

    bool set(const Element& e, int64_t value, int digits) {
        switch (e.letter) {
            case 'u':
                return assign(fields.year, e.count == 2 ? 2000 + value : value);
            case 'y':
                return assign(fields.year_of_era, e.count == 2 ? 2000 + value : value);
            case 'M':
            case 'L':
                return assign(fields.month, value);
            case 'd':
                return assign(fields.day, value);
            case 'D':
                return assign(fields.day_of_year, value);
            case 'Q':
            case 'q':
                return assign(fields.quarter, value);
            case 'Y':
                return assign(fields.week_year, e.count == 2 ? 2000 + value : value);
            case 'w':
                return assign(fields.week, value);
            case 'W':
                return assign(fields.week_of_month, value);
            case 'e':
            case 'c':
                return value >= 1 && value <= 7 &&
                       assign(fields.weekday, (value + 5) % 7);  // Sunday is 1.
            case 'H':
                return assign(fields.hour, value);
            case 'k':
                return assign(fields.clock_hour, value);
            case 'K':
                return assign(fields.half_day_hour, value);
            case 'h':
                return assign(fields.half_day_clock_hour, value);
            case 'm':
                return assign(fields.minute, value);
            case 's':
                return assign(fields.second, value);
            case 'S':
                for (int i = digits; i < 9; ++i) value *= 10;
                return assign(fields.nano, value);
            case 'n':
                return assign(fields.nano, value);
            case 'A':
                return assign(fields.milli_of_day, value);
            case 'N':
                return assign(fields.nano_of_day, value);
            default:
                return true;  // The aligned week of a month says nothing more.
        }
    }

    template <size_t N>
    bool read_name(const std::array<std::string_view, N>& names, int count, size_t& index) {
        size_t best = 0;
        for (size_t i = 0; i < N; ++i) {
            std::string_view name = name_of(names, i, count);
            // Of equal narrow names Java takes the last: M is May.
            if (name.size() >= best && starts_with_any_case(text_.substr(at_), name)) {
                best = name.size();
                index = i;
            }
        }
        at_ += best;
        return best > 0;
    }

    bool read_text(const Element& e) {
        size_t index = 0;
        switch (e.letter) {
            case 'M':
            case 'L':
                if (!read_name(kMonths, e.count, index)) return false;
                return assign(fields.month, static_cast<int64_t>(index) + 1);
            case 'E':
            case 'e':
            case 'c':
                if (!read_name(kWeekdays, e.count, index)) return false;
                return assign(fields.weekday, static_cast<int64_t>(index));
            case 'Q':
            case 'q':
                return read_quarter(e.count);
            case 'a': {
                std::string_view rest = text_.substr(at_);
                bool pm = starts_with_any_case(rest, "PM");
                if (!pm && !starts_with_any_case(rest, "AM")) return false;
                at_ += 2;
                return assign(fields.half_day, pm ? 1 : 0);
            }
            case 'B':
                return read_day_period(e.count);
            case 'G': {
                std::string_view rest = text_.substr(at_);
                for (auto [name, era] : {std::pair<std::string_view, int>{"Anno Domini", 1},
                                         {"Before Christ", 0},
                                         {"AD", 1},
                                         {"BC", 0}}) {
                    if (!starts_with_any_case(rest, name)) continue;
                    at_ += name.size();
                    return assign(fields.era, era);
                }
                return false;
            }
            case 'V':
            case 'O':
                return read_zone(false);
            case 'z':
            case 'v':
                return read_zone_name(e.count == 4) || read_zone(e.count < 4);
            default:
                return read_offset(e);
        }
    }

    bool read_quarter(int count) {
        constexpr std::array<std::string_view, 4> kShort = {"Q1", "Q2", "Q3", "Q4"};
        constexpr std::array<std::string_view, 4> kLong = {"1st quarter", "2nd quarter",
                                                           "3rd quarter", "4th quarter"};
        for (size_t i = 0; i < kShort.size(); ++i) {
            const std::string_view name = count == 4 ? kLong[i] : kShort[i];
            if (!starts_with_any_case(text_.substr(at_), name)) continue;
            at_ += name.size();
            return assign(fields.quarter, static_cast<int64_t>(i) + 1);
        }
        return false;
    }

    bool read_day_period(int count) {
        for (size_t i = 0; i < std::size(kDayPeriods); ++i) {
            const std::string_view name = count == 5 ? kDayPeriods[i].narrow : kDayPeriods[i].name;
            if (!starts_with_any_case(text_.substr(at_), name)) continue;
            at_ += name.size();
            return assign(fields.day_period, static_cast<int64_t>(i));
        }
        return false;
    }

    bool read_offset(const Element& e) {
        std::string_view rest = text_.substr(at_);
        if (e.letter == 'Z' && e.count == 4 && starts_with_any_case(rest, "GMT")) {
            rest.remove_prefix(3);
            if (rest.empty() || (rest[0] != '+' && rest[0] != '-')) {
                fields.offset_seconds = 0;
                at_ = text_.size() - rest.size();
                return true;
            }
        }
        bool zulu = rest.starts_with("Z") || rest.starts_with("z");
        if (zulu && e.letter != 'X' && !(e.letter == 'Z' && e.count == 5)) return false;
        auto offset = take_offset(rest);
        if (!offset) return false;
        fields.offset_seconds = *offset;
        at_ = text_.size() - rest.size();
        return true;
    }

    /// "Central European Time", or the short name of a zone that kZoneNames does not have.
    bool read_zone_name(bool full) {
        const std::string_view rest = text_.substr(at_);
        size_t size = 0;
        const ZoneText* text = zone_named_at(rest, full, size);
        const bool whole =
            size == rest.size() ||
            !std::isalnum(static_cast<unsigned char>(rest[std::min(size, rest.size() - 1)]));
        if (text == nullptr || !whole) return false;
        if (!full && region_of(rest.substr(0, size)) != "none") return false;
        fields.zone = TimeZone::find(text->preferred_region());
        at_ += size;
        return fields.zone.has_value();
    }

    /// With `names`: PST and its kin, too.
    bool read_zone(bool names) {
        size_t end = at_;
        while (end < text_.size() &&
               (std::isalnum(static_cast<unsigned char>(text_[end])) ||
                std::string_view("/_+-:").find(text_[end]) != std::string_view::npos))
            ++end;
        for (; end > at_; --end) {
            std::string_view id = text_.substr(at_, end - at_);
            auto zone = TimeZone::find(id);
            if (!zone && names) zone = TimeZone::find(region_of(id));
            if (!zone) zone = TimeZone::find(upper_ascii(id));  // Case does not count: utc.
            if (!zone) continue;
            fields.zone = *zone;
            at_ = end;
            return true;
        }
        return false;
    }
    /// The region that a common short name stands for in Java's English zone texts.
    static std::string_view region_of(std::string_view name) {
        for (const ZoneName& known : kZoneNames)
            if (upper_ascii(name) == known.name) return known.region;
        return "none";
    }

    std::string_view text_;
    size_t at_ = 0;
};

}  // namespace

DateFields DateFormat::parse(std::string_view text) const {
    Reader reader(text);
    if (!reader.read(elements_))
        throw RowError("Text '" + std::string(text) + "' could not be parsed at index " +
                       std::to_string(reader.at()));
    if (reader.at() != text.size())
        throw RowError("Text '" + std::string(text) +
                       "' could not be parsed, unparsed text found at index " +
                       std::to_string(reader.at()));
    return reader.fields;
}

}  // namespace millrace::functions
