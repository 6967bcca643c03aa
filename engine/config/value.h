// A property's value: read from text as Kafka's ConfigDef reads it, and held to its row. Stateless;
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/config/property.h"

namespace millrace {

/// Monostate: not set, and no default.
using PropertyValue =
    std::variant<std::monostate, bool, int64_t, std::string, std::vector<std::string>>;

struct ParsedValue {
    PropertyValue value;
    std::string problem;  ///< What is allowed, in Kafka's words; empty: the value is good.
};

/// Letter case of a choice is folded to the table's.
ParsedValue parse_property(const Property& row, std::string_view text);

/// "Invalid value x for configuration name: problem", with secrets hidden.
std::string invalid_property(std::string_view name, const std::string& value,
                             const std::string& problem);

/// The parts between commas, without the blanks around them; of an empty text none.
std::vector<std::string> split_list(std::string_view text);

/// Does the row refuse this value, because it promises what is not built?
bool is_refused_value(const Property& row, const std::string& text);

}  // namespace millrace
