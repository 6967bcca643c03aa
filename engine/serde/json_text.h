// Writes SQL values as JSON text: rows of REST answers and records of JSON topics differ in a few
// types.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/text.h"
#include "engine/types/column.h"

namespace millrace {

/// kRest: DATE, TIME and TIMESTAMP as text, DECIMAL plain. kTopic: dates and times as numbers,
/// DECIMAL as BigDecimal.toString. Both: BYTES as base64, DOUBLE as Java prints it, NaN and
/// infinities as strings.
enum class JsonStyle : uint8_t { kRest, kTopic };

void append_json_value(std::string& out, const Value& value, const SqlType& type,
                       JsonStyle style = JsonStyle::kRest);
/// One cell of a column; no Value is made for scalars.
void append_json_cell(std::string& out, const Column& column, size_t row,
                      JsonStyle style = JsonStyle::kRest);

}  // namespace millrace
