// Small things about text: ASCII case, blanks, lists, words that are near, and strings as JSON
// writes them. Functions without state; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The letters a to z made upper case; every other byte as it is. What SQL folds identifiers with.
std::string upper_ascii(std::string_view text);
std::string lower_ascii(std::string_view text);

/// Does it begin so, whatever the case of ASCII letters?
bool starts_with_any_case(std::string_view text, std::string_view prefix);

/// Space, tab, line ends, vertical tab and form feed.
inline constexpr std::string_view kBlanks = " \t\r\n\v\f";
/// Without the bytes of `blanks` at either end.
std::string_view trim(std::string_view text, std::string_view blanks = kBlanks);
/// Java's String.trim: no bytes up to the space at either end.
std::string_view java_trim(std::string_view text);

/// The pieces between separators, each trimmed; "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Insertions, deletions, replacements and swaps of neighbours between two words, bytewise.
size_t edit_distance(std::string_view a, std::string_view b);

/// Appends the code point in UTF-8. REQUIRES: at most U+10FFFF.
void append_utf8(std::string& out, char32_t code_point);

/// `text` in quotes, escaped as Jackson does: the short escapes, \u00XX with upper-case digits for
/// other control characters, everything else as it is.
void append_json_string(std::string& out, std::string_view text);
std::string quoted_json(std::string_view text);

}  // namespace millrace
