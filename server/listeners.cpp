#include "server/listeners.h"

#include "engine/base/error.h"
#include "engine/config/table.h"
#include "server/net/url.h"

namespace millrace::server {

std::vector<net::ListenAddress> parse_listeners(const std::vector<std::string>& urls) {
    std::vector<net::ListenAddress> listen;
    for (const auto& text : urls) {
        auto url = net::parse_url(text);
        if (!url) {
            refuse(ErrorKind::kGeneral,
                   "listeners: '" + text_without_secrets(text) + "': " + url.status().message());
        }
        // A port that is not given is ksqlDB's, not HTTP's.
        const bool has_port = text.find_last_of(':') > text.find_last_of("]/");
        listen.push_back({url->host, has_port ? url->port : static_cast<uint16_t>(8088),
                          url->scheme == "https"});
    }
    return listen;
}

}  // namespace millrace::server
