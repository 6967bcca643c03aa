// JSON as the JSON functions need it: a tree that keeps numbers exactly as written. Not for
// records: those go through engine/serde.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/types/value.h"

namespace millrace::functions {

struct Json {
    enum class Kind { kNull, kTrue, kFalse, kInteger, kDecimal, kString, kArray, kObject };
    Kind kind = Kind::kNull;
    std::string text;         ///< A number's digits, or a string's text.
    std::vector<Json> items;  ///< Of an array.
    std::vector<std::pair<std::string, Json>>
        members;  ///< Of an object; the last of equal names wins.

    const Json* member(std::string_view name) const;
};

/// The first value in the text; what follows is not looked at. Nothing when the text is blank
/// ("missing"). Throws RowError on what is no JSON or nested more than 1000 deep.
std::optional<Json> parse_json(std::string_view text);

/// Compact text, as Jackson writes it: decimals as BigDecimal.toString.
void write_json(std::string& out, const Json& json);
std::string json_text(const Json& json);

/// A SQL value as JSON text (TO_JSON_STRING).
void write_json_value(std::string& out, const Value& value, const SqlType& type);

}  // namespace millrace::functions
