// Text as Java sees it: positions and lengths count UTF-16 code units. Plain ASCII, the usual case,
// is worked on in place.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/text.h"

namespace millrace {

bool is_ascii(std::string_view text);
std::u16string to_utf16(std::string_view utf8);
/// Unpaired surrogates become '?', as Java's encoder has it.
std::string to_utf8(std::u16string_view utf16);
/// The code point at `at`, which moves on behind it; U+FFFD for what is no UTF-8.
char32_t next_code_point(std::string_view text, size_t& at);

/// Without the byte order mark that some editors and producers put first.
std::string_view without_bom(std::string_view text);
/// Where the first byte is that is no UTF-8; the size when there is none.
size_t first_invalid_utf8(std::string_view text);
/// A byte of UTF-8 that goes on with a character.
constexpr bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}
/// So much of its beginning as so many bytes have room for, in whole characters.
std::string_view whole_characters(std::string_view text, size_t bytes_max);
/// Is it exactly one character, of whatever script?
bool is_one_code_point(std::string_view text);

void append_upper(std::string& out, std::string_view text);
void append_lower(std::string& out, std::string_view text);
/// Java's Character.isWhitespace.
bool is_java_whitespace(char32_t c);

}  // namespace millrace
