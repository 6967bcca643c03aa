// The property `listeners`: where the server listens. Stateless.
#pragma once

#include <string>
#include <vector>

#include "server/net/http_server.h"

namespace millrace::server {

/// "http://127.0.0.1:8088", "https://[::1]:0" → addresses. Throws StatementError(kGeneral) that
/// names the part it cannot take.
std::vector<net::ListenAddress> parse_listeners(const std::vector<std::string>& urls);

}  // namespace millrace::server
