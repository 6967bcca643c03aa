// Small things about text: ASCII upper case, and strings as JSON writes them.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// The letters a to z made upper case; every other byte as it is. What SQL folds identifiers with.
std::string upper_ascii(std::string_view text);

/// `text` in quotes, escaped as Jackson does: the short escapes, \u00XX with upper-case digits for
/// other control characters, everything else as it is.
void append_json_string(std::string& out, std::string_view text);

}  // namespace millrace
