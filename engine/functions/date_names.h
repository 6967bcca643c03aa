// English names of months and weekdays, as Java's root and English locales have them.
#pragma once

#include <array>
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

}  // namespace millrace::functions
