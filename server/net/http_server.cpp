#include "server/net/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/guard.h"
#include "engine/base/log.h"
#include "server/net/connection.h"
#include "server/net/connection_limits.h"
#include "server/net/strand_pool.h"
#include "server/net/unfinished_requests.h"

namespace millrace::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {
constexpr const char* kLogger = "server.net";
constexpr milliseconds kSweepInterval{1'000};
/// Between two lines in the log about connections that are refused.
constexpr int64_t kRefusalLineMs = 1'000;
/// For connections that are over the limit, and those to be accepted.
constexpr size_t kMoreStrands = ConnectionLimits::kReserve + ConnectionLimits::kRefusedMax + 64;
/// After the grace period: how long cut connections may take to go.
constexpr milliseconds kCutWait{5'000};
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;

/// What counts as one client: who has one IPv6 address has the whole network.
std::string client_of(const asio::ip::address& address) {
    if (address.is_v4()) return address.to_string();
    auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), uint8_t{0});
    return asio::ip::address_v6(bytes).to_string();
}
}  // namespace

class HttpServer::State final : public ConnectionOwner,
                                public std::enable_shared_from_this<HttpServer::State> {
public:
    State(HttpServerOptions options, Handler handler)
        : options_(std::move(options)),
          handler_(std::move(handler)),
          limits_(options_.connections_max, options_.address_connections_max),
          unfinished_(std::make_shared<UnfinishedRequests>(options_.unfinished_bytes_max)) {}

    Status start();
    void stop();
    uint16_t port(size_t index) const { return ports_.at(index); }
    size_t num_connections() const {
        std::lock_guard lock(mutex_);
        return connections_.size();
    }
    void connection_gone(Connection* connection) override {
        decltype(connections_)::node_type last;  // Let go outside the lock.
        {
            std::lock_guard lock(mutex_);
            auto found = connections_.find(connection);
            if (found == connections_.end()) return;
            last = connections_.extract(found);
            if (last.mapped().connection->has_tls()) --num_tls_;
        }
        all_gone_.notify_all();
    }

private:
    struct Listener {
        explicit Listener(asio::io_context& io) : acceptor(io.get_executor()) {}
        std::mutex mutex;  ///< Guards the next two.
        Acceptor acceptor;
        uint64_t round = 0;                ///< Who accepts in an older one does not go on.
        std::atomic<bool> stalled{false};  ///< Perhaps nobody accepts: the sweep begins again.
        bool tls = false;
    };
    struct Held {
        std::shared_ptr<Connection> connection;
        ConnectionPlace place;
        StrandPool::Lease strand;
    };

    Status bind(const ListenAddress& address);
    void run();
    void sweep_until_over();
    void accept(Listener& listener);
    void accept_again(Listener& listener, uint64_t round);
    void adopt(Socket socket, StrandPool::Lease strand, bool tls);
    void begin(Connection& connection, Admission admission);
    void sweep();
    std::vector<std::shared_ptr<Connection>> all_connections() const;
    /// Idle ones hold memory, too: half of what answers have, so that those still go out.
    size_t tls_connections_max() const {
        if (!options_.memory) return options_.connections_max;
        return options_.memory->part(MemoryHolder::kAnswers) / 2 / kTlsBytes;
    }
    bool wait_until_gone(milliseconds limit);

    const HttpServerOptions options_;
    const Handler handler_;
    ConnectionLimits limits_;
    const std::shared_ptr<UnfinishedRequests> unfinished_;
    asio::io_context io_;
    std::shared_ptr<StrandPool> strands_;
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<uint16_t> ports_;
    std::vector<std::thread> threads_;
    std::thread sweeper_;
    std::atomic<int64_t> refusal_told_ms_{0};

    mutable std::mutex mutex_;
    std::condition_variable all_gone_;
    std::unordered_map<Connection*, Held> connections_;
    size_t num_tls_ = 0;
    bool stopping_ = false;
    std::condition_variable over_;
    bool sweeps_over_ = false;
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
    auto listener = std::make_unique<Listener>(io_);
    listener->tls = address.tls;
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
    strands_ = std::make_shared<StrandPool>(io_, options_.connections_max + kMoreStrands);
    work_.emplace(io_.get_executor());
    for (auto& listener : listeners_) accept(*listener);
    for (int i = 0; i < options_.num_threads; ++i) {
        threads_.emplace_back([this] { run(); });
    }
    sweeper_ = std::thread([this] { sweep_until_over(); });
    return Status::ok();
}

/// An I/O thread. After an exception the other handlers go on.
void HttpServer::State::run() {
    while (!io_.stopped()) {
        if (guarded(kLogger, "a handler", [this] { io_.run(); })) continue;
        // What was thrown may have been on its way to a handler, which is lost then.
        for (auto& listener : listeners_) listener->stalled = true;
    }
}

/// A thread of its own: a timer might find no memory to be set again.
void HttpServer::State::sweep_until_over() {
    const auto shortest =
        std::min({options_.idle_timeout, options_.write_timeout, options_.header_timeout,
                  options_.body_timeout, options_.handshake_timeout}) /
        4;
    const auto interval = std::clamp(shortest, milliseconds(10), kSweepInterval);
    std::unique_lock lock(mutex_);
    while (!over_.wait_for(lock, interval, [this] { return sweeps_over_; })) {
        lock.unlock();
        sweep();
        lock.lock();
    }
}

/// Whoever accepted before does not go on.
void HttpServer::State::accept(Listener& listener) {
    std::lock_guard lock(listener.mutex);
    if (!listener.acceptor.is_open()) return;
    const uint64_t round = ++listener.round;
    StrandPool::Lease lease = strands_->lend();
    const Strand strand = lease.strand();
    listener.acceptor.async_accept(strand, [this, &listener, round, lease = std::move(lease)](
                                               const error_code& error, Socket socket) mutable {
        if (error == asio::error::operation_aborted) return;
        if (error) {
            // Out of descriptors, most likely: wait for some connections to end.
            listener.stalled = true;
            log_warn(kLogger, "event=accept_failed reason=\"{}\"", error.message());
            return;
        }
        guarded(kLogger, "a new connection",
                [&] { adopt(std::move(socket), std::move(lease), listener.tls); });
        accept_again(listener, round);
    });
}

void HttpServer::State::accept_again(Listener& listener, uint64_t round) {
    {
        std::lock_guard lock(listener.mutex);
        if (round != listener.round) return;
    }
    if (!guarded(kLogger, "accepting", [&] { accept(listener); })) listener.stalled = true;
}

void HttpServer::State::adopt(Socket socket, StrandPool::Lease strand, bool tls) {
    error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) return;
    ConnectionPlace place = limits_.admit(client_of(remote.address()));
    const Admission admission = place.admission();
    if (admission == Admission::kDropped) return;
    auto connection = std::make_shared<Connection>(
        shared_from_this(), std::move(socket), tls ? options_.tls->context() : nullptr,
        options_.idle_timeout, options_.write_timeout, options_.memory);
    bool no_room = false;
    {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
        no_room = tls && num_tls_ >= tls_connections_max();
        if (tls) ++num_tls_;
        connections_.emplace(connection.get(),
                             Held{connection, std::move(place), std::move(strand)});
    }
    // It could be told after a handshake, for which there is no room.
    if (no_room) return connection->abort();
    if (!guarded(kLogger, "a new connection", [&] { begin(*connection, admission); })) {
        connection->abort();
    }
}

void HttpServer::State::begin(Connection& connection, Admission admission) {
    if (admission != Admission::kOpen && steady_ms() - refusal_told_ms_ > kRefusalLineMs) {
        refusal_told_ms_ = steady_ms();
        log_warn(kLogger, "event=connection_refused connections_max={} address_connections_max={}",
                 options_.connections_max, options_.address_connections_max);
    }
    if (admission == Admission::kRefused ||
        (admission == Admission::kProbes && !options_.is_probe)) {
        return connection.has_tls() ? connection.abort() : connection.start_refused();
    }
    ProtocolContext context;
    context.handler = handler_;
    context.body_bytes_max = options_.body_bytes_max;
    context.header_bytes_max = options_.header_bytes_max;
    context.queue_bytes_max = options_.queue_bytes_max;
    context.unfinished = unfinished_;
    context.header_timeout = options_.header_timeout;
    context.body_timeout = options_.body_timeout;
    if (admission == Admission::kProbes) context.is_probe = options_.is_probe;
    connection.start(std::move(context), options_.handshake_timeout);
}

void HttpServer::State::sweep() {
    const int64_t now = steady_ms();
    guarded(kLogger, "looking at deadlines", [&] {
        for (const auto& connection : all_connections()) connection->check_deadlines(now);
        if (options_.tls) options_.tls->refresh();
    });
    for (auto& listener : listeners_) {
        if (!listener->stalled.exchange(false)) continue;
        const bool accepts = guarded(kLogger, "accepting", [&] {
            {
                std::lock_guard lock(listener->mutex);
                error_code ignored;
                listener->acceptor.cancel(ignored);
            }
            accept(*listener);
        });
        if (!accepts) listener->stalled = true;
    }
}

std::vector<std::shared_ptr<Connection>> HttpServer::State::all_connections() const {
    std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connections_.size());
    for (const auto& [key, held] : connections_) all.push_back(held.connection);
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
        std::lock_guard lock(listener->mutex);
        error_code ignored;
        listener->acceptor.close(ignored);
    }
    for (const auto& connection : all_connections()) connection->shut_down();
    if (!wait_until_gone(options_.stop_grace)) {
        const auto left = all_connections();
        log_warn(kLogger, "event=connections_cut count={}", left.size());
        for (const auto& connection : left) connection->abort();
        wait_until_gone(kCutWait);
    }
    {
        std::lock_guard lock(mutex_);
        sweeps_over_ = true;
    }
    over_.notify_all();
    sweeper_.join();
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
