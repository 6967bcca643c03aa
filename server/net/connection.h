// A connection over TCP or TLS: reads, an outgoing byte queue, deadlines. What is spoken over it is
// a Protocol. Internal to server/net; with connection.cpp and http_server.cpp all that sees Asio
// sockets.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "engine/base/memory_governor.h"
#include "server/net/protocol.h"
#include "server/net/tls.h"

namespace millrace::net {

using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Strand>;

class Connection;

/// What OpenSSL and Asio hold for a connection with TLS, about.
inline constexpr size_t kTlsBytes = 80U << 10;

/// Keeps the connections and the I/O context alive. Thread-safe.
class ConnectionOwner {
public:
    virtual ~ConnectionOwner() = default;
    virtual void connection_gone(Connection* connection) = 0;
};

class Connection final : public Transport {
public:
    /// `tls`: null without TLS. `memory`: counts what is unsent; may be null.
    Connection(std::shared_ptr<ConnectionOwner> owner, Socket socket, TlsContextPtr tls,
               std::chrono::milliseconds idle_timeout, std::chrono::milliseconds write_timeout,
               std::shared_ptr<MemoryGovernor> memory);
    ~Connection() override;

    /// The peer and local addresses of `context` are filled in here. With TLS its handshake comes
    /// first, and has to be over within the time.
    void start(ProtocolContext context, std::chrono::milliseconds handshake_timeout);
    bool has_tls() const { return tls_context_ != nullptr; }
    /// Says 503 and closes.
    void start_refused();
    /// Lets an answer in progress end, then closes.
    void shut_down();
    /// Closes when a deadline has passed; called about once a second from the server's timer.
    void check_deadlines(int64_t now_ms);

    void send(std::initializer_list<std::string_view> parts) override;
    size_t queued_bytes() const override { return queued_.load(std::memory_order_acquire); }
    bool memory_is_full() const override;
    void post(std::function<void()> task) override;
    void resume_reading() override { read(); }
    void finish() override;
    void abort() override;
    void set_deadline(int64_t at_ms) override { deadline_ms_ = at_ms; }

private:
    std::shared_ptr<Connection> self() {
        return std::static_pointer_cast<Connection>(shared_from_this());
    }
    // On the strand.
    template <class Act>
    void guard(const Act& act);
    template <class Task>
    void run_on_strand(Task task) noexcept;
    bool append(std::initializer_list<std::string_view> parts);
    void shake_hands(ProtocolContext context);
    void speak(ProtocolContext context);
    void read();
    void say_goodbye();
    void on_read(size_t bytes);
    void flush();
    void on_written(size_t bytes);
    void half_close();
    void close_now();
    void count_queued(size_t bytes);
    void count_gone(size_t bytes);

    const std::shared_ptr<ConnectionOwner> owner_;  ///< First: goes last, the socket needs it.
    Socket socket_;
    const TlsContextPtr tls_context_;  ///< Null: no TLS. What the stream below is made of.
    std::unique_ptr<boost::asio::ssl::stream<Socket&>> tls_;
    const std::chrono::milliseconds idle_timeout_;
    const std::chrono::milliseconds write_timeout_;
    const std::shared_ptr<MemoryGovernor> memory_;
    std::shared_ptr<Protocol> protocol_;
    std::array<char, 8192> read_buffer_{};
    bool reading_ = false;
    bool shut_down_ = false;
    bool lingering_ = false;  ///< Our side is shut; the rest of the peer's bytes is thrown away.
    std::string writing_;     ///< In the hands of the operating system, from `written_` on.
    size_t written_ = 0;

    std::mutex mutex_;  ///< Guards the four below.
    std::string pending_;
    bool flushing_ = false;
    bool finish_after_flush_ = false;
    bool closed_ = false;

    std::atomic<size_t> queued_{0};
    std::atomic<int64_t> progress_ms_;        ///< Last byte in or out.
    std::atomic<int64_t> write_since_ms_{0};  ///< Since when the peer owes a read; 0: it does not.
    std::atomic<int64_t> linger_since_ms_{0};
    std::atomic<int64_t> deadline_ms_{0};         ///< The protocol's; 0: none.
    std::atomic<bool> broken_{false};             ///< There was no memory to go on: to be closed.
    std::atomic<int64_t> handshake_until_ms_{0};  ///< 0: there is none, or it is over.
};

}  // namespace millrace::net
