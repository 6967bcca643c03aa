#include "server/net/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>

#include "engine/base/file_stamp.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "server/net/tls_store.h"

namespace millrace::net {

namespace {

constexpr const char* kTlsLogger = "server.net";
constexpr std::string_view kTls12 = "TLSv1.2";
constexpr std::string_view kTls13 = "TLSv1.3";

Status failed(const std::string& what) {
    return {Fault::kFatal, what + ": " + tls_error_text()};
}

Status use_keys(SSL_CTX* context, const TlsOptions& options) {
    auto store = read_key_store(options.keys, options.key_password);
    if (!store) return store.status();
    const std::string where = store_name(options.keys);
    if (!store->key) return {Fault::kFatal, where + " has no private key"};
    if (store->certificates.empty()) return {Fault::kFatal, where + " has no certificate"};
    // In PEM the server's own need not be the first.
    auto own = std::find_if(
        store->certificates.begin(), store->certificates.end(),
        [&](const auto& one) { return X509_check_private_key(one.get(), store->key.get()) == 1; });
    ERR_clear_error();
    if (own == store->certificates.end())
        return {Fault::kFatal, where + ": no certificate in it is that of its private key"};
    if (SSL_CTX_use_certificate(context, own->get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, store->key.get()) != 1)
        return failed(where);
    for (auto at = store->certificates.begin(); at != store->certificates.end(); ++at) {
        if (at != own && SSL_CTX_add1_chain_cert(context, at->get()) != 1) return failed(where);
    }
    return Status::ok();
}

Status use_trust(SSL_CTX* context, const KeyStore& trust, bool announce) {
    auto store = read_key_store(trust, "");
    if (!store) return store.status();
    const std::string where = store_name(trust);
    if (store->certificates.empty()) return {Fault::kFatal, where + " has no certificate"};
    for (const auto& certificate : store->certificates) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1 ||
            (announce && SSL_CTX_add_client_CA(context, certificate.get()) != 1))
            return failed(where);
    }
    return Status::ok();
}

Status use_protocols(SSL_CTX* context, const std::vector<std::string>& protocols) {
    bool has12 = protocols.empty(), has13 = protocols.empty();
    for (const auto& name : protocols) {
        has12 = has12 || name == kTls12;
        has13 = has13 || name == kTls13;
        if (name == kTls12 || name == kTls13) continue;
        return {Fault::kFatal,
                "ssl.enabled.protocols: '" + name + "' is none of TLSv1.2 and TLSv1.3"};
    }
    SSL_CTX_set_min_proto_version(context, has12 ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(context, has13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    return Status::ok();
}

/// Java gives all by the names of their standard; OpenSSL has others up to 1.2, and keeps those of
/// 1.3 apart.
Status use_ciphers(SSL_CTX* context, const std::vector<std::string>& ciphers) {
    if (ciphers.empty()) return Status::ok();
    std::string old, of13;
    for (const auto& name : ciphers) {
        const bool is13 = name.starts_with("TLS_") && name.find("_WITH_") == std::string::npos;
        const char* known = is13 ? name.c_str() : OPENSSL_cipher_name(name.c_str());
        const std::string own = known == nullptr || std::string(known) == "(NONE)" ? name : known;
        (is13 ? of13 : old) += (is13 ? of13 : old).empty() ? own : ':' + own;
    }
    if (!old.empty() && SSL_CTX_set_cipher_list(context, old.c_str()) != 1)
        return failed("ssl.cipher.suites");
    if (!of13.empty() && SSL_CTX_set_ciphersuites(context, of13.c_str()) != 1)
        return failed("ssl.cipher.suites");
    return Status::ok();
}

/// HTTP/1.1 is what is spoken; a client that asks for others alone is answered without a choice.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned in_size, void*) {
    static constexpr unsigned char kOurs[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, in, in_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

Result<TlsContextPtr> new_context(const SSL_METHOD* method, const TlsOptions& options) {
    TlsContextPtr context(SSL_CTX_new(method), SSL_CTX_free);
    if (!context) return failed("TLS");
    SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    // The connection's queue may move while it is written.
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    if (Status set = use_protocols(context.get(), options.protocols); !set) return set;
    if (Status set = use_ciphers(context.get(), options.ciphers); !set) return set;
    return context;
}

}  // namespace

std::string tls_error_text() {
    std::string text;
    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        text = reason != nullptr ? reason : fmt::format("error {:x}", code);
    }
    return text.empty() ? "the other side ended it" : text;
}

Result<TlsContextPtr> make_server_context(const TlsOptions& options) {
    auto context = new_context(TLS_server_method(), options);
    if (!context) return context;
    SSL_CTX* raw = context->get();
    SSL_CTX_set_options(raw, SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
    static constexpr unsigned char kSessions[] = "millrace";
    SSL_CTX_set_session_id_context(raw, kSessions, sizeof kSessions - 1);
    if (Status set = use_keys(raw, options); !set) return set;
    if (options.clients == ClientCertificates::kNone) return context;
    if (options.trust.empty()) {
        return Status(Fault::kFatal,
                      "ssl.client.authentication needs the authorities of clients' certificates: "
                      "set ssl.truststore.location");
    }
    if (Status set = use_trust(raw, options.trust, true); !set) return set;
    const bool must = options.clients == ClientCertificates::kRequired;
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | (must ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nullptr);
    return context;
}

Result<TlsContextPtr> make_client_context(const TlsOptions& options) {
    auto context = new_context(TLS_client_method(), options);
    if (!context) return context;
    SSL_CTX* raw = context->get();
    SSL_CTX_set_verify(raw, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (options.trust.empty()) {
        if (SSL_CTX_set_default_verify_paths(raw) != 1) return failed("The machine's certificates");
    } else if (Status set = use_trust(raw, options.trust, false); !set) {
        return set;
    }
    if (options.keys.empty()) return context;
    if (Status set = use_keys(raw, options); !set) return set;
    return context;
}

Result<std::shared_ptr<TlsServer>> TlsServer::open(TlsOptions options) {
    std::shared_ptr<TlsServer> server(new TlsServer(std::move(options)));
    server->stamp_ = server->stamp();
    auto context = make_server_context(server->options_);
    if (!context) return context.status();
    server->context_ = std::move(*context);
    return server;
}

TlsContextPtr TlsServer::context() const {
    std::lock_guard lock(mutex_);
    return context_;
}

/// Whatever changes with the files.
std::string TlsServer::stamp() const {
    return file_stamp(options_.keys.file) + ';' + file_stamp(options_.trust.file);
}

void TlsServer::refresh() {
    if (!options_.reload) return;
    std::string now = stamp();
    {
        std::lock_guard lock(mutex_);
        if (now == stamp_) return;
        stamp_ = std::move(now);
    }
    auto context = make_server_context(options_);
    if (!context) {
        log_error(kTlsLogger, "event=certificates_not_read reason=\"{}\" still=\"those of before\"",
                  context.status().message());
        return;
    }
    log_info(kTlsLogger, "event=certificates_read file={}", options_.keys.file);
    std::lock_guard lock(mutex_);
    context_ = std::move(*context);
}

}  // namespace millrace::net
