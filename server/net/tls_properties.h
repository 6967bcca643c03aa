// TLS as Kafka's ssl.* properties say it, of listeners and of the shell. Stateless.
#pragma once

#include <functional>
#include <string>

#include "server/net/tls.h"

namespace millrace::net {

/// Keystore, truststore, versions and ciphers. `value_of` gives a property's text, empty when it is
/// not set. The failure names the property that cannot be kept.
Result<TlsOptions> tls_of_properties(
    const std::function<std::string(const std::string& name)>& value_of);

}  // namespace millrace::net
