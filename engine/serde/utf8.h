// Text that comes in from outside is made valid UTF-8 before it becomes a STRING.
#pragma once

#include <string>
#include <string_view>

#include "engine/types/column.h"

namespace millrace {

bool is_valid_utf8(std::string_view text);
/// Every malformed sequence replaced with U+FFFD, as Java's decoder does.
std::string repair_utf8(std::string_view text);
/// Appends `text` to a STRING column, repaired where needed.
void append_utf8(Column& column, std::string_view text);

}  // namespace millrace
