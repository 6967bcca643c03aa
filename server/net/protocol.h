// The seam inside server/net between a connection (sockets, TLS later: asio) and what is spoken
// over it (HTTP/1.1 on Beast now; HTTP/2 on nghttp2 and websockets later). Not for other folders.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/memory_governor.h"
#include "server/net/http.h"

namespace millrace::net {

class UnfinishedRequests;

/// What a protocol may do with its connection. Thread-safe.
class Transport : public std::enable_shared_from_this<Transport> {
public:
    virtual ~Transport() = default;

    /// Appends the parts, together, to what is to be sent. Dropped when the connection is closed.
    virtual void send(std::initializer_list<std::string_view> parts) = 0;
    /// Bytes appended and not yet taken by the operating system.
    virtual size_t queued_bytes() const = 0;
    /// All connections together hold as much as they may.
    virtual bool memory_is_full() const = 0;
    /// Runs a task where the protocol runs, after the current one. Dropped when closed.
    virtual void post(std::function<void()> task) = 0;
    /// Asks for bytes again after Protocol::wants_bytes() was false. REQUIRES: on the strand.
    virtual void resume_reading() = 0;
    /// Closes when everything appended so far is sent, and lets the peer read it.
    virtual void finish() = 0;
    /// Closes at once.
    virtual void abort() = 0;
    /// Calls Protocol::on_deadline() soon after that time, as steady_ms() has it; 0: not at all.
    virtual void set_deadline(int64_t at_ms) = 0;
};

/// One connection's protocol state. Called on the connection's strand: never by two threads at
/// once.
class Protocol {
public:
    virtual ~Protocol() = default;
    virtual void on_bytes(std::string_view bytes) = 0;
    /// Some of what was appended has been sent.
    virtual void on_sent() = 0;
    /// The last call: the peer hung up, or the connection failed or was closed.
    virtual void on_closed() = 0;
    /// The time that was set has passed, or one that was set before.
    virtual void on_deadline() = 0;
    /// False while enough unread requests are waiting.
    virtual bool wants_bytes() const = 0;
    /// Take no further request: finish() when no answer is in progress, else after the current one.
    virtual void shut_down() = 0;
};

/// What a protocol needs to know of its surroundings.
struct ProtocolContext {
    Handler handler;
    size_t body_bytes_max = 0;
    size_t header_bytes_max = 0;
    size_t queue_bytes_max = 0;
    std::shared_ptr<MemoryGovernor> memory = nullptr;  ///< For bodies; null: they are not counted.
    std::shared_ptr<UnfinishedRequests> unfinished = nullptr;  ///< The same.
    std::chrono::milliseconds header_timeout{0};
    std::chrono::milliseconds body_timeout{0};
    /// Given: one request is answered, and only when this holds.
    std::function<bool(const Request&)> is_probe = nullptr;
    bool secure = false;
    std::string remote_address;
    uint16_t remote_port = 0;
    uint16_t local_port = 0;
};

/// `transport` owns the protocol and outlives it.
std::shared_ptr<Protocol> make_http1(Transport& transport, ProtocolContext context);

}  // namespace millrace::net
