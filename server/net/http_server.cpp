#include "server/net/http_server.h"

#include <fmt/format.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/guard.h"
#include "engine/base/log.h"
#include "server/net/connection.h"

namespace millrace::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {
constexpr const char* kLogger = "server.net";
constexpr milliseconds kSweepInterval{1'000};
constexpr milliseconds kAcceptRetryDelay{100};
/// After the grace period: how long cut connections may take to go.
constexpr milliseconds kCutWait{5'000};
using Acceptor = asio::basic_socket_acceptor<tcp, Strand>;
}  // namespace

class HttpServer::State final : public ConnectionOwner,
                                public std::enable_shared_from_this<HttpServer::State> {
public:
    State(HttpServerOptions options, Handler handler)
        : options_(std::move(options)), handler_(std::move(handler)) {}

    Status start();
    void stop();
    uint16_t port(size_t index) const { return ports_.at(index); }
    size_t num_connections() const {
        std::lock_guard lock(mutex_);
        return connections_.size();
    }
    void connection_gone(Connection* connection) override {
        std::shared_ptr<Connection> last;  // Let go outside the lock.
        {
            std::lock_guard lock(mutex_);
            auto found = connections_.find(connection);
            if (found == connections_.end()) return;
            last = std::move(found->second);
            connections_.erase(found);
        }
        all_gone_.notify_all();
    }

private:
    struct Listener {
        Acceptor acceptor;
        asio::steady_timer retry;
    };

    Status bind(const ListenAddress& address);
    void accept(Listener& listener);
    void adopt(Socket socket);
    void sweep();
    std::vector<std::shared_ptr<Connection>> all_connections() const;
    bool wait_until_gone(milliseconds limit);

    const HttpServerOptions options_;
    const Handler handler_;
    asio::io_context io_;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<uint16_t> ports_;
    std::unique_ptr<asio::steady_timer> sweep_timer_;
    bool sweeps_over_ = false;  ///< On the timer's strand.
    std::vector<std::thread> threads_;

    mutable std::mutex mutex_;
    std::condition_variable all_gone_;
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
    bool stopping_ = false;
};

Status HttpServer::State::bind(const ListenAddress& address) {
    auto failed = [&](const error_code& error) {
        return Status(Fault::kFatal, fmt::format("Cannot listen on {}:{}: {}", address.address,
                                                 address.port, error.message()));
    };
    error_code error;
    tcp::endpoint endpoint(asio::ip::make_address(address.address, error), address.port);
    if (error) {
        tcp::resolver resolver(io_);
        const auto found = resolver.resolve(address.address, std::to_string(address.port),
                                            tcp::resolver::passive, error);
        if (error || found.empty()) return failed(error);
        endpoint = found.begin()->endpoint();
    }
    auto strand = asio::make_strand(io_);
    auto listener =
        std::make_unique<Listener>(Listener{Acceptor(strand), asio::steady_timer(strand)});
    Acceptor& acceptor = listener->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (error) return failed(error);
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed(error);
    ports_.push_back(acceptor.local_endpoint(error).port());
    listeners_.push_back(std::move(listener));
    return Status::ok();
}

Status HttpServer::State::start() {
    for (const ListenAddress& address : options_.listen) {
        if (Status status = bind(address); !status) {
            listeners_.clear();
            ports_.clear();
            return status;
        }
    }
    work_.emplace(io_.get_executor());
    sweep_timer_ = std::make_unique<asio::steady_timer>(asio::make_strand(io_));
    asio::post(sweep_timer_->get_executor(), [this] { sweep(); });
    for (auto& listener : listeners_) {
        asio::post(listener->acceptor.get_executor(), [this, &listener] { accept(*listener); });
    }
    for (int i = 0; i < options_.num_threads; ++i) {
        threads_.emplace_back([this] {
            // After an exception the other handlers go on.
            while (!guarded(kLogger, "a handler", [this] { io_.run(); })) {
            }
        });
    }
    return Status::ok();
}

void HttpServer::State::accept(Listener& listener) {
    listener.acceptor.async_accept(
        asio::make_strand(io_), [this, &listener](const error_code& error, Socket socket) {
            if (error == asio::error::operation_aborted || !listener.acceptor.is_open()) return;
            if (!error) {
                guarded(kLogger, "a new connection", [&] { adopt(std::move(socket)); });
                accept(listener);
                return;
            }
            // Out of descriptors, most likely: wait for some connections to end.
            log_warn(kLogger, "event=accept_failed reason=\"{}\"", error.message());
            listener.retry.expires_after(kAcceptRetryDelay);
            listener.retry.async_wait([this, &listener](const error_code& cancelled) {
                if (!cancelled) accept(listener);
            });
        });
}

void HttpServer::State::adopt(Socket socket) {
    auto connection =
        std::make_shared<Connection>(shared_from_this(), std::move(socket), options_.idle_timeout,
                                     options_.write_timeout, options_.memory);
    bool full = false;
    {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
        full = connections_.size() >= options_.connections_max;
        connections_.emplace(connection.get(), connection);
    }
    if (full) {
        log_warn(kLogger, "event=connection_refused connections_max={}", options_.connections_max);
        connection->start_refused();
        return;
    }
    ProtocolContext context;
    context.handler = handler_;
    context.body_bytes_max = options_.body_bytes_max;
    context.header_bytes_max = options_.header_bytes_max;
    context.queue_bytes_max = options_.queue_bytes_max;
    connection->start(std::move(context));
}

void HttpServer::State::sweep() {
    if (sweeps_over_) return;
    const int64_t now = steady_ms();
    guarded(kLogger, "looking at deadlines", [&] {
        for (const auto& connection : all_connections()) connection->check_deadlines(now);
    });
    const auto shortest = std::min(options_.idle_timeout, options_.write_timeout) / 4;
    sweep_timer_->expires_after(std::clamp(shortest, milliseconds(10), kSweepInterval));
    sweep_timer_->async_wait([this](const error_code& cancelled) {
        if (!cancelled) sweep();
    });
}

std::vector<std::shared_ptr<Connection>> HttpServer::State::all_connections() const {
    std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connections_.size());
    for (const auto& [key, connection] : connections_) all.push_back(connection);
    return all;
}

bool HttpServer::State::wait_until_gone(milliseconds limit) {
    std::unique_lock lock(mutex_);
    return all_gone_.wait_for(lock, limit, [this] { return connections_.empty(); });
}

void HttpServer::State::stop() {
    if (threads_.empty()) return;
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    for (auto& listener : listeners_) {
        asio::post(listener->acceptor.get_executor(), [&listener] {
            error_code ignored;
            listener->acceptor.close(ignored);
            listener->retry.cancel();
        });
    }
    for (const auto& connection : all_connections()) connection->shut_down();
    if (!wait_until_gone(options_.stop_grace)) {
        const auto left = all_connections();
        log_warn(kLogger, "event=connections_cut count={}", left.size());
        for (const auto& connection : left) connection->abort();
        wait_until_gone(kCutWait);
    }
    asio::post(sweep_timer_->get_executor(), [this] {
        sweeps_over_ = true;
        sweep_timer_->cancel();
    });
    work_.reset();
    if (num_connections() > 0) io_.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    listeners_.clear();
}

HttpServer::HttpServer(HttpServerOptions options, Handler handler)
    : state_(std::make_shared<State>(std::move(options), std::move(handler))) {}

HttpServer::~HttpServer() {
    guarded("server", "stopping", [this] { stop(); });
}

Status HttpServer::start() {
    return state_->start();
}
void HttpServer::stop() {
    state_->stop();
}
uint16_t HttpServer::port(size_t index) const {
    return state_->port(index);
}
size_t HttpServer::num_connections() const {
    return state_->num_connections();
}

}  // namespace millrace::net
