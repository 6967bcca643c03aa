// What Beast's parser has to be kept from. Internal to server/net.
#pragma once

#include <string_view>

namespace millrace::net {

/// Could these unparsed bytes of a chunked body be the beginning of its end? Beast takes "0\r\n"
/// alone for it, and then wants to see all of it at once: a fourth byte that comes alone fails an
/// assertion, which ends the process. They can wait: a whole end has more of them.
constexpr bool may_be_last_chunk(std::string_view unparsed) {
    constexpr std::string_view kLastChunk = "0\r\n\r\n";
    return unparsed.size() < kLastChunk.size() && kLastChunk.starts_with(unparsed);
}

}  // namespace millrace::net
