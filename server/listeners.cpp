#include "server/listeners.h"

#include <sstream>

#include "engine/base/error.h"
#include "server/net/url.h"

namespace millrace::server {

std::vector<net::ListenAddress> parse_listeners(const std::string& text) {
    std::vector<net::ListenAddress> listen;
    std::stringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
        const size_t first = part.find_first_not_of(" \t");
        if (first == std::string::npos) continue;
        part = part.substr(first, part.find_last_not_of(" \t") - first + 1);
        auto url = net::parse_url(part);
        if (!url) {
            refuse(ErrorKind::kGeneral, "listeners: '" + part + "': " + url.status().message());
        }
        if (url->scheme != "http") {
            refuse(ErrorKind::kNotYet, "listeners: '" + part + "': only http:// is supported yet");
        }
        // A port that is not given is ksqlDB's, not HTTP's.
        const bool has_port = part.find_last_of(':') > part.find_last_of("]/");
        listen.push_back({url->host, has_port ? url->port : static_cast<uint16_t>(8088)});
    }
    if (listen.empty()) {
        refuse(ErrorKind::kGeneral, "listeners: no address in '" + text + "'");
    }
    return listen;
}

}  // namespace millrace::server
