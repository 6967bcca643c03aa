// A bare TCP connection for tests that look at the bytes on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::net {

class RawClient {
public:
    explicit RawClient(uint16_t port);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(std::string_view bytes) const;
    /// Reads until what has arrived ends in `tail`, the peer hangs up, or 5 s have passed; gives
    /// all that arrived since the last call.
    std::string read_until(std::string_view tail) const;
    /// Reads until the peer hangs up (or 5 s).
    std::string read_all() const { return read_until({}); }
    /// True when the peer has hung up within the time.
    bool closed_within_ms(int limit_ms) const;
    void close();

private:
    int fd_ = -1;
};

}  // namespace millrace::net
