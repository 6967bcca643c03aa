// Every route of the server: method, path, handler, and where the handler runs.
#pragma once

#include <string_view>

#include "server/net/http.h"
#include "server/routes/service.h"

namespace millrace::server {

/// What the HTTP server calls for each request. `service` must outlive it; `machine` is this
/// machine's name.
net::Handler make_handler(Service& service, std::string_view machine);

/// A health check: answered when there is no room for anything else.
bool is_probe(const net::Request& request);

}  // namespace millrace::server
