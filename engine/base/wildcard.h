// Names with `*` in them.
#pragma once

#include <string_view>

namespace millrace {

/// Is it the whole of `text`? `*` stands for any number of bytes.
bool matches_wildcard(std::string_view pattern, std::string_view text);

}  // namespace millrace
