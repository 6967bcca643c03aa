// An HTTP server on one or more addresses. Owns its I/O threads; handlers run on them and must not
// block. start() and stop() belong to the owner's thread, everything else is internal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/memory_governor.h"
#include "engine/base/status.h"
#include "server/net/http.h"
#include "server/net/tls.h"

namespace millrace::net {

inline constexpr size_t kDefaultBodyBytesMax = 10U << 20;
inline constexpr size_t kDefaultHeaderBytesMax = 64U << 10;
inline constexpr size_t kDefaultQueueBytesMax = 8U << 20;
inline constexpr size_t kDefaultConnectionsMax = 10'000;
inline constexpr size_t kDefaultAddressConnectionsMax = 2'500;
inline constexpr size_t kDefaultUnfinishedBytesMax = 64U << 20;

struct ListenAddress {
    std::string address = "127.0.0.1";  ///< An IP, or a name of this machine.
    uint16_t port = 0;                  ///< 0: any free port, see HttpServer::port().
    bool tls = false;                   ///< https://
};

struct HttpServerOptions {
    std::vector<ListenAddress> listen = {{}};
    int num_threads = 2;
    size_t body_bytes_max = kDefaultBodyBytesMax;      ///< Above: 413.
    size_t header_bytes_max = kDefaultHeaderBytesMax;  ///< Request line and headers; above: 431.
    size_t queue_bytes_max = kDefaultQueueBytesMax;    ///< Unsent bytes before write() refuses.
    size_t connections_max = kDefaultConnectionsMax;   ///< Above: 503 and close.
    /// The same, of one client address; of IPv6 of one /64 network.
    size_t address_connections_max = kDefaultAddressConnectionsMax;
    /// Bytes of requests that are not complete, of all connections; above: 503 to who adds to it.
    size_t unfinished_bytes_max = kDefaultUnfinishedBytesMax;
    /// Requests that are answered when there are too many connections: health checks. Null: none.
    std::function<bool(const Request&)> is_probe;
    /// Where unsent bytes are counted; null: nowhere. Once it is full, write() refuses on every
    /// connection that has more than a little unsent.
    std::shared_ptr<MemoryGovernor> memory;
    /// No byte in or out for this long closes a connection, a waiting push query's included.
    std::chrono::milliseconds idle_timeout{86'400'000};
    /// A client that takes none of the bytes waiting for it for this long is dropped.
    std::chrono::milliseconds write_timeout{60'000};
    /// From the first byte of a request, of a new connection from its beginning, to the end of the
    /// header; then to the end of the body. Above: 408 and close.
    std::chrono::milliseconds header_timeout{30'000};
    std::chrono::milliseconds body_timeout{120'000};
    /// REQUIRES: not null when an address has TLS.
    std::shared_ptr<TlsServer> tls = nullptr;
    /// A client that takes longer to agree on TLS is dropped.
    std::chrono::milliseconds handshake_timeout{10'000};
    /// How long stop() lets answers in progress finish before it cuts them.
    std::chrono::milliseconds stop_grace{5'000};
};

class HttpServer {
public:
    HttpServer(HttpServerOptions options, Handler handler);
    ~HttpServer();  ///< Stops.
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Binds every address, then starts the threads. A failure names the address and leaves nothing
    /// behind.
    Status start();
    /// Takes no more connections or requests, lets running answers finish for `stop_grace`, then
    /// closes all and joins. REQUIRES: not an I/O thread.
    void stop();

    /// The port bound for the n-th address. REQUIRES: started.
    uint16_t port(size_t index = 0) const;
    size_t num_connections() const;

private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace millrace::net
