#include "server/listener_tls.h"

#include <algorithm>
#include <string>

#include "engine/base/text.h"
#include "engine/config/get.h"
#include "server/net/tls_properties.h"

namespace millrace::server {

Result<net::TlsOptions> tls_of_config(const Config& config) {
    return net::tls_of_properties([&](const std::string& name) {
        const std::string* text = config.find(name);
        return text == nullptr ? "" : std::string(java_trim(*text));
    });
}

namespace {

Result<net::TlsOptions> listener_tls_options(const Config& config) {
    auto options = tls_of_config(config);
    if (!options) return options;
    if (options->keys.empty()) {
        return Status(Fault::kFatal,
                      "listeners: https:// needs a key and a certificate: set "
                      "ssl.keystore.location and ssl.keystore.type=PEM");
    }
    const std::string& clients = config.get<"ssl.client.authentication">();
    if (clients == "REQUESTED") options->clients = net::ClientCertificates::kRequested;
    // The older property counts where the newer one says nothing.
    if (clients == "REQUIRED" || (clients == "NONE" && config.get<"ssl.client.auth">()))
        options->clients = net::ClientCertificates::kRequired;
    options->reload = config.get<"ssl.keystore.reload">();
    return options;
}

}  // namespace

Result<std::shared_ptr<net::TlsServer>> open_listener_tls(
    const Config& config, const std::vector<net::ListenAddress>& listen) {
    const bool has_tls =
        std::any_of(listen.begin(), listen.end(), [](const auto& at) { return at.tls; });
    const bool has_plain =
        std::any_of(listen.begin(), listen.end(), [](const auto& at) { return !at.tls; });
    const bool asks =
        config.get<"ssl.client.auth">() || config.get<"ssl.client.authentication">() != "NONE";
    if (asks && has_plain) {
        return Status(Fault::kFatal,
                      "ssl.client.authentication is refused with a listener of http://, where "
                      "nobody can show a certificate: everybody would be let in");
    }
    if (!has_tls) return std::shared_ptr<net::TlsServer>();
    auto options = listener_tls_options(config);
    if (!options) return options.status();
    return net::TlsServer::open(std::move(*options));
}

}  // namespace millrace::server
