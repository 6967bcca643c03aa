// Reads one JSON text as a Value of a given type, by the rules of the JSON format.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/types/value.h"

namespace millrace {

/// kFatal with ksqlDB's text when the JSON is malformed or does not become this type.
Result<Value> parse_json_value(std::string_view json, const SqlType& type);

}  // namespace millrace
