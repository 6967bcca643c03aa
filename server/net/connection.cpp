#include "server/net/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/guard.h"
#include "engine/base/log.h"
#include "server/net/http1_response.h"

namespace millrace::net {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {
/// How long a closed connection waits for the peer to read the last answer and hang up.
constexpr int64_t kLingerMs = 2'000;
/// A queue that was once long gives its memory back.
constexpr size_t kSpareBufferBytesMax = 256U << 10;
}  // namespace

Connection::Connection(std::shared_ptr<ConnectionOwner> owner, Socket socket, TlsContextPtr tls,
                       std::chrono::milliseconds idle_timeout,
                       std::chrono::milliseconds write_timeout,
                       std::shared_ptr<MemoryGovernor> memory)
    : owner_(std::move(owner)),
      socket_(std::move(socket)),
      tls_context_(std::move(tls)),
      idle_timeout_(idle_timeout),
      write_timeout_(write_timeout),
      memory_(std::move(memory)),
      progress_ms_(steady_ms()) {
    if (tls_context_ && memory_) memory_->take(MemoryHolder::kAnswers, kTlsBytes);
}

Connection::~Connection() {
    count_gone(queued_.load());
    if (tls_context_ && memory_) memory_->give(MemoryHolder::kAnswers, kTlsBytes);
}

void Connection::count_queued(size_t bytes) {
    queued_.fetch_add(bytes, std::memory_order_acq_rel);
    if (memory_) memory_->take(MemoryHolder::kAnswers, bytes);
}

void Connection::count_gone(size_t bytes) {
    queued_.fetch_sub(bytes, std::memory_order_acq_rel);
    if (memory_) memory_->give(MemoryHolder::kAnswers, bytes);
}

bool Connection::memory_is_full() const {
    return memory_ && memory_->full(MemoryHolder::kAnswers);
}

/// What a handler throws costs its connection, nothing else.
template <class Act>
void Connection::guard(const Act& act) {
    guarded("server.net", "a connection", act, [this](const std::string&) { close_now(); });
}

/// Any thread. Without memory to say it the connection cannot go on, and the next look at the
/// deadlines closes it.
template <class Task>
void Connection::run_on_strand(Task task) noexcept {
    try {
        asio::post(socket_.get_executor(), std::move(task));
    } catch (const std::exception&) {
        broken_ = true;
    }
}

void Connection::start(ProtocolContext context, milliseconds handshake_timeout) {
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    const auto remote = socket_.remote_endpoint(ignored);
    context.remote_address = remote.address().to_string();
    context.remote_port = remote.port();
    context.local_port = socket_.local_endpoint(ignored).port();
    context.memory = memory_;
    context.secure = has_tls();
    if (has_tls()) handshake_until_ms_ = steady_ms() + handshake_timeout.count();
    auto begin = [me = self(), context = std::move(context)]() mutable {
        me->guard([&] {
            if (me->tls_context_) {
                me->shake_hands(std::move(context));
            } else {
                me->speak(std::move(context));
            }
        });
    };
    asio::dispatch(socket_.get_executor(), std::move(begin));
}

void Connection::shake_hands(ProtocolContext context) {
    if (!socket_.is_open()) return;
    SSL* ssl = SSL_new(tls_context_.get());
    if (ssl == nullptr) return close_now();
    tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, ssl);  // Which frees it.
    tls_->async_handshake(
        asio::ssl::stream_base::server, [me = self(), context](const error_code& error) {
            me->handshake_until_ms_ = 0;
            if (error) {
                log_debug("server.net", "event=handshake_failed reason=\"{}\"", error.message());
                me->close_now();
                return;
            }
            me->progress_ms_ = steady_ms();
            me->guard([&] { me->speak(context); });
        });
}

void Connection::speak(ProtocolContext context) {
    // HTTP/2 will be told apart here by its preface, or on TLS by ALPN.
    protocol_ = make_http1(*this, std::move(context));
    if (shut_down_) protocol_->shut_down();
    read();
}

void Connection::start_refused() {
    asio::dispatch(socket_.get_executor(), [me = self()] {
        me->guard([&] {
            std::string head =
                http1_status_and_headers(503, {{"connection", "close"}, {"content-length", "21"}});
            me->send({head, "\r\n", "Too many connections\n"});
            me->finish();
        });
    });
}

void Connection::shut_down() {
    post([me = self()] {
        me->shut_down_ = true;
        if (me->lingering_) {
            me->close_now();
            return;
        }
        if (me->protocol_) me->protocol_->shut_down();
        if (me->handshake_until_ms_.load() != 0) me->close_now();  // Nothing has been asked yet.
    });
}

void Connection::check_deadlines(int64_t now_ms) {
    const int64_t linger_since = linger_since_ms_.load();
    const int64_t write_since = write_since_ms_.load();
    const int64_t handshake_until = handshake_until_ms_.load();
    const bool expired = now_ms - progress_ms_.load() > idle_timeout_.count() ||
                         (write_since != 0 && now_ms - write_since > write_timeout_.count()) ||
                         (linger_since != 0 && now_ms - linger_since > kLingerMs) ||
                         (handshake_until != 0 && now_ms > handshake_until) || broken_;
    if (expired) {
        abort();
        return;
    }
    int64_t deadline = deadline_ms_.load();
    if (deadline == 0 || now_ms < deadline) return;
    if (!deadline_ms_.compare_exchange_strong(deadline, 0)) return;
    run_on_strand([me = self()] {
        me->guard([&] {
            if (me->protocol_) {
                me->protocol_->on_deadline();
            } else {
                me->close_now();
            }
        });
    });
}

void Connection::send(std::initializer_list<std::string_view> parts) {
    {
        std::lock_guard lock(mutex_);
        if (closed_ || finish_after_flush_ || broken_) return;
        if (!append(parts)) return;
        if (std::exchange(flushing_, true)) return;
    }
    run_on_strand([me = self()] { me->guard([&] { me->flush(); }); });
}

/// All of them or none: a client must not take half an answer's bytes for the whole.
bool Connection::append(std::initializer_list<std::string_view> parts) {
    size_t bytes = 0;
    for (std::string_view part : parts) bytes += part.size();
    try {
        pending_.reserve(pending_.size() + bytes);
    } catch (const std::bad_alloc&) {
        broken_ = true;
        return false;
    }
    for (std::string_view part : parts) pending_.append(part);
    count_queued(bytes);
    return true;
}

void Connection::post(std::function<void()> task) {
    {
        std::lock_guard lock(mutex_);
        if (closed_) return;
    }
    run_on_strand([me = self(), task = std::move(task)] { me->guard(task); });
}

void Connection::finish() {
    {
        std::lock_guard lock(mutex_);
        if (closed_) return;
        finish_after_flush_ = true;
        if (flushing_) return;
    }
    run_on_strand([me = self()] { me->guard([&] { me->half_close(); }); });
}

void Connection::abort() {
    run_on_strand([me = self()] { me->close_now(); });
}

void Connection::read() {
    if (reading_ || !socket_.is_open()) return;
    reading_ = true;
    auto done = [me = self()](const error_code& error, size_t bytes) {
        me->reading_ = false;
        if (error) {
            // A peer that shuts its side has hung up for us, as for ksqlDB.
            me->close_now();
            return;
        }
        me->guard([&] { me->on_read(bytes); });
    };
    if (tls_) {
        tls_->async_read_some(asio::buffer(read_buffer_), std::move(done));
    } else {
        socket_.async_read_some(asio::buffer(read_buffer_), std::move(done));
    }
}

void Connection::on_read(size_t bytes) {
    progress_ms_ = steady_ms();
    if (!lingering_ && protocol_) {
        protocol_->on_bytes({read_buffer_.data(), bytes});
        if (!protocol_->wants_bytes()) return;
    }
    read();
}

void Connection::flush() {
    if (written_ == writing_.size()) {
        writing_.clear();
        written_ = 0;
        if (writing_.capacity() > kSpareBufferBytesMax) std::string().swap(writing_);
        std::unique_lock lock(mutex_);
        if (pending_.empty() || closed_) {
            flushing_ = false;
            write_since_ms_ = 0;
            const bool last = finish_after_flush_ && !closed_;
            lock.unlock();
            if (last) half_close();
            return;
        }
        writing_.swap(pending_);
    }
    if (!socket_.is_open()) return;
    write_since_ms_ = steady_ms();
    auto done = [me = self()](const error_code& error, size_t bytes) {
        if (error) {
            me->close_now();
            return;
        }
        me->guard([&] { me->on_written(bytes); });
    };
    const auto bytes = asio::buffer(writing_.data() + written_, writing_.size() - written_);
    if (tls_) {
        tls_->async_write_some(bytes, std::move(done));
    } else {
        socket_.async_write_some(bytes, std::move(done));
    }
}

void Connection::on_written(size_t bytes) {
    written_ += bytes;
    count_gone(bytes);
    progress_ms_ = steady_ms();
    if (protocol_) protocol_->on_sent();
    flush();
}

void Connection::half_close() {
    // Closing with unread bytes would reset the connection and could eat our last answer: shut our
    // side, then read until the peer has hung up or kLingerMs is over.
    if (lingering_ || !socket_.is_open()) return;
    error_code ignored;
    if (shut_down_ && socket_.available(ignored) == 0) {
        // Nothing unread: the answer gets there all the same, and a client that keeps idle
        // connections does not hold up the server's end.
        close_now();
        return;
    }
    lingering_ = true;
    linger_since_ms_ = steady_ms();
    say_goodbye();
    read();
}

/// That nothing more comes. TLS has a word of its own for it, without which an answer might have
/// been cut by somebody on the way.
void Connection::say_goodbye() {
    if (!tls_) {
        error_code ignored;
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        return;
    }
    // Whether the peer says it too, the read that follows finds out.
    tls_->async_shutdown([me = self()](const error_code&) {
        error_code ignored;
        if (me->socket_.is_open())
            me->socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    });
}

void Connection::close_now() {
    {
        std::lock_guard lock(mutex_);
        if (std::exchange(closed_, true)) return;
        pending_.clear();
    }
    error_code ignored;
    socket_.close(ignored);
    guarded("server.net", "the end of a connection", [this] {
        if (protocol_) protocol_->on_closed();
    });
    owner_->connection_gone(this);
}

}  // namespace millrace::net
