// TLS of listeners and of the client: keys and certificates out of PEM and PKCS12 files, as OpenSSL
// contexts. Used by server/net alone but for the options; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/status.h"

struct ssl_ctx_st;

namespace millrace::net {

/// A file of keys or certificates, or the text itself.
struct KeyStore {
    std::string file;
    bool is_pkcs12 = false;  ///< Else PEM: key and chain in one file, in any order.
    std::string password;    ///< Of a PKCS12 file.
    std::string pem;         ///< In place of a file.

    bool empty() const { return file.empty() && pem.empty(); }
};

enum class ClientCertificates { kNone, kRequested, kRequired };

struct TlsOptions {
    KeyStore keys;             ///< A server must have one.
    std::string key_password;  ///< Of an encrypted key in PEM.
    /// Authorities. A client without any trusts those of the machine.
    KeyStore trust;
    ClientCertificates clients = ClientCertificates::kNone;
    std::vector<std::string> protocols = {};  ///< TLSv1.2, TLSv1.3; empty: both.
    std::vector<std::string> ciphers = {};  ///< Of OpenSSL's or Java's names; empty: OpenSSL's own.
    bool reload = true;                     ///< Looks whether the files have changed.
    bool verify_host = true;                ///< Of a client: the certificate is that host's.
    bool verify = true;  ///< Of a client: an authority that it trusts has signed it.
};

using TlsContextPtr = std::shared_ptr<ssl_ctx_st>;

/// The failure names the file and what is wrong with it.
Result<TlsContextPtr> make_server_context(const TlsOptions& options);
Result<TlsContextPtr> make_client_context(const TlsOptions& options);

/// What new connections of a server are made with; made again when the files have changed.
class TlsServer {
public:
    static Result<std::shared_ptr<TlsServer>> open(TlsOptions options);

    TlsContextPtr context() const;
    /// Looks at the files. What cannot be read then is told in the log and changes nothing.
    void refresh();

private:
    explicit TlsServer(TlsOptions options) : options_(std::move(options)) {}
    std::string stamp() const;

    const TlsOptions options_;
    mutable std::mutex mutex_;
    TlsContextPtr context_;
    std::string stamp_;
};

/// What OpenSSL has to say about the last failure of this thread, in one line.
std::string tls_error_text();

}  // namespace millrace::net
