#include "server/access/door_warnings.h"

#include "engine/base/text.h"

namespace millrace::server {

bool is_loopback(const std::string& host) {
    const std::string name = lower_ascii(host);
    return name == "localhost" || name == "::1" || name == "::ffff:127.0.0.1" ||
           (name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string::npos);
}

std::vector<std::string> door_warnings(const std::vector<net::ListenAddress>& listen,
                                       bool asks_for_names) {
    std::string open, clear;
    for (const auto& at : listen) {
        if (is_loopback(at.address) || (asks_for_names && at.tls)) continue;
        std::string& named = asks_for_names ? clear : open;
        named += (named.empty() ? "" : ", ") + at.address;
    }
    std::vector<std::string> lines;
    if (!open.empty()) {
        lines.push_back("listening on " + open +
                        " without authentication: whoever reaches it may read, write and drop "
                        "everything. Set authentication.method=BASIC or BEARER (docs/access.md), "
                        "or listen on 127.0.0.1.");
    }
    if (!clear.empty()) {
        lines.push_back(
            "listening on " + clear +
            " without TLS: passwords and tokens cross the network in clear. Listen with "
            "https://, or on 127.0.0.1 behind a proxy that has TLS.");
    }
    return lines;
}

}  // namespace millrace::server
