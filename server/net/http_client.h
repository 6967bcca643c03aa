// A blocking HTTP/1.1 client for the shell, the tools and tests: one connection, kept alive. Not
// thread-safe except for CancelSource::cancel(), which a signal handler may call too.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "server/net/http.h"
#include "server/net/tls.h"
#include "server/net/url.h"

namespace millrace::net {

/// Ends the call it is given to, from another thread or a signal handler. Where the process has no
/// descriptors left for one, calls with it fail as those do that find none for a socket.
class CancelSource {
public:
    CancelSource();
    ~CancelSource();
    CancelSource(const CancelSource&) = delete;
    CancelSource& operator=(const CancelSource&) = delete;

    void cancel() noexcept;  ///< Async-signal-safe, idempotent.
    bool cancelled() const noexcept;
    void reset() noexcept;                                ///< Ready for another call.
    int descriptor() const noexcept { return read_fd_; }  ///< Readable once cancelled.
    Status usable() const;

private:
    int read_fd_ = -1;
    int write_fd_ = -1;
    int error_ = 0;  ///< Why there is no pipe.
};

struct ClientRequest {
    std::string method = "GET";
    std::string path = "/";  ///< With the query string, already encoded.
    Headers headers = {};    ///< Host and Content-Length are added.
    std::string body = {};
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;  ///< Empty for the part that went to a callback.
    /// How a streamed answer ended: false when cancelled, timed out or stopped by its callback.
    bool complete = true;

    std::optional<std::string_view> header(std::string_view name) const {
        return find_header(headers, name);
    }
};

struct ClientOptions {
    std::chrono::milliseconds connect_timeout{10'000};
    /// Longest silence while an answer is awaited; 0 waits for ever (as stream() always does).
    std::chrono::milliseconds read_timeout{0};
    Headers headers = {};  ///< Sent with every request.
    TlsOptions tls = {};   ///< For https://.
    /// Asked ahead of each request for more of them; may be empty.
    std::function<Headers()> fresh_headers = {};
    /// Larger answers are failures, whether collected or not. 0: 1 GB of what is collected, any of
    /// what goes to a callback.
    size_t body_bytes_max = 0;
};

struct StreamOptions {
    CancelSource* cancel = nullptr;
    /// The whole call ends, incomplete and without a failure, after this long; 0: never.
    std::chrono::milliseconds timeout{0};
};

/// Gets each piece of a 2xx body as it arrives (pieces need not be chunks); false stops the call.
using BodyCallback = std::function<bool(std::string_view piece)>;

class HttpClient {
public:
    explicit HttpClient(Url server, ClientOptions options = {});
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// The whole answer, whatever its status. A failure means that none came; kRetriable when the
    /// server could not be reached.
    Result<ClientResponse> send(const ClientRequest& request, CancelSource* cancel = nullptr);
    /// As send(), but a 2xx body goes to `on_body` piece by piece. Anything else is collected.
    Result<ClientResponse> stream(const ClientRequest& request, const BodyCallback& on_body,
                                  const StreamOptions& options = {});
    /// Drops the connection; the next call opens another.
    void close();

    const Url& server() const;

private:
    class Exchange;
    struct State;
    std::unique_ptr<State> state_;
};

/// The header `Authorization: Basic …`.
std::pair<std::string, std::string> basic_auth(std::string_view user, std::string_view password);

}  // namespace millrace::net
