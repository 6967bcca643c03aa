// The WITH clause of CREATE STREAM/TABLE, CREATE … AS SELECT and INSERT INTO: read, typed and
// checked.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/catalog/catalog.h"
#include "engine/sql/statements.h"

namespace millrace::plan {

enum class PropertyScope { kCreateSource, kCreateAsSelect, kInsertInto };

struct WithProperties {
    std::optional<std::string> topic;
    std::optional<int32_t> partitions;
    std::optional<int16_t> replicas;
    std::optional<int64_t> retention_ms;
    std::optional<std::string> format, key_format, value_format;  ///< As written.
    std::optional<bool> wrap_single;
    std::optional<TimestampColumn> timestamp;  ///< Column name folded as an identifier.
    std::optional<WindowType> window;
    std::optional<int64_t> window_size_ms;
    std::optional<std::string> query_id;
    /// Properties of the formats themselves, by FormatInfo's names.
    std::map<std::string, std::string> key_format_properties, value_format_properties;
};

/// Throws StatementError for unknown names, wrong types and values that contradict each other.
WithProperties read_properties(const sql::Properties& properties, PropertyScope scope);

/// A copy with one property set or replaced.
sql::Properties with_property(sql::Properties properties, const std::string& name,
                              sql::Literal value);
sql::Literal string_literal(const std::string& text);
sql::Literal number_literal(int64_t number);

}  // namespace millrace::plan
