#include "server/net/tls_properties.h"

#include <algorithm>

#include "engine/base/text.h"

namespace millrace::net {

namespace {

using Lookup = std::function<std::string(const std::string& name)>;

bool ends_like(const std::string& file, std::initializer_list<const char*> endings) {
    const std::string name = lower_ascii(file);
    return std::any_of(endings.begin(), endings.end(),
                       [&](const char* ending) { return name.ends_with(ending); });
}

std::vector<std::string> list_of(const std::string& text) {
    std::vector<std::string> parts;
    for (const std::string_view part : split(text, ','))
        if (!part.empty()) parts.emplace_back(part);
    return parts;
}

/// `kind`: keystore or truststore.
Result<KeyStore> store_of(const Lookup& value_of, const std::string& kind) {
    KeyStore store;
    store.file = value_of("ssl." + kind + ".location");
    store.password = value_of("ssl." + kind + ".password");
    if (store.file.empty()) return store;
    std::string type = upper_ascii(value_of("ssl." + kind + ".type"));
    if (type.empty() && ends_like(store.file, {".pem", ".crt", ".key"})) type = "PEM";
    if (type.empty() && ends_like(store.file, {".p12", ".pfx"})) type = "PKCS12";
    store.is_pkcs12 = type == "PKCS12";
    if (type == "PEM" || store.is_pkcs12) return store;
    return Status(Fault::kFatal, "ssl." + kind + ".location=" + store.file + " is refused: a " +
                                     kind + " of type " + (type.empty() ? "JKS" : type) +
                                     " cannot be read; turn it into another with keytool "
                                     "-importkeystore -srckeystore " +
                                     store.file + " -destkeystore " + store.file +
                                     ".p12 -deststoretype PKCS12, name that one and set ssl." +
                                     kind + ".type=PKCS12");
}

}  // namespace

Result<TlsOptions> tls_of_properties(const Lookup& value_of) {
    TlsOptions options;
    auto keys = store_of(value_of, "keystore");
    if (!keys) return keys.status();
    options.keys = std::move(*keys);
    if (options.keys.file.empty()) {
        options.keys.pem = value_of("ssl.keystore.key");
        if (!options.keys.pem.empty())
            options.keys.pem += '\n' + value_of("ssl.keystore.certificate.chain");
    }
    auto trust = store_of(value_of, "truststore");
    if (!trust) return trust.status();
    options.trust = std::move(*trust);
    if (options.trust.file.empty()) options.trust.pem = value_of("ssl.truststore.certificates");
    options.key_password = value_of("ssl.key.password");
    options.protocols = list_of(value_of("ssl.enabled.protocols"));
    options.ciphers = list_of(value_of("ssl.cipher.suites"));
    return options;
}

}  // namespace millrace::net
