// English names of months and weekdays, as Java's root and English locales have them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace millrace::functions {

inline constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
inline constexpr std::array<std::string_view, 7> kWeekdays = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

/// The name as a pattern with `count` letters writes it: 4 in full, 5 one letter, else three.
template <size_t N>
constexpr std::string_view name_of(const std::array<std::string_view, N>& names, size_t index,
                                   int count) {
    std::string_view name = names[index];
    return count == 4 ? name : count == 5 ? name.substr(0, 1) : name.substr(0, 3);
}

/// The parts of a day that English has, as the letter `B` writes them: minutes of the day, up to
/// and without `to`. The one at night goes over midnight, which has a name of its own, as noon has.
struct DayPeriod {
    std::string_view name, narrow;
    int from, to;
    bool has(int minute) const {
        return from < to ? minute >= from && minute < to : minute >= from || minute < to;
    }
    /// The minute in its middle, which the name alone means.
    int middle() const { return ((from < to ? from + to : from + to + 1440) / 2) % 1440; }
};
inline constexpr DayPeriod kDayPeriods[] = {
    {"midnight", "mi", 0, 1},
    {"noon", "n", 720, 721},
    {"in the morning", "in the morning", 360, 720},
    {"in the afternoon", "in the afternoon", 720, 1080},
    {"in the evening", "in the evening", 1080, 1260},
    {"at night", "at night", 1260, 360},
};

/// Short names of zones that texts have: the region, and the minutes from UTC that the name itself
/// means.
struct ZoneName {
    std::string_view name, region;
    int16_t minutes;
};
inline constexpr ZoneName kZoneNames[] = {
    {"PST", "America/Los_Angeles", -480},
    {"PDT", "America/Los_Angeles", -420},
    {"MST", "America/Denver", -420},
    {"MDT", "America/Denver", -360},
    {"CST", "America/Chicago", -360},
    {"CDT", "America/Chicago", -300},
    {"EST", "America/New_York", -300},
    {"EDT", "America/New_York", -240},
    {"AKST", "America/Anchorage", -540},
    {"AKDT", "America/Anchorage", -480},
    {"HST", "Pacific/Honolulu", -600},
    {"BRT", "America/Sao_Paulo", -180},
    {"ART", "America/Buenos_Aires", -180},
    {"WET", "Europe/Lisbon", 0},
    {"WEST", "Europe/Lisbon", 60},
    {"BST", "Europe/London", 60},
    {"CET", "Europe/Paris", 60},
    {"CEST", "Europe/Paris", 120},
    {"EET", "Europe/Athens", 120},
    {"EEST", "Europe/Athens", 180},
    {"MSK", "Europe/Moscow", 180},
    {"IST", "Asia/Kolkata", 330},
    {"ICT", "Asia/Bangkok", 420},
    {"WIB", "Asia/Jakarta", 420},
    {"HKT", "Asia/Hong_Kong", 480},
    {"SGT", "Asia/Singapore", 480},
    {"JST", "Asia/Tokyo", 540},
    {"KST", "Asia/Seoul", 540},
    {"AEST", "Australia/Sydney", 600},
    {"AEDT", "Australia/Sydney", 660},
    {"NZST", "Pacific/Auckland", 720},
    {"NZDT", "Pacific/Auckland", 780},
};

}  // namespace millrace::functions
