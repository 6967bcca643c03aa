// What an operator should hear about how open the server's doors are. Stateless.
#pragma once

#include <string>
#include <vector>

#include "server/net/http_server.h"

namespace millrace::server {

/// A line each; empty: listeners are as narrow, or log-ins as safe, as they should be.
std::vector<std::string> door_warnings(const std::vector<net::ListenAddress>& listen,
                                       bool asks_for_names);

/// Reached from this machine alone?
bool is_loopback(const std::string& host);

}  // namespace millrace::server
