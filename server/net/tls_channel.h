// The client's end of TLS over a socket that does not block. Internal to server/net; one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/net/tls.h"

struct ssl_st;

namespace millrace::net {

class TlsChannel {
public:
    /// What a call waits for before it can be made again.
    enum class Need { kNothing, kRead, kWrite, kFailed };

    /// The certificate must be that of `host`, unless it is empty.
    static Result<std::unique_ptr<TlsChannel>> open(const TlsContextPtr& context, int fd,
                                                    const std::string& host);

    Need shake_hands();
    /// `done`: bytes taken.
    Need write(std::string_view bytes, size_t& done);
    /// `got`: bytes read; with kNothing and 0 the peer has ended.
    Need read(char* buffer, size_t size, size_t& got);
    /// Bytes that wait inside, which poll() does not know of.
    bool has_pending() const;
    /// Why the last call has failed.
    const std::string& error() const { return error_; }

private:
    explicit TlsChannel(std::shared_ptr<ssl_st> ssl) : ssl_(std::move(ssl)) {}
    Need outcome(int result);

    std::shared_ptr<ssl_st> ssl_;
    std::string error_;
};

}  // namespace millrace::net
