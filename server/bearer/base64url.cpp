#include "server/bearer/base64url.h"

#include <algorithm>

#include "engine/base/bytes.h"

namespace millrace::bearer {

std::optional<std::string> base64url_decode(std::string_view text) {
    if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '-', '+');
    std::replace(plain.begin(), plain.end(), '_', '/');
    plain.append((4 - plain.size() % 4) % 4, '=');
    auto bytes = base64_decode(plain);
    // An encoder leaves no bits behind the last byte, so they must come out the same again.
    if (bytes && base64_encode(*bytes) != plain) return std::nullopt;
    return bytes;
}

}  // namespace millrace::bearer
