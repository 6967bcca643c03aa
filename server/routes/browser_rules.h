// What a web page can make a browser send to this server, and what of it is answered. Programs are
// not held up: they send no Origin. Immutable; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "engine/config/config.h"
#include "server/model/error.h"
#include "server/net/http.h"
#include "server/routes/allowed_hosts.h"
#include "server/routes/cors.h"

namespace millrace::server {

class BrowserRules {
public:
    /// `machine`: this machine's name.
    BrowserRules(const Config& config, std::string_view machine);

    /// Refuses what comes by way of a name that is not this server's (421), from a page of another
    /// origin (403), or out of a form (415).
    std::optional<ErrorReply> refusal(const net::Request& request) const;
    /// Of a request that is not refused: the way back for the handler, with what a page's browser
    /// wants to hear; null: this was a browser's question ahead of a request, and is answered.
    std::shared_ptr<net::ResponseWriter> writer_for(
        const net::Request& request, std::shared_ptr<net::ResponseWriter> writer) const;

private:
    std::optional<ErrorReply> wrong_origin(const net::Request& request) const;

    const AllowedHosts hosts_;
    const Cors cors_;
};

}  // namespace millrace::server
