// The shell's view of a server's REST API. One thread; CancelSource::cancel() ends a call from
// elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cli/json_text.h"
#include "server/net/http_client.h"

namespace millrace::cli {

/// What the shell sends along with every statement.
struct SessionMaps {
    std::map<std::string, std::string> properties;
    std::map<std::string, std::string> variables;
};

/// A refusal by the server, or no answer at all.
struct CallError {
    std::string message;
    int error_code = 0;          ///< ksqlDB's; 0 when the server was not reached.
    std::string statement_text;  ///< Of a refused statement.
    std::string excerpt;         ///< The line at fault with a caret below the place.
    JsonTree entities;           ///< What was done before it; null when the server sent no list.
    bool cancelled = false;
    bool unreachable = false;
};

struct CallResult {
    std::optional<CallError> error;
    JsonTree body;
};

struct QueryLimits {
    std::chrono::milliseconds timeout{0};  ///< 0: none.
};

/// A SELECT's answer: each row object; false stops the query.
using RowCallback = std::function<bool(const JsonTree& row)>;
/// PRINT's answer: each line; false stops it.
using LineCallback = std::function<bool(std::string_view line)>;

class RestClient {
public:
    RestClient(net::Url server, net::ClientOptions options, net::CancelSource& cancel);

    const net::Url& server() const { return client_->server(); }
    void set_server(net::Url server);

    CallResult info();
    CallResult run_statements(std::string_view text, const SessionMaps& session);
    /// No error when the property may be SET to the value.
    std::optional<CallError> check_property(std::string_view name, std::string_view value);
    /// Streams until the end, a stop, a cancel or the time limit (the last two are no errors).
    std::optional<CallError> query(std::string_view text, const SessionMaps& session,
                                   const QueryLimits& limits, const RowCallback& on_row);
    std::optional<CallError> print_topic(std::string_view text, const SessionMaps& session,
                                         const QueryLimits& limits, const LineCallback& on_line);

    /// When set (the default), each request waits on the server for what this client did before.
    void wait_for_earlier(bool wait) { wait_for_earlier_ = wait; }
    bool waits_for_earlier() const { return wait_for_earlier_; }

private:
    std::string statement_body(std::string_view text, const SessionMaps& session) const;
    CallResult call(const net::ClientRequest& request);
    std::optional<CallError> stream(std::string_view text, const SessionMaps& session,
                                    const QueryLimits& limits, const net::BodyCallback& on_piece);
    CallError unreachable(const net::ClientRequest& request, const Status& status) const;
    void note_sequence_numbers(const JsonTree& entities);

    net::ClientOptions options_;
    std::unique_ptr<net::HttpClient> client_;
    net::CancelSource& cancel_;
    bool wait_for_earlier_ = true;
    int64_t last_sequence_number_ = -1;
};

}  // namespace millrace::cli
