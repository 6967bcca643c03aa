#include "engine/catalog/format_facts.h"

#include <algorithm>
#include <array>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace millrace {
namespace {

constexpr std::array<FormatFacts, 8> kFormats = {{
    {.name = "JSON"},
    {.name = "JSON_SR", .needs_registry = true},
    {.name = "AVRO", .needs_registry = true},
    {.name = "PROTOBUF", .needs_registry = true, .unwrap = false},
    {.name = "PROTOBUF_NOSR"},
    {.name = "DELIMITED", .wrap = false},
    {.name = "KAFKA", .multi_column_key = false, .wrap = false},
    {.name = "NONE", .wrap = false, .unwrap = false, .values = false},
}};

std::string column_list(const std::vector<Field>& columns, bool is_key) {
    std::string text;
    for (const Field& column : columns) {
        if (!text.empty()) text += ", ";
        text += quote_identifier(column.name, true) + " " + column.type->to_string();
        if (is_key) text += " KEY";
    }
    return text;
}

bool kafka_can_hold(BaseType type) {
    return type == BaseType::kInteger || type == BaseType::kBigint || type == BaseType::kDouble ||
           type == BaseType::kString || type == BaseType::kBytes;
}

/// A MAP whose keys are no strings, at any depth.
bool has_odd_map_key(const SqlType& type) {
    switch (type.base()) {
        case BaseType::kArray:
            return has_odd_map_key(*type.element());
        case BaseType::kMap:
            return !type.map_key()->is(BaseType::kString) || has_odd_map_key(*type.map_value());
        case BaseType::kStruct:
            return std::any_of(type.fields().begin(), type.fields().end(),
                               [](const SqlType::Field& f) { return has_odd_map_key(*f.type); });
        default:
            return false;
    }
}

bool avro_name_start(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

std::optional<std::string> avro_name_reason(const std::string& name) {
    if (name.empty() || !avro_name_start(name[0])) {
        return "Schema is not compatible with Avro: Illegal initial character: " + name;
    }
    for (char c : name) {
        if (!avro_name_start(c) && !(c >= '0' && c <= '9')) {
            return "Schema is not compatible with Avro: Illegal character in: " + name;
        }
    }
    return std::nullopt;
}

[[noreturn]] void refuse_schema(std::string_view side, const FormatInfo& format,
                                const std::vector<Field>& columns, bool is_key,
                                const std::string& reason) {
    // JSON-like formats write a single key column bare, which ksqlDB shows as a feature.
    const FormatFacts* facts = find_format(format.name);
    std::string features;
    if (facts && facts->wrap && facts->unwrap && columns.size() == 1) {
        if (is_key || format.wrap_single == false) features = "UNWRAP_SINGLES";
        if (!is_key && format.wrap_single == true) features = "WRAP_SINGLES";
    }
    throw StatementError(ErrorKind::kStatement,
                         std::string(side) +
                             " format does not support schema.\nformat: " + format.name +
                             "\nschema: Persistence{columns=[" + column_list(columns, is_key) +
                             "], features=[" + features + "]}\nreason: " + reason);
}

}  // namespace

const FormatFacts* find_format(std::string_view name) {
    for (const FormatFacts& format : kFormats) {
        if (format.name == name) return &format;
    }
    return nullptr;
}

const FormatFacts& require_format(std::string_view name) {
    if (const FormatFacts* format = find_format(upper_ascii(name))) return *format;
    refuse(ErrorKind::kFormat, "Unknown format: " + std::string(name));
}

std::optional<std::string> unsupported_reason(const FormatInfo& format,
                                              const std::vector<Field>& columns, bool is_key) {
    if (columns.empty()) return std::nullopt;
    if (format.name == "NONE") {
        return "The 'NONE' format can only be used when no columns are defined. Got: [" +
               column_list(columns, is_key) + "]";
    }
    if (format.name == "KAFKA") {
        if (columns.size() > 1) {
            return "The 'KAFKA' format only supports a single field. Got: [" +
                   column_list(columns, is_key) + "]";
        }
        BaseType base = columns[0].type->base();
        if (!kafka_can_hold(base)) {
            return "The 'KAFKA' format does not support type '" +
                   std::string(base_type_name(base)) + "'";
        }
    }
    for (const Field& column : columns) {
        if (format.name == "DELIMITED" && column.type->is_nested()) {
            return "The 'DELIMITED' format does not support type '" +
                   std::string(base_type_name(column.type->base())) +
                   "', column: " + quote_identifier(column.name, true);
        }
        if ((format.name == "JSON" || format.name == "JSON_SR") && has_odd_map_key(*column.type)) {
            return "JSON only supports MAP types with STRING keys";
        }
        if (format.name == "AVRO") {
            if (has_odd_map_key(*column.type)) return "Avro only supports MAPs with STRING keys";
            if (auto reason = avro_name_reason(column.name)) return reason;
        }
    }
    return std::nullopt;
}

void check_key_columns(const FormatInfo& format, const std::vector<Field>& columns) {
    if (auto reason = unsupported_reason(format, columns, true))
        refuse_schema("Key", format, columns, true, *reason);
}

void check_value_columns(const FormatInfo& format, const std::vector<Field>& columns) {
    if (auto reason = unsupported_reason(format, columns, false)) {
        refuse_schema("Value", format, columns, false, *reason);
    }
}

void check_no_map_keys(const std::vector<Field>& key) {
    for (const Field& column : key) {
        if (!contains_map(*column.type)) continue;
        throw StatementError(
            ErrorKind::kStatement,
            "Map keys, including types that contain maps, are not supported as they may lead to "
            "unexpected "
            "behavior due to inconsistent serialization. Key column name: " +
                quote_identifier(column.name, true) + ". Column type: " + column.type->to_string() +
                ". See https://github.com/confluentinc/ksql/issues/6621 for more.");
    }
}

void check_format_properties(const FormatInfo& format) {
    static const std::map<std::string_view, std::vector<std::string_view>> kAllowed = {
        {"JSON_SR", {"schemaId", "fullSchemaName"}},
        {"AVRO", {"schemaId", "fullSchemaName"}},
        {"PROTOBUF",
         {"schemaId", "fullSchemaName", "unwrapPrimitives", "nullableRepresentation",
          "subjectName"}},
        {"PROTOBUF_NOSR", {"nullableRepresentation", "unwrapPrimitives"}},
        {"DELIMITED", {"delimiter"}},
    };
    std::string refused;
    auto allowed = kAllowed.find(format.name);
    for (const auto& [name, value] : format.properties) {
        if (allowed != kAllowed.end() && std::find(allowed->second.begin(), allowed->second.end(),
                                                   name) != allowed->second.end()) {
            continue;
        }
        refused += (refused.empty() ? "" : ", ") + name;
    }
    if (refused.empty()) return;
    refuse(ErrorKind::kFormat,
           format.name + " does not support the following configs: [" + refused + "]");
}

}  // namespace millrace
