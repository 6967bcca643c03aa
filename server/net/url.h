// URLs as far as a client and a server of HTTP need them:
// http(s)://[user[:password]@]host[:port][/path].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"

namespace millrace::net {

struct Url {
    std::string scheme;  ///< Lower case.
    std::string host;    ///< Without the brackets of an IPv6 address.
    uint16_t port = 0;   ///< 80 or 443 when not given.
    std::string path;    ///< From '/' on, query included; "/" when not given.
    std::string user;    ///< Percent-decoded; empty when not given.
    std::string password;

    /// scheme://host:port, with brackets where needed.
    std::string origin() const;
};

/// A missing scheme means http. The failure's message says what is wrong with the text.
Result<Url> parse_url(std::string_view text);

/// Undoes %XX; a broken escape stays as it is. '+' becomes a blank only when asked (query strings).
std::string percent_decode(std::string_view text, bool plus_is_blank = false);
/// Escapes all but letters, digits and "-._~".
std::string percent_encode(std::string_view text);

}  // namespace millrace::net
