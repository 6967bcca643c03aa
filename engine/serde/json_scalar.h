// One JSON scalar, given as its text, read as a SQL value the way ksqlDB's JSON reader does:
// numbers may be written as strings, integers are cut to their width, DECIMAL must fit without
// rounding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/types/column.h"

namespace millrace {

enum class JsonRead : uint8_t {
    kOk,
    kNull,       ///< The literal null.
    kWrongType,  ///< A value of a kind that does not become this type.
    kBadText,    ///< A string whose text does not parse.
    kTooLarge,   ///< A DECIMAL that does not fit.
    kNoTime,     ///< A TIME beyond the day.
    kMalformed,  ///< No JSON at all.
};

/// Is it a number, true, false, null, or something in quotes? A quick look: escapes are not
/// checked.
bool is_json_scalar(std::string_view token);
/// Text of a string token (quotes included), with escapes resolved. When there are none, `out`
/// points into the token, else into `scratch`. False when it is malformed.
bool unquote_json(std::string_view token, std::string& scratch, std::string_view& out);

/// `token` without blanks around it. REQUIRES: `type` is not nested.
JsonRead read_json_scalar(std::string_view token, const SqlType& type, std::string& scratch,
                          Value& out);
/// Straight into row `row` of a column that is long enough; NULL for null.
JsonRead read_json_scalar(std::string_view token, std::string& scratch, Column& column, size_t row);
/// What read_json_scalar would say, without making the value: for fields that nobody asked for.
JsonRead check_json_scalar(std::string_view token, const SqlType& type, std::string& scratch);

/// Jackson's name of the node: "TextNode", "IntNode", "ObjectNode", ….
std::string_view json_node_name(std::string_view token);

}  // namespace millrace
