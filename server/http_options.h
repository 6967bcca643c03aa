// What the properties say of the HTTP server, and what the machine lets it have. Stateless.
#pragma once

#include "engine/base/memory_governor.h"
#include "engine/config/config.h"
#include "server/net/http_server.h"

namespace millrace::server {

/// All but the addresses. Raises how many files this process may open as far as it may, and takes
/// no more than half of them for connections: topics, state and Kafka need theirs.
net::HttpServerOptions http_options(const Config& config, std::shared_ptr<MemoryGovernor> memory);

}  // namespace millrace::server
