// Text as Java sees it: positions and lengths count UTF-16 code units. Plain ASCII, the usual case,
// is worked on in place.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/text.h"

namespace millrace::functions {

bool is_ascii(std::string_view text);
std::u16string to_utf16(std::string_view utf8);
/// Unpaired surrogates become '?', as Java's encoder has it.
std::string to_utf8(std::u16string_view utf16);
/// The code point at `at`, which moves on behind it; U+FFFD for what is no UTF-8.
char32_t next_code_point(std::string_view text, size_t& at);

void append_upper(std::string& out, std::string_view text);
void append_lower(std::string& out, std::string_view text);
/// Java's Character.isWhitespace.
bool is_java_whitespace(char32_t c);

/// MD5 of the bytes, in hexadecimal.
std::string md5_hex(std::string_view bytes);

}  // namespace millrace::functions
