// TLS of the listeners, from the ssl.* properties. Stateless.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/status.h"
#include "engine/config/config.h"
#include "server/net/http_server.h"

namespace millrace::server {

/// What the server's ssl.* properties say of keys, authorities, versions and ciphers. The failure
/// names the property that cannot be kept.
Result<net::TlsOptions> tls_of_config(const Config& config);

/// Null when no address has TLS. The failure names the property or the file at fault; so it does
/// when clients are to show certificates and there is no TLS to show them in.
Result<std::shared_ptr<net::TlsServer>> open_listener_tls(
    const Config& config, const std::vector<net::ListenAddress>& listen);

}  // namespace millrace::server
