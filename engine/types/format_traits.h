// Serialisation formats: one table of what each can do, for the rules of statements and for the
// codecs, which register against it (engine/serde/builtin.cpp). Nobody asks for a format's name to
// decide. Constant; any thread.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/types/schema.h"

namespace millrace {

/// Of the formats that some rule must name. Everything else asks for their traits.
namespace format_names {
inline constexpr std::string_view kJson = "JSON", kKafka = "KAFKA", kNone = "NONE";
}

/// A serialisation format with its properties (delimiter, schema id, …), as in topics and plans.
struct FormatInfo {
    std::string name = std::string(format_names::kJson);
    std::map<std::string, std::string> properties;
    /// WRAP_SINGLES / UNWRAP_SINGLES when stated (or forced by the format), else absent.
    std::optional<bool> wrap_single;
    bool operator==(const FormatInfo&) const = default;
};

/// The format as it is without properties.
inline FormatInfo plain_format(std::string_view name) {
    return {std::string(name), {}, {}};
}

/// Why a format cannot hold a column, in ksqlDB's words; nothing when it can.
using ColumnRule = std::optional<std::string> (*)(const Field& column);

struct FormatTraits {
    std::string_view name;  ///< Upper case.
    bool needs_registry = false;
    bool infers_schema = false;     ///< Columns can come from the schema registry.
    bool holds_columns = true;      ///< NONE: nothing is there to be read.
    bool multi_column = true;       ///< More than one column.
    bool nested_types = true;       ///< ARRAY, MAP and STRUCT.
    bool group_by_and_join = true;  ///< Its values may be grouped and joined (not KAFKA's).
    bool wraps = true;              ///< A single value column as a record of one field.
    bool unwraps = true;            ///< A single column bare.
    bool one_row_a_record = true;   ///< False: any number of rows, with kinds; no format of keys.
    ColumnRule column_rule = nullptr;
    std::span<const std::string_view> properties = {};  ///< That WITH may give it.
    /// Those that CREATE … AS SELECT takes over from a source of this format.
    std::span<const std::string_view> inherited = {};
};

namespace format_rules {

std::optional<std::string> json(const Field& column);
std::optional<std::string> avro(const Field& column);
std::optional<std::string> kafka(const Field& column);

inline constexpr std::string_view kRegistryProperties[] = {"schemaId", "fullSchemaName"};
inline constexpr std::string_view kProtobufProperties[] = {
    "schemaId", "fullSchemaName", "unwrapPrimitives", "nullableRepresentation", "subjectName"};
inline constexpr std::string_view kFullSchemaName[] = {"fullSchemaName"};
inline constexpr std::string_view kProtobufNoSrProperties[] = {"nullableRepresentation",
                                                               "unwrapPrimitives"};
inline constexpr std::string_view kDelimiter[] = {"delimiter"};

}  // namespace format_rules

// clang-format off
/// The formats there are. A line without a codec, and a codec without a line, does not compile.
inline constexpr FormatTraits kFormats[] = {
    {.name = format_names::kJson, .column_rule = format_rules::json},
    {.name = "JSON_SR", .needs_registry = true, .infers_schema = true,
     .column_rule = format_rules::json, .properties = format_rules::kRegistryProperties},
    {.name = "AVRO", .needs_registry = true, .infers_schema = true,
     .column_rule = format_rules::avro, .properties = format_rules::kRegistryProperties},
    {.name = "PROTOBUF", .needs_registry = true, .infers_schema = true, .unwraps = false,
     .properties = format_rules::kProtobufProperties, .inherited = format_rules::kFullSchemaName},
    {.name = "PROTOBUF_NOSR", .properties = format_rules::kProtobufNoSrProperties,
     .inherited = format_rules::kProtobufNoSrProperties},
    {.name = "DELIMITED", .nested_types = false, .wraps = false,
     .properties = format_rules::kDelimiter, .inherited = format_rules::kDelimiter},
    {.name = format_names::kKafka, .multi_column = false, .nested_types = false,
     .group_by_and_join = false, .wraps = false, .column_rule = format_rules::kafka},
    {.name = format_names::kNone, .holds_columns = false, .wraps = false, .unwraps = false},
};
// clang-format on

/// Throws StatementError "Unknown format: X". Any letter case.
const FormatTraits& require_format(std::string_view name);

/// ksqlDB's reason why the format cannot hold these key or value columns, or nothing.
std::optional<std::string> unsupported_reason(const FormatTraits& format,
                                              const std::vector<Field>& columns, bool is_key);
/// Do the columns stand in a record? False: the one column is bare.
bool is_wrapped(const FormatTraits& format, bool is_key, size_t num_columns,
                std::optional<bool> wrap_single);

// Rules that statements are checked by; all throw StatementError with ksqlDB's texts.

/// "Value format does not support schema." with format, schema and reason.
void check_columns(const FormatInfo& format, const std::vector<Field>& columns, bool is_key);
/// No key column may contain a MAP.
void check_no_map_keys(const std::vector<Field>& key);
/// Every property is one of the format's (delimiter, fullSchemaName, …).
void check_format_properties(const FormatInfo& format);

}  // namespace millrace
