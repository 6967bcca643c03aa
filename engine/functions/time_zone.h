// Time zones by the names that java.time.ZoneId.of takes: regions, UTC, GMT, and fixed offsets. A
// small value; the regions' rules are those of the system's tz database. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::functions {

class TimeZone {
public:
    static TimeZone fixed(int32_t offset_seconds);
    /// Nothing when there is no such zone (short names such as PST are none).
    static std::optional<TimeZone> find(std::string_view id);
    /// As find, throwing RowError.
    static TimeZone require(std::string_view id);
    /// The machine's.
    static TimeZone local();

    const std::string& id() const { return id_; }
    int32_t offset_seconds(int64_t instant_ms) const;
    /// The instant of a local time; in a gap the time moves on, in an overlap it is the earlier
    /// one.
    int64_t to_instant_ms(int64_t local_ms) const;
    /// "CET", "PDT"; a fixed offset's own text.
    std::string short_name(int64_t instant_ms) const;
    /// "Central European Summer Time"; the short name where no long one is known.
    std::string long_name(int64_t instant_ms) const;
    /// "PT", "Pacific Time", whatever the time of the year; the zone's id where it has none.
    std::string generic_name(bool full) const;

private:
    std::string id_ = "Z";
    int32_t offset_ = 0;
    const void* rules_ = nullptr;  ///< date::time_zone; null: the fixed offset.
};

/// "+02:00" and its kin at the front of `text`, which moves on; nothing when it is none.
std::optional<int32_t> take_offset(std::string_view& text);
/// "+02:00", "Z" for zero.
std::string offset_id(int32_t offset_seconds);

}  // namespace millrace::functions
