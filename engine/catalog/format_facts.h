// What analysis must know about serialisation formats before any codec is made: which columns a
// format can hold, and ksqlDB's words when it cannot. The codecs themselves are in engine/serde.
// Constant tables; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog/catalog.h"

namespace millrace {

struct FormatFacts {
    std::string_view name;
    bool needs_registry = false;  ///< And can infer a schema from it.
    bool multi_column_key = true;
    bool wrap = true;    ///< A single value column as a record of one field.
    bool unwrap = true;  ///< A single value column bare.
    bool values = true;  ///< May hold columns at all.
};

/// Null when there is no such format. The name is upper case.
const FormatFacts* find_format(std::string_view name);
/// Throws StatementError "Unknown format: X". Any letter case.
const FormatFacts& require_format(std::string_view name);

/// Throws StatementError when the format cannot hold these key or value columns.
void check_key_columns(const FormatInfo& format, const std::vector<Field>& columns);
void check_value_columns(const FormatInfo& format, const std::vector<Field>& columns);
/// ksqlDB's reason why not, or nothing when the format can.
std::optional<std::string> unsupported_reason(const FormatInfo& format,
                                              const std::vector<Field>& columns, bool is_key);

/// Throws StatementError when a key column contains a MAP.
void check_no_map_keys(const std::vector<Field>& key);

/// Throws StatementError when a property is none of the format's (delimiter, fullSchemaName, …).
void check_format_properties(const FormatInfo& format);

}  // namespace millrace
