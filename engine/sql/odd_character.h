// Characters that statements cannot begin a word with, told so that who pasted them finds them.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace millrace::sql {

/// The whole character at `at` and what to do about it: "no-break space (U+00A0). Write a space
/// instead". REQUIRES: `text` is UTF-8 and `at` is where a character of it begins.
std::string describe_character(std::string_view text, size_t at);

/// Throws StatementError(kSyntax) at the first byte that is no UTF-8.
void require_utf8(std::string_view text, Position start);

}  // namespace millrace::sql
