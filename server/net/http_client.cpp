#include "server/net/http_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"
#include "server/net/last_chunk.h"
#include "server/net/tls_channel.h"

namespace millrace::net {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;
using std::chrono::milliseconds;

namespace {

constexpr size_t kReadBytes = 64U << 10;
constexpr uint32_t kResponseHeaderBytesMax = 1U << 20;
constexpr size_t kBodyBytesMax = size_t{1} << 30;  ///< Of an answer that is collected.
constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

std::string error_text(int error) {
    return std::strerror(error);
}

}  // namespace

CancelSource::CancelSource() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
        error_ = errno;
        return;
    }
    read_fd_ = fds[0];
    write_fd_ = fds[1];
}

CancelSource::~CancelSource() {
    if (error_ != 0) return;
    ::close(read_fd_);
    ::close(write_fd_);
}

Status CancelSource::usable() const {
    if (error_ == 0) return Status::ok();
    return {Fault::kRetriable, "Cannot make a pipe to cancel a call by: " + error_text(error_)};
}

void CancelSource::cancel() noexcept {
    const int saved = errno;
    [[maybe_unused]] const ssize_t written = ::write(write_fd_, "x", 1);
    errno = saved;
}

bool CancelSource::cancelled() const noexcept {
    pollfd poll_fd{read_fd_, POLLIN, 0};
    return ::poll(&poll_fd, 1, 0) > 0;
}

void CancelSource::reset() noexcept {
    std::array<char, 64> scrap{};
    while (::read(read_fd_, scrap.data(), scrap.size()) > 0) {
    }
}

struct HttpClient::State {
    Url server;
    ClientOptions options;
    int fd = -1;
    TlsContextPtr tls_context = nullptr;        ///< Made with the first connection.
    std::unique_ptr<TlsChannel> tls = nullptr;  ///< Of the connection; null: no TLS.

    void close() {
        tls.reset();
        if (fd >= 0) ::close(std::exchange(fd, -1));
    }
};

/// One request and its answer on the client's connection.
class HttpClient::Exchange {
public:
    Exchange(State& state, const BodyCallback* on_body, CancelSource* cancel, milliseconds timeout)
        : state_(state),
          on_body_(on_body),
          cancel_(cancel),
          deadline_ms_(timeout.count() > 0 ? steady_ms() + timeout.count() : kForever) {}

    Result<ClientResponse> run(const ClientRequest& request);

private:
    enum class Wait { kReady, kCancelled, kTimedOut, kDeadline };

    Wait wait(short events, int64_t limit_ms);
    Status open();
    Status open_one(const addrinfo& address);
    Status shake_hands();
    Status send_all(std::string_view bytes);
    // As ::recv and ::send; with EAGAIN `awaited_` says what poll() is to wait for.
    ssize_t read_some(char* buffer, size_t size);
    ssize_t write_some(std::string_view bytes);
    ssize_t tls_outcome(TlsChannel::Need need, size_t count, short usual);
    std::string failure() const;
    Wait wait_to_read();
    Result<ClientResponse> receive();
    Result<bool> parse(Parser& parser, std::string& pending) const;
    bool deliver(std::string& body);
    Status interrupted(Wait wait, std::string_view doing) const;
    void close();

    State& state_;
    const BodyCallback* on_body_;
    CancelSource* cancel_;
    const int64_t deadline_ms_;
    short awaited_ = POLLIN;
    bool stopped_ = false;         ///< Ended by cancel, deadline or callback: not a failure.
    bool nothing_arrived_ = true;  ///< Not a byte of the answer yet.
};

HttpClient::Exchange::Wait HttpClient::Exchange::wait(short events, int64_t limit_ms) {
    for (;;) {
        const int64_t now = steady_ms();
        const int64_t until = std::min(limit_ms, deadline_ms_);
        std::array<pollfd, 2> fds{pollfd{state_.fd, events, 0},
                                  pollfd{cancel_ ? cancel_->descriptor() : -1, POLLIN, 0}};
        const int span = until == kForever
                             ? -1
                             : static_cast<int>(std::clamp<int64_t>(until - now, 0, 3'600'000));
        const int ready = ::poll(fds.data(), fds.size(), span);
        if (ready < 0 && errno != EINTR) return Wait::kTimedOut;
        if (ready > 0) return fds[1].revents != 0 ? Wait::kCancelled : Wait::kReady;
        if (steady_ms() >= until) {
            return steady_ms() >= deadline_ms_ ? Wait::kDeadline : Wait::kTimedOut;
        }
    }
}

Status HttpClient::Exchange::interrupted(Wait wait, std::string_view doing) const {
    const std::string_view how = wait == Wait::kCancelled ? "cancelled" : "timed out";
    return {Fault::kRetriable, fmt::format("{} {}: {}", doing, state_.server.origin(), how)};
}

Status HttpClient::Exchange::open_one(const addrinfo& address) {
    state_.fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (state_.fd < 0) return {Fault::kRetriable, error_text(errno)};
    const int on = 1;
    ::setsockopt(state_.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(state_.fd, address.ai_addr, address.ai_addrlen) != 0) {
        int error = errno;
        if (error == EINPROGRESS) {
            const Wait ready = wait(POLLOUT, steady_ms() + state_.options.connect_timeout.count());
            if (ready != Wait::kReady) {
                close();
                return interrupted(ready, "Connecting to");
            }
            socklen_t length = sizeof error;
            ::getsockopt(state_.fd, SOL_SOCKET, SO_ERROR, &error, &length);
        }
        if (error != 0) {
            close();
            return {Fault::kRetriable, fmt::format("Cannot connect to {}: {}",
                                                   state_.server.origin(), error_text(error))};
        }
    }
    return Status::ok();
}

Status HttpClient::Exchange::open() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(state_.server.host.c_str(),
                                    std::to_string(state_.server.port).c_str(), &hints, &found);
    if (error != 0) {
        return {Fault::kRetriable,
                fmt::format("Cannot find host {}: {}", state_.server.host, ::gai_strerror(error))};
    }
    Status status{Fault::kRetriable, "no address"};
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
        status = open_one(*at);
        if (status || (cancel_ && cancel_->cancelled())) break;
    }
    ::freeaddrinfo(found);
    if (!status || state_.server.scheme != "https") return status;
    status = shake_hands();
    if (!status) close();
    return status;
}

Status HttpClient::Exchange::shake_hands() {
    const TlsOptions& options = state_.options.tls;
    if (!state_.tls_context) {
        auto context = make_client_context(options);
        if (!context) return context.status();
        state_.tls_context = std::move(*context);
    }
    auto channel = TlsChannel::open(state_.tls_context, state_.fd,
                                    options.verify_host ? state_.server.host : "");
    if (!channel) return channel.status();
    state_.tls = std::move(*channel);
    const int64_t until = steady_ms() + state_.options.connect_timeout.count();
    for (;;) {
        const auto need = state_.tls->shake_hands();
        if (need == TlsChannel::Need::kNothing) return Status::ok();
        if (need == TlsChannel::Need::kFailed) {
            return {Fault::kRetriable, fmt::format("Cannot agree on TLS with {}: {}",
                                                   state_.server.origin(), state_.tls->error())};
        }
        const Wait ready = wait(need == TlsChannel::Need::kRead ? POLLIN : POLLOUT, until);
        if (ready != Wait::kReady) return interrupted(ready, "Connecting to");
    }
}

ssize_t HttpClient::Exchange::tls_outcome(TlsChannel::Need need, size_t count, short usual) {
    awaited_ = usual;
    if (need == TlsChannel::Need::kNothing) return static_cast<ssize_t>(count);
    if (need != TlsChannel::Need::kFailed)
        awaited_ = need == TlsChannel::Need::kRead ? POLLIN : POLLOUT;
    errno = need == TlsChannel::Need::kFailed ? EPROTO : EAGAIN;
    return -1;
}

ssize_t HttpClient::Exchange::read_some(char* buffer, size_t size) {
    if (!state_.tls) return ::recv(state_.fd, buffer, size, 0);
    size_t got = 0;
    const auto need = state_.tls->read(buffer, size, got);
    return tls_outcome(need, got, POLLIN);
}

ssize_t HttpClient::Exchange::write_some(std::string_view bytes) {
    if (!state_.tls) return ::send(state_.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    size_t done = 0;
    const auto need = state_.tls->write(bytes, done);
    return tls_outcome(need, done, POLLOUT);
}

/// Why the last of the two above did not go well.
std::string HttpClient::Exchange::failure() const {
    return state_.tls && errno == EPROTO ? state_.tls->error() : error_text(errno);
}

HttpClient::Exchange::Wait HttpClient::Exchange::wait_to_read() {
    if (state_.tls && state_.tls->has_pending()) return Wait::kReady;
    const int64_t silence = state_.options.read_timeout.count();
    return wait(awaited_, silence > 0 && on_body_ == nullptr ? steady_ms() + silence : kForever);
}

void HttpClient::Exchange::close() {
    state_.close();
    awaited_ = POLLIN;
}

Status HttpClient::Exchange::send_all(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = write_some(bytes);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<size_t>(sent));
            continue;
        }
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            const Wait ready = wait(state_.tls ? awaited_ : short{POLLOUT}, kForever);
            if (ready != Wait::kReady) return interrupted(ready, "Sending to");
            continue;
        }
        return {Fault::kRetriable,
                fmt::format("Sending to {}: {}", state_.server.origin(), failure())};
    }
    awaited_ = POLLIN;
    return Status::ok();
}

/// Hands a piece of a 2xx body on; false when the callback wants no more.
bool HttpClient::Exchange::deliver(std::string& body) {
    if (body.empty()) return true;
    const bool more = (*on_body_)(body);
    body.clear();
    return more;
}

namespace {

ClientResponse response_of(http::response<http::string_body>& message) {
    ClientResponse response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
        response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    response.body = std::move(message.body());
    return response;
}

}  // namespace

/// Takes what it can of what has come. False: more must come first.
Result<bool> HttpClient::Exchange::parse(Parser& parser, std::string& pending) const {
    if (parser.is_header_done() && parser.chunked() && may_be_last_chunk(pending)) return false;
    boost::beast::error_code error;
    pending.erase(0, parser.put(boost::asio::buffer(pending.data(), pending.size()), error));
    if (error == http::error::need_more) return false;
    if (error == http::error::body_limit) {
        return Status{Fault::kFatal,
                      fmt::format("{} answered with more than {} bytes", state_.server.origin(),
                                  state_.options.body_bytes_max)};
    }
    if (error) {
        return Status{Fault::kFatal, fmt::format("{} did not answer in HTTP: {}",
                                                 state_.server.origin(), error.message())};
    }
    return true;
}

Result<ClientResponse> HttpClient::Exchange::receive() {
    auto parser = std::make_unique<Parser>();
    auto renew = [&] {
        parser = std::make_unique<Parser>();
        parser->eager(true);
        parser->body_limit(boost::none);
        if (state_.options.body_bytes_max > 0) parser->body_limit(state_.options.body_bytes_max);
        parser->header_limit(kResponseHeaderBytesMax);
    };
    renew();
    std::string pending;
    std::array<char, kReadBytes> buffer{};
    bool end_of_stream = false;
    while (!parser->is_done() && !stopped_ && !end_of_stream) {
        const Wait ready = wait_to_read();
        if (ready != Wait::kReady) {
            if (on_body_ != nullptr && ready != Wait::kTimedOut) {
                stopped_ = true;
                break;
            }
            return interrupted(ready, "Waiting for");
        }
        const ssize_t got = read_some(buffer.data(), buffer.size());
        boost::beast::error_code error;
        if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) continue;
        if (got <= 0) {
            if (got == 0 && parser->is_header_done()) parser->put_eof(error);
            if (got < 0 || !parser->is_header_done() || error) {
                const std::string why = got < 0 ? failure() : "the server closed the connection";
                return Status{Fault::kRetriable,
                              fmt::format("Reading from {}: {}", state_.server.origin(), why)};
            }
            end_of_stream = true;
        } else {
            nothing_arrived_ = false;
            pending.append(buffer.data(), static_cast<size_t>(got));
        }
        while (!pending.empty() && !parser->is_done()) {
            auto more = parse(*parser, pending);
            if (!more) return more.status();
            if (!*more) break;
            // An interim answer (100 Continue) is followed by the real one.
            if (parser->is_done() && parser->get().result_int() / 100 == 1) renew();
        }
        if (parser->get().body().size() > kBodyBytesMax) {
            return Status{Fault::kFatal, fmt::format("{} answered with more than {} bytes",
                                                     state_.server.origin(), kBodyBytesMax)};
        }
        const bool success = parser->is_header_done() && parser->get().result_int() / 100 == 2;
        if (on_body_ != nullptr && success && !deliver(parser->get().body())) {
            stopped_ = !parser->is_done();
        }
    }
    ClientResponse response;
    if (parser->is_header_done()) response = response_of(parser->get());
    response.complete = !stopped_;
    if (stopped_ || end_of_stream || !parser->get().keep_alive()) close();
    return response;
}

Result<ClientResponse> HttpClient::Exchange::run(const ClientRequest& request) {
    if (cancel_) {
        if (Status status = cancel_->usable(); !status) return status;
    }
    const Url& server = state_.server;
    const bool brackets = server.host.find(':') != std::string::npos;
    std::string head =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}{}{}:{}\r\n", request.method, request.path,
                    brackets ? "[" : "", server.host, brackets ? "]" : "", server.port);
    for (const auto& [name, value] : state_.options.headers) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    if (state_.options.fresh_headers) {
        for (const auto& [name, value] : state_.options.fresh_headers())
            head += fmt::format("{}: {}\r\n", name, value);
    }
    for (const auto& [name, value] : request.headers) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        head += fmt::format("Content-Length: {}\r\n", request.body.size());
    }
    head += "\r\n";
    for (bool again = true;; again = false) {
        if (state_.fd >= 0 && wait(POLLIN, 0) != Wait::kTimedOut) close();  // Ended while idle.
        const bool reused = state_.fd >= 0;
        if (!reused) {
            if (Status status = open(); !status) return status;
        }
        Status status = send_all(head + request.body);
        Result<ClientResponse> response = status ? receive() : Result<ClientResponse>(status);
        if (response) return response;
        close();
        // The server may have closed a kept connection just then: that deserves another try where
        // doing a thing twice does no harm.
        const bool stale = reused && nothing_arrived_ && request.method == "GET" &&
                           !(cancel_ && cancel_->cancelled()) && steady_ms() < deadline_ms_;
        if (!again || !stale) return response;
    }
}

HttpClient::HttpClient(Url server, ClientOptions options)
    : state_(std::make_unique<State>(
          State{std::move(server), std::move(options), -1, nullptr, nullptr})) {}

HttpClient::~HttpClient() {
    close();
}

Result<ClientResponse> HttpClient::send(const ClientRequest& request, CancelSource* cancel) {
    return Exchange(*state_, nullptr, cancel, milliseconds(0)).run(request);
}

Result<ClientResponse> HttpClient::stream(const ClientRequest& request, const BodyCallback& on_body,
                                          const StreamOptions& options) {
    return Exchange(*state_, &on_body, options.cancel, options.timeout).run(request);
}

void HttpClient::close() {
    state_->close();
}

const Url& HttpClient::server() const {
    return state_->server;
}

std::pair<std::string, std::string> basic_auth(std::string_view user, std::string_view password) {
    return {"Authorization", "Basic " + base64_encode(fmt::format("{}:{}", user, password))};
}

}  // namespace millrace::net
