// Columns of a source, a step or a record: key columns first, then value columns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/sql_type.h"

namespace millrace {

struct Field {
    std::string name;
    SqlTypePtr type;
    bool operator==(const Field& o) const { return name == o.name && same_type(type, o.type); }
};

/// A column filled from record headers: all of them, or the last one with a key.
struct HeaderField {
    std::string name;
    SqlTypePtr type;
    std::optional<std::string> header_key;  ///< Absent: HEADERS.
    bool operator==(const HeaderField& o) const {
        return name == o.name && same_type(type, o.type) && header_key == o.header_key;
    }
};

struct Schema {
    std::vector<Field> key;
    std::vector<Field> value;
    std::vector<HeaderField> headers;

    const Field* find_key(std::string_view name) const;
    const Field* find_value(std::string_view name) const;
    bool operator==(const Schema&) const = default;

    /// ksqlDB's text: "`ID` STRING KEY, `N` BIGINT". `key_word` is "KEY" or "PRIMARY KEY".
    std::string to_string(std::string_view key_word = "KEY") const;
};

/// How the records' keys carry windows.
enum class WindowType { kNone, kTumbling, kHopping, kSession };
std::string_view window_type_name(WindowType type);

namespace pseudo {
inline constexpr std::string_view kRowtime = "ROWTIME";
inline constexpr std::string_view kRowpartition = "ROWPARTITION";
inline constexpr std::string_view kRowoffset = "ROWOFFSET";
inline constexpr std::string_view kWindowstart = "WINDOWSTART";
inline constexpr std::string_view kWindowend = "WINDOWEND";
}  // namespace pseudo

/// ROWTIME, ROWPARTITION, ROWOFFSET, WINDOWSTART or WINDOWEND.
bool is_system_column(std::string_view name);

}  // namespace millrace
