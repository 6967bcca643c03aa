// Every route of the server: method, path, handler, and where the handler runs.
#pragma once

#include "server/net/http.h"
#include "server/routes/service.h"

namespace millrace::server {

/// What the HTTP server calls for each request. `service` must outlive it.
net::Handler make_handler(Service& service);

}  // namespace millrace::server
