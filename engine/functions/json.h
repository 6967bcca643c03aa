// JSON text as the JSON functions write it.
#pragma once

#include <string>

#include "engine/base/json_tree.h"
#include "engine/types/value.h"

namespace millrace::functions {

/// Compact text, as Jackson writes it: decimals as BigDecimal.toString.
std::string json_text(const JsonTree& json);

/// A SQL value as JSON text (TO_JSON_STRING).
void write_json_value(std::string& out, const Value& value, const SqlType& type);

}  // namespace millrace::functions
