// HTTP/1.1 on a connection: requests are parsed by Beast one after another; the next one waits,
// unparsed, until the answer before it is complete, so pipelined requests are answered in order.
#include <fmt/format.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

#include "engine/base/log.h"
#include "engine/base/text.h"
#include "server/net/http1_response.h"
#include "server/net/protocol.h"

namespace millrace::net {

namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<http::string_body>;

constexpr const char* kLogger = "server.net";
/// Unparsed bytes of later requests kept while an answer is in progress; then reading pauses.
constexpr size_t kPipelineBytesMax = 64U << 10;

std::string text(boost::beast::string_view view) {
    return {view.data(), view.size()};
}

/// Splits a request target; absolute form (`http://host/path`) counts by its path alone.
bool split_target(std::string_view target, Request& request) {
    if (!target.empty() && target.front() != '/' && target != "*") {
        const size_t mark = target.find("://");
        if (mark == std::string_view::npos) return false;
        const size_t path_at = target.find_first_of("/?", mark + 3);
        target = path_at == std::string_view::npos ? "/" : target.substr(path_at);
    }
    target = target.substr(0, target.find('#'));
    const size_t question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    if (request.path.empty()) request.path = "/";
    return true;
}

class Http1Session final : public Protocol, public std::enable_shared_from_this<Http1Session> {
public:
    Http1Session(Transport& transport, ProtocolContext context)
        : transport_(transport), context_(std::move(context)) {}

    void on_bytes(std::string_view bytes) override {
        if (finished_) return;
        pending_.append(bytes);
        parse();
    }
    void on_sent() override {
        if (response_) response_->bytes_sent();
    }
    void on_closed() override {
        finished_ = true;
        if (auto response = std::exchange(response_, nullptr)) response->connection_lost();
    }
    bool wants_bytes() const override {
        return response_ == nullptr || pending_.size() < kPipelineBytesMax;
    }
    void shut_down() override {
        if (response_) {
            response_->do_not_keep_alive();
        } else {
            finish();
        }
    }

private:
    void finish() {
        finished_ = true;
        pending_.clear();
        transport_.finish();
    }

    void refuse(int status, std::string_view message) {
        const std::string body =
            fmt::format(R"({{"@type":"generic_error","error_code":{},"message":{}}})", status * 100,
                        quoted_json(message));
        std::string head =
            http1_status_and_headers(status, {{"content-type", "application/json"},
                                              {"connection", "close"},
                                              {"content-length", std::to_string(body.size())}});
        head += "\r\n";
        transport_.send({head, body});
        finish();
    }

    void parse() {
        while (!response_ && !finished_ && !pending_.empty()) {
            if (!parser_ && !begin_message()) return;
            boost::beast::error_code error;
            const size_t used =
                parser_->put(boost::asio::buffer(pending_.data(), pending_.size()), error);
            pending_.erase(0, used);
            if (error == http::error::need_more) error = {};
            if (error) {
                refuse_parse(error);
                return;
            }
            if (parser_->is_done()) {
                dispatch();
            } else {
                answer_expectation();
                if (used == 0 || pending_.empty()) return;
            }
        }
    }

    /// Makes the parser for the next request; false when there is nothing to parse yet.
    bool begin_message() {
        // Some clients end a body with a stray line break; it belongs to nothing.
        pending_.erase(0, std::min(pending_.find_first_not_of("\r\n"), pending_.size()));
        if (pending_.empty()) return false;
        parser_ = std::make_unique<Parser>();
        parser_->eager(true);
        parser_->header_limit(static_cast<uint32_t>(context_.header_bytes_max));
        parser_->body_limit(context_.body_bytes_max);
        continue_sent_ = false;
        return true;
    }

    void refuse_parse(const boost::beast::error_code& error) {
        if (error == http::error::body_limit) {
            refuse(413, fmt::format("The request body is longer than {} bytes.",
                                    context_.body_bytes_max));
        } else if (error == http::error::header_limit) {
            refuse(431, fmt::format("The request line and headers are longer than {} bytes.",
                                    context_.header_bytes_max));
        } else {
            refuse(400, fmt::format("Malformed HTTP request: {}.", error.message()));
        }
    }

    void answer_expectation() {
        if (continue_sent_ || !parser_->is_header_done()) return;
        const auto expect = parser_->get()[http::field::expect];
        if (header_has_token({expect.data(), expect.size()}, "100-continue")) {
            transport_.send({"HTTP/1.1 100 Continue\r\n\r\n"});
        }
        continue_sent_ = true;
    }

    void dispatch() {
        auto message = std::exchange(parser_, nullptr)->release();
        auto request = std::make_shared<Request>();
        if (message.version() != 11) {
            refuse(400, "Only HTTP/1.1 and HTTP/2 are supported.");
            return;
        }
        request->method = text(message.method_string());
        for (const auto& field : message) {
            request->headers.emplace_back(text(field.name_string()), text(field.value()));
        }
        const auto target = message.target();
        if (!split_target({target.data(), target.size()}, *request)) {
            refuse(400, "Malformed HTTP request: bad request target.");
            return;
        }
        request->body = std::move(message.body());
        request->secure = context_.secure;
        request->remote_address = context_.remote_address;
        request->remote_port = context_.remote_port;
        request->local_port = context_.local_port;

        Http1Response::Setup setup;
        setup.head_only = request->method == "HEAD";
        setup.keep_alive = message.keep_alive();
        setup.queue_bytes_max = context_.queue_bytes_max;
        setup.on_done = [weak = weak_from_this()](bool keep_alive) {
            if (auto self = weak.lock()) self->response_done(keep_alive);
        };
        response_ =
            std::make_shared<Http1Response>(transport_.shared_from_this(), std::move(setup));
        auto writer = Http1Response::make_writer(response_);
        try {
            context_.handler(std::move(request), writer);
        } catch (const std::exception& error) {
            log_error(kLogger, "event=handler_failed reason=\"{}\"", error.what());
            // The writer goes out of scope here and answers 500.
        }
    }

    void response_done(bool keep_alive) {
        response_.reset();
        if (finished_) return;
        if (!keep_alive) {
            finish();
            return;
        }
        parse();
        if (wants_bytes()) transport_.resume_reading();
    }

    Transport& transport_;
    const ProtocolContext context_;
    std::string pending_;
    std::unique_ptr<Parser> parser_;
    std::shared_ptr<Http1Response> response_;  ///< The answer in progress.
    bool continue_sent_ = false;
    bool finished_ = false;  ///< No further byte is looked at.
};

}  // namespace

std::shared_ptr<Protocol> make_http1(Transport& transport, ProtocolContext context) {
    return std::make_shared<Http1Session>(transport, std::move(context));
}

}  // namespace millrace::net
