#include "engine/functions/time_zone.h"

#include <date/tz.h>

#include <cstdlib>
#include <stdexcept>

#include "engine/base/error.h"
#include "engine/functions/zone_names.h"

namespace millrace::functions {
namespace {

const date::time_zone* rules_of(const void* rules) {
    return static_cast<const date::time_zone*>(rules);
}

date::sys_time<std::chrono::milliseconds> instant_of(int64_t ms) {
    return date::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms));
}

bool digit(std::string_view text, size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}
int two_digits(std::string_view text, size_t at) {
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

/// Floor of the division, for instants before 1970.
int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

}  // namespace

std::optional<int32_t> take_offset(std::string_view& text) {
    if (text.starts_with("Z") || text.starts_with("z")) {
        text.remove_prefix(1);
        return 0;
    }
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    int sign = text[0] == '-' ? -1 : 1;
    size_t at = 1;
    if (!digit(text, at)) return std::nullopt;
    int hours, minutes = 0, seconds = 0;
    if (digit(text, at + 1)) {
        hours = two_digits(text, at);
        at += 2;
    } else {
        hours = text[at] - '0';
        at += 1;
    }
    bool colon = at < text.size() && text[at] == ':';
    size_t next = at + (colon ? 1 : 0);
    if (digit(text, next) && digit(text, next + 1)) {
        minutes = two_digits(text, next);
        at = next + 2;
        next = at + (colon ? 1 : 0);
        if ((!colon || (at < text.size() && text[at] == ':')) && digit(text, next) &&
            digit(text, next + 1)) {
            seconds = two_digits(text, next);
            at = next + 2;
        }
    }
    if (hours > 18 || minutes > 59 || seconds > 59) return std::nullopt;
    text.remove_prefix(at);
    return sign * (hours * 3600 + minutes * 60 + seconds);
}

std::string offset_id(int32_t offset) {
    if (offset == 0) return "Z";
    std::string out = offset < 0 ? "-" : "+";
    int32_t rest = std::abs(offset);
    auto two = [&](int32_t n) { out += std::string(n < 10 ? "0" : "") + std::to_string(n); };
    two(rest / 3600);
    out += ':';
    two(rest / 60 % 60);
    if (rest % 60) {
        out += ':';
        two(rest % 60);
    }
    return out;
}

TimeZone TimeZone::fixed(int32_t offset_seconds) {
    TimeZone out;
    out.offset_ = offset_seconds;
    out.id_ = offset_id(offset_seconds);
    return out;
}

std::optional<TimeZone> TimeZone::find(std::string_view id) {
    if (!id.empty() && (id[0] == '+' || id[0] == '-' || id == "Z")) {
        std::string_view rest = id;
        auto offset = take_offset(rest);
        if (!offset || !rest.empty()) return std::nullopt;
        return fixed(*offset);
    }
    for (std::string_view prefix : {"UTC", "GMT", "UT"}) {
        if (!id.starts_with(prefix)) continue;
        std::string_view rest = id.substr(prefix.size());
        TimeZone out;
        if (!rest.empty()) {
            if (rest[0] != '+' && rest[0] != '-') continue;
            auto offset = take_offset(rest);
            if (!offset || !rest.empty()) continue;
            out.offset_ = *offset;
        }
        out.id_ = std::string(prefix);
        if (out.offset_ != 0) out.id_ += offset_id(out.offset_);
        return out;
    }
    if (id == "EST" || id == "MST" || id == "HST") return std::nullopt;
    try {
        TimeZone out;
        out.rules_ = date::locate_zone(std::string(id));
        out.id_ = std::string(id);
        return out;
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

TimeZone TimeZone::require(std::string_view id) {
    auto out = find(id);
    if (!out) throw RowError("Unknown time-zone ID: " + std::string(id));
    return *out;
}

TimeZone TimeZone::local() {
    static const TimeZone zone = [] {
        if (const char* name = std::getenv("TZ"))
            if (auto found = find(name)) return *found;
        try {
            TimeZone out;
            const date::time_zone* rules = date::current_zone();
            out.rules_ = rules;
            out.id_ = rules->name();
            return out;
        } catch (const std::runtime_error&) {
            return *find("UTC");
        }
    }();
    return zone;
}

int32_t TimeZone::offset_seconds(int64_t instant_ms) const {
    if (!rules_) return offset_;
    return static_cast<int32_t>(rules_of(rules_)->get_info(instant_of(instant_ms)).offset.count());
}

int64_t TimeZone::to_instant_ms(int64_t local_ms) const {
    if (!rules_) return local_ms - int64_t{offset_} * 1000;
    // The offset before a gap or an overlap is the right one for both.
    date::local_seconds local(std::chrono::seconds(floor_div(local_ms, 1000)));
    date::local_info info = rules_of(rules_)->get_info(local);
    return local_ms - info.first.offset.count() * 1000;
}

std::string TimeZone::short_name(int64_t instant_ms) const {
    if (!rules_) return id_;
    const date::sys_info info = rules_of(rules_)->get_info(instant_of(instant_ms));
    // Zones without letters of their own: "+0545".
    const bool letters = !info.abbrev.starts_with('+') && !info.abbrev.starts_with('-');
    const ZoneText* text = letters ? nullptr : zone_text(id_);
    if (text == nullptr) return info.abbrev;
    return std::string(info.save.count() > 0 ? text->short_daylight : text->short_standard);
}

std::string TimeZone::long_name(int64_t instant_ms) const {
    const ZoneText* text = zone_text(id_);
    if (text == nullptr) return short_name(instant_ms);
    const bool daylight =
        rules_ != nullptr && rules_of(rules_)->get_info(instant_of(instant_ms)).save.count() > 0;
    return std::string(daylight ? text->daylight : text->standard);
}

std::string TimeZone::generic_name(bool full) const {
    const ZoneText* text = zone_text(id_);
    if (text == nullptr) return id_;
    return std::string(full ? text->generic : text->short_generic);
}

}  // namespace millrace::functions
