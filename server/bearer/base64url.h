// Base64 as tokens and keys have it: RFC 7515, appendix C. Stateless; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::bearer {

/// Nothing for what is not exactly as an encoder writes it: padding, blanks, characters of the
/// other alphabet, bits behind the last byte. So one text alone stands for some bytes.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace millrace::bearer
