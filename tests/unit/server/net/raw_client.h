// A bare TCP connection for tests that look at the bytes on the wire.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace millrace::net {

class RawClient {
public:
    /// `from`: the client's own address, one of 127.0.0.0/8.
    explicit RawClient(uint16_t port, const char* from = "127.0.0.1");
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(std::string_view bytes) const;
    /// Reads until what has arrived ends in `tail`, the peer hangs up, or the time is over; gives
    /// all that arrived since the last call.
    std::string read_until(std::string_view tail, int limit_ms = 5'000) const;
    /// Reads until the peer hangs up (or 5 s).
    std::string read_all() const { return read_until({}); }
    /// What arrives within the time, or until the peer hangs up.
    std::string read_for_ms(int limit_ms) const { return read_until({}, limit_ms); }
    /// True when the peer has hung up within the time.
    bool closed_within_ms(int limit_ms) const;
    void close();

private:
    int fd_ = -1;
};

/// Waits up to 5 s.
bool becomes_true(const std::function<bool()>& condition);

}  // namespace millrace::net
