#include "server/net/tls_channel.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace millrace::net {

namespace {

int fd_of(BIO* bio) {
    return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio)));
}

bool is_retried() {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int send_bytes(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(fd_of(bio), bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && is_retried()) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int receive_bytes(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    const ssize_t got = ::recv(fd_of(bio), bytes, static_cast<size_t>(size), 0);
    if (got < 0 && is_retried()) BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

long control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// OpenSSL's own sockets raise SIGPIPE when the peer has gone.
BIO_METHOD* quiet_socket() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        BIO_meth_set_write(made, send_bytes);
        BIO_meth_set_read(made, receive_bytes);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return method;
}

bool is_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

bool expect_host(SSL* ssl, const std::string& host) {
    X509_VERIFY_PARAM* checked = SSL_get0_param(ssl);
    if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(checked, host.c_str()) == 1;
    return X509_VERIFY_PARAM_set1_host(checked, host.c_str(), host.size()) == 1;
}

}  // namespace

Result<std::unique_ptr<TlsChannel>> TlsChannel::open(const TlsContextPtr& context, int fd,
                                                     const std::string& host) {
    std::shared_ptr<SSL> ssl(SSL_new(context.get()), SSL_free);
    BIO* bio = BIO_new(quiet_socket());
    if (!ssl || bio == nullptr) return Status(Fault::kFatal, "TLS: " + tls_error_text());
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(fd)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl.get(), bio, bio);
    if (!host.empty()) {
        if (!expect_host(ssl.get(), host))
            return Status(Fault::kFatal, "TLS: '" + host + "' is no name of a host");
        if (!is_address(host)) SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    }
    return std::unique_ptr<TlsChannel>(new TlsChannel(std::move(ssl)));
}

TlsChannel::Need TlsChannel::outcome(int result) {
    const int error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_NONE:
        case SSL_ERROR_ZERO_RETURN:
            return Need::kNothing;
        case SSL_ERROR_WANT_READ:
            return Need::kRead;
        case SSL_ERROR_WANT_WRITE:
            return Need::kWrite;
        case SSL_ERROR_SYSCALL:
            error_ = error != 0 ? std::strerror(error) : "the server closed the connection";
            break;
        default:
            error_ = tls_error_text();
    }
    ERR_clear_error();
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK)
        error_ =
            std::string("its certificate is refused: ") + X509_verify_cert_error_string(verdict);
    return Need::kFailed;
}

TlsChannel::Need TlsChannel::shake_hands() {
    ERR_clear_error();
    errno = 0;
    return outcome(SSL_connect(ssl_.get()));
}

TlsChannel::Need TlsChannel::write(std::string_view bytes, size_t& done) {
    ERR_clear_error();
    errno = 0;
    done = 0;
    return outcome(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &done));
}

TlsChannel::Need TlsChannel::read(char* buffer, size_t size, size_t& got) {
    ERR_clear_error();
    errno = 0;
    got = 0;
    return outcome(SSL_read_ex(ssl_.get(), buffer, size, &got));
}

bool TlsChannel::has_pending() const {
    return SSL_pending(ssl_.get()) > 0;
}

}  // namespace millrace::net
