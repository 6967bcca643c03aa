#include "engine/types/format_traits.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace millrace {
namespace {

std::string column_list(const std::vector<Field>& columns, bool is_key) {
    std::string text;
    for (const Field& column : columns) {
        if (!text.empty()) text += ", ";
        text += quote_identifier(column.name, true) + " " + column.type->to_string();
        if (is_key) text += " KEY";
    }
    return text;
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

std::string not_supported(std::string_view format, const SqlType& type) {
    return "The '" + std::string(format) + "' format does not support type '" +
           std::string(base_type_name(type.base())) + "'";
}

}  // namespace

namespace format_rules {

std::optional<std::string> json(const Field& column) {
    if (!has_odd_map_key(*column.type)) return std::nullopt;
    return "JSON only supports MAP types with STRING keys";
}

std::optional<std::string> avro(const Field& column) {
    if (has_odd_map_key(*column.type)) return "Avro only supports MAPs with STRING keys";
    const std::string& name = column.name;
    if (name.empty() || !avro_name_start(name[0])) {
        return "Schema is not compatible with Avro: Illegal initial character: " + name;
    }
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return avro_name_start(c) || (c >= '0' && c <= '9');
    });
    if (plain) return std::nullopt;
    return "Schema is not compatible with Avro: Illegal character in: " + name;
}

std::optional<std::string> kafka(const Field& column) {
    switch (column.type->base()) {
        case BaseType::kInteger:
        case BaseType::kBigint:
        case BaseType::kDouble:
        case BaseType::kString:
        case BaseType::kBytes:
            return std::nullopt;
        default:
            return not_supported(format_names::kKafka, *column.type);
    }
}

}  // namespace format_rules

const FormatTraits& require_format(std::string_view name) {
    const std::string upper = upper_ascii(name);
    for (const FormatTraits& format : kFormats) {
        if (format.name == upper) return format;
    }
    refuse(ErrorKind::kFormat, "Unknown format: " + std::string(name));
}

std::optional<std::string> unsupported_reason(const FormatTraits& format,
                                              const std::vector<Field>& columns, bool is_key) {
    if (columns.empty()) return std::nullopt;
    const std::string name(format.name);
    if (!format.holds_columns) {
        return "The '" + name + "' format can only be used when no columns are defined. Got: [" +
               column_list(columns, is_key) + "]";
    }
    if (is_key && !format.one_row_a_record) {
        return "The '" + name + "' format has several rows in a record and cannot be a key's";
    }
    if (!format.multi_column && columns.size() > 1) {
        return "The '" + name + "' format only supports a single field. Got: [" +
               column_list(columns, is_key) + "]";
    }
    for (const Field& column : columns) {
        if (format.column_rule) {
            if (auto reason = format.column_rule(column)) return reason;
        }
        if (!format.nested_types && column.type->is_nested()) {
            return not_supported(name, *column.type) +
                   ", column: " + quote_identifier(column.name, true);
        }
    }
    return std::nullopt;
}

bool is_wrapped(const FormatTraits& format, bool is_key, size_t num_columns,
                std::optional<bool> wrap_single) {
    if (num_columns != 1) return true;
    if (is_key) return !format.unwraps;
    if (format.wraps != format.unwraps) return format.wraps;
    return wrap_single.value_or(true);
}

void check_columns(const FormatInfo& format, const std::vector<Field>& columns, bool is_key) {
    const FormatTraits& traits = require_format(format.name);
    const auto reason = unsupported_reason(traits, columns, is_key);
    if (!reason) return;
    // Only a format that could do both has a feature to show.
    std::string features;
    if (traits.wraps && traits.unwraps && columns.size() == 1) {
        if (is_key || format.wrap_single == false) features = "UNWRAP_SINGLES";
        if (!is_key && format.wrap_single == true) features = "WRAP_SINGLES";
    }
    refuse(std::string(is_key ? "Key" : "Value") + " format does not support schema.\nformat: " +
           format.name + "\nschema: Persistence{columns=[" + column_list(columns, is_key) +
           "], features=[" + features + "]}\nreason: " + *reason);
}

void check_no_map_keys(const std::vector<Field>& key) {
    for (const Field& column : key) {
        if (!contains_map(*column.type)) continue;
        refuse(
            "Map keys, including types that contain maps, are not supported as they may lead to "
            "unexpected behavior due to inconsistent serialization. Key column name: " +
            quote_identifier(column.name, true) + ". Column type: " + column.type->to_string() +
            ". See https://github.com/confluentinc/ksql/issues/6621 for more.");
    }
}

void check_format_properties(const FormatInfo& format) {
    const auto allowed = require_format(format.name).properties;
    std::string refused;
    for (const auto& [name, value] : format.properties) {
        if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
        refused += (refused.empty() ? "" : ", ") + name;
    }
    if (!refused.empty())
        refuse(ErrorKind::kFormat,
               format.name + " does not support the following configs: [" + refused + "]");
}

}  // namespace millrace
