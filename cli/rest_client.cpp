#include "cli/rest_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/base/text.h"
#include "engine/base/unicode.h"

namespace millrace::cli {

namespace {

std::string map_json(const std::map<std::string, std::string>& map) {
    std::string out = "{";
    for (const auto& [name, value] : map) {
        if (out.size() > 1) out += ',';
        out += quoted_json(name) + ':' + quoted_json(value);
    }
    return out + '}';
}

/// An object or a line of a stream that goes on beyond this is no row any more.
constexpr size_t kPieceBytesMax = size_t{64} << 20;
/// As much of an answer that is none as an error message shows.
constexpr size_t kShownBytesMax = 1000;

std::string beginning(const std::string& body) {
    if (body.size() <= kShownBytesMax) return body;
    return fmt::format("{}… ({} bytes)", whole_characters(body, kShownBytesMax), body.size());
}

CallError endless_row() {
    CallError error;
    error.message =
        fmt::format("The server's answer has a row of more than {} bytes", kPieceBytesMax);
    return error;
}

/// The error in an answer that is not 2xx.
CallError refusal(const net::ClientResponse& response) {
    CallError error;
    const auto body = parse_json_tree(response.body);
    if (body && body->has("message")) {
        error.message = body->text_of("message");
        error.statement_text = body->text_of("statementText");
        error.excerpt = body->text_of("excerpt");
        error.entities = (*body)["entities"];
        const std::string& code = body->text_of("error_code");
        std::from_chars(code.data(), code.data() + code.size(), error.error_code);
    } else {
        error.error_code = response.status * 100;
        error.message = fmt::format("The server answered {} {}", response.status,
                                    net::reason_phrase(response.status));
        if (!response.body.empty()) error.message += ": " + beginning(response.body);
    }
    return error;
}

}  // namespace

RestClient::RestClient(net::Url server, net::ClientOptions options, net::CancelSource& cancel)
    : options_(std::move(options)), cancel_(cancel) {
    options_.headers.emplace_back("Accept", "application/json");
    options_.headers.emplace_back("X-Millrace-Error-Place", "1");
    set_server(std::move(server));
}

void RestClient::set_server(net::Url server) {
    client_ = std::make_unique<net::HttpClient>(std::move(server), options_);
    last_sequence_number_ = -1;
}

std::string RestClient::statement_body(std::string_view text, const SessionMaps& session) const {
    std::string body =
        fmt::format(R"({{"ksql":{},"streamsProperties":{},"sessionVariables":{})",
                    quoted_json(text), map_json(session.properties), map_json(session.variables));
    if (wait_for_earlier_ && last_sequence_number_ >= 0) {
        body += fmt::format(R"(,"commandSequenceNumber":{})", last_sequence_number_);
    }
    return body + '}';
}

CallError RestClient::unreachable(const net::ClientRequest& request, const Status& status) const {
    CallError error;
    error.unreachable = true;
    error.cancelled = cancel_.cancelled();
    error.message = fmt::format("Error issuing {} to the server, path {}\nCaused by: {}",
                                request.method, request.path, status.message());
    return error;
}

CallResult RestClient::call(const net::ClientRequest& request) {
    CallResult result;
    auto response = client_->send(request, &cancel_);
    if (!response) {
        result.error = unreachable(request, response.status());
    } else if (response->status / 100 != 2) {
        result.error = refusal(*response);
    } else if (!response->body.empty()) {
        auto body = parse_json_tree(response->body);
        if (body) {
            result.body = std::move(*body);
        } else {
            result.error = CallError{};
            result.error->message = "The server's answer is not JSON: " + beginning(response->body);
        }
    }
    return result;
}

CallResult RestClient::info() {
    return call({"GET", "/info"});
}

void RestClient::note_sequence_numbers(const JsonTree& entities) {
    for (const JsonTree& entity : entities.items) {
        const std::string& text = entity.text_of("commandSequenceNumber");
        int64_t number = -1;
        std::from_chars(text.data(), text.data() + text.size(), number);
        last_sequence_number_ = std::max(last_sequence_number_, number);
    }
}

CallResult RestClient::run_statements(std::string_view text, const SessionMaps& session) {
    CallResult result = call(
        {"POST", "/ksql", {{"Content-Type", "application/json"}}, statement_body(text, session)});
    note_sequence_numbers(result.error ? result.error->entities : result.body);
    return result;
}

std::optional<CallError> RestClient::check_property(std::string_view name, std::string_view value) {
    auto error = call({"GET", "/is_valid_property/" + net::percent_encode(name)}).error;
    if (error) return error;
    // The name is fine; of the value the server knows when it is asked to set it. That lasts no
    // longer than the request.
    auto quoted = [](std::string_view text) {
        std::string out = "'";
        for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
        return out + "'";
    };
    return run_statements("SET " + quoted(name) + "=" + quoted(value) + ";", SessionMaps()).error;
}

std::optional<CallError> RestClient::stream(std::string_view text, const SessionMaps& session,
                                            const QueryLimits& limits,
                                            const net::BodyCallback& on_piece) {
    net::ClientRequest request{
        "POST", "/query", {{"Content-Type", "application/json"}}, statement_body(text, session)};
    net::StreamOptions options;
    options.cancel = &cancel_;
    options.timeout = limits.timeout;
    auto response = client_->stream(request, on_piece, options);
    if (!response) return unreachable(request, response.status());
    if (response->status != 0 && response->status / 100 != 2) return refusal(*response);
    return std::nullopt;
}

std::optional<CallError> RestClient::query(std::string_view text, const SessionMaps& session,
                                           const QueryLimits& limits, const RowCallback& on_row) {
    JsonObjectScanner scanner;
    auto error = stream(text, session, limits, [&](std::string_view piece) {
        for (const std::string& object : scanner.add(piece)) {
            const auto row = parse_json_tree(object);
            if (row && !on_row(*row)) return false;
        }
        return scanner.num_pending_bytes() <= kPieceBytesMax;
    });
    if (!error && scanner.num_pending_bytes() > kPieceBytesMax) return endless_row();
    return error;
}

std::optional<CallError> RestClient::print_topic(std::string_view text, const SessionMaps& session,
                                                 const QueryLimits& limits,
                                                 const LineCallback& on_line) {
    std::string pending;
    auto error = stream(text, session, limits, [&](std::string_view piece) {
        pending += piece;
        for (size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
            const std::string line = pending.substr(0, end);
            pending.erase(0, end + 1);
            // The server sends lone line ends while nothing arrives.
            if (!line.empty() && !on_line(line)) return false;
        }
        return pending.size() <= kPieceBytesMax;
    });
    if (!error && pending.size() > kPieceBytesMax) return endless_row();
    if (!error && !pending.empty()) on_line(pending);
    return error;
}

}  // namespace millrace::cli
