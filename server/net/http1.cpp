// HTTP/1.1 on a connection: requests are parsed by Beast one after another; the next one waits,
// unparsed, until the answer before it is complete, so pipelined requests are answered in order.
#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <new>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "server/net/http1_response.h"
#include "server/net/last_chunk.h"
#include "server/net/protocol.h"
#include "server/net/request_body.h"
#include "server/net/request_head.h"
#include "server/net/unfinished_requests.h"

namespace millrace::net {

namespace {

namespace http = boost::beast::http;
using Parser = http::request_parser<RequestBody>;

constexpr const char* kLogger = "server.net";
/// Unparsed bytes of later requests kept while an answer is in progress; then reading pauses.
constexpr size_t kPipelineBytesMax = 64U << 10;
/// Shorter bodies are read however little memory there is for all.
constexpr size_t kAlwaysReadBytes = 64U << 10;
/// A body, and what a handler makes of it.
constexpr size_t kTimesHeld = 2;
/// Of a body what is no part of its content, in one piece: a chunk's size line, the trailer.
constexpr size_t kFramingBytesMax = 16U << 10;
/// A connection of the reserve that is kept for probes has so long for its request.
constexpr std::chrono::milliseconds kProbeTimeout{2'000};

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

/// What Beast calls for a chunk's size line. It takes control characters within quotes; to a proxy
/// a line feed may be the line's end, and what follows a request of its own.
struct ChunkHeaderCheck {
    void operator()(uint64_t /*size*/, boost::beast::string_view extensions,
                    boost::beast::error_code& error) const {
        for (const char c : extensions) {
            const bool is_control = static_cast<unsigned char>(c) < ' ' && c != '\t';
            if (is_control || c == '\x7f') error = http::error::bad_chunk_extension;
        }
    }
};

class Http1Session final : public Protocol, public std::enable_shared_from_this<Http1Session> {
public:
    Http1Session(Transport& transport, ProtocolContext context)
        : transport_(transport), context_(std::move(context)), unfinished_(context_.unfinished) {
        allow(context_.header_timeout);
    }

    void on_bytes(std::string_view bytes) override {
        if (finished_) return;
        or_say_no_memory([&] {
            pending_.append(bytes);
            parse();
        });
    }
    void on_deadline() override {
        if (finished_ || deadline_ms_ == 0 || steady_ms() < deadline_ms_) return;
        if (!parser_ && pending_.empty()) {
            finish();  // Nothing was asked, so nothing is answered.
            return;
        }
        refuse(408, parser_ ? "The request's body takes too long (millrace.http.body.timeout.ms)."
                            : "The request's header takes too long "
                              "(millrace.http.header.timeout.ms).");
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
        allow_for_ever();
        pending_.clear();
        parser_.reset();
        body_memory_.give_back();
        (void)unfinished_.set(0);
        transport_.finish();
    }

    void allow(std::chrono::milliseconds time) {
        deadline_ms_ =
            steady_ms() + (context_.is_probe ? std::min(time, kProbeTimeout) : time).count();
        transport_.set_deadline(deadline_ms_);
    }
    void allow_for_ever() {
        deadline_ms_ = 0;
        transport_.set_deadline(0);
    }

    /// An answer that has been begun is its writer's to end.
    template <class Act>
    void or_say_no_memory(const Act& act) {
        try {
            act();
        } catch (const std::bad_alloc&) {
            if (!response_ && !finished_) refuse(503, "The server is out of memory.");
        }
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
        while (!response_ && !finished_ && (parser_ || !pending_.empty())) {
            if (!parser_ && !begin_message()) break;
            const bool waits = parser_->chunked() && may_be_last_chunk(pending_);
            if (!waits && !put(pending_)) return;
            if (parser_->is_done()) {
                dispatch();
                continue;
            }
            if (pending_.size() > kFramingBytesMax) {
                refuse(400,
                       "Malformed HTTP request: a chunk's size line or the trailer is too long.");
                return;
            }
            answer_expectation();
            break;
        }
        count_unfinished();
    }

    /// Gives bytes to the parser and drops from `pending_` what it has taken; false: refused.
    bool put(std::string_view bytes) {
        boost::beast::error_code error;
        size_t used = 0;
        while (!parser_->is_done() && used < bytes.size()) {
            const size_t taken =
                parser_->put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
            used += taken;
            if (error || taken == 0) break;
        }
        pending_.erase(0, used);
        if (error && error != http::error::need_more) {
            refuse_parse(error);
            return false;
        }
        return has_room();
    }

    /// Reads the next request's head; false when it is not all there, or refused.
    bool begin_message() {
        // Some clients end a body with a stray line break; it belongs to nothing.
        if (scanner_.fresh()) {
            pending_.erase(0, std::min(pending_.find_first_not_of("\r\n"), pending_.size()));
        }
        if (pending_.empty()) return false;
        if (deadline_ms_ == 0) allow(context_.header_timeout);
        const auto found = scanner_.scan(pending_);
        if (found == HeadScanner::Found::kFault) {
            refuse(400, "Malformed HTTP request: it does not read as HTTP/1.1.");
            return false;
        }
        if (scanner_.size() > context_.header_bytes_max) {
            refuse_parse(http::error::header_limit);
            return false;
        }
        return found == HeadScanner::Found::kEnd && parse_head();
    }

    bool parse_head() {
        head_bytes_ = scanner_.size();
        scanner_.reset();
        const std::string_view head = std::string_view(pending_).substr(0, head_bytes_);
        if (auto fault = check_head(head)) {
            refuse(fault->status, fault->message);
            return false;
        }
        parser_ = std::make_unique<Parser>();
        parser_->eager(true);
        parser_->on_chunk_header(check_chunk_header_);
        parser_->header_limit(static_cast<uint32_t>(context_.header_bytes_max));
        parser_->body_limit(context_.is_probe ? 0 : context_.body_bytes_max);
        continue_sent_ = false;
        body_bytes_ = 0;
        allow(context_.body_timeout);
        if (!put(head)) return false;
        if (!parser_->is_header_done() ||
            (parser_->get().count(http::field::transfer_encoding) > 0 && !parser_->chunked())) {
            refuse(400, "Malformed HTTP request: bad header.");
            return false;
        }
        // What a trailer adds later is no header.
        headers_.clear();
        for (const auto& field : parser_->get()) {
            headers_.emplace_back(text(field.name_string()), text(field.value()));
        }
        return true;
    }

    void count_unfinished() {
        if (finished_) return;
        const size_t parsed = parser_ ? head_bytes_ + parser_->get().body().capacity() : 0;
        if (unfinished_.set(pending_.size() + parsed) || response_) return;
        refuse(503,
               "The requests that have been begun hold as much memory as they may "
               "(millrace.http.unfinished.bytes.max). Try again later.");
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

    /// For what has come of the body; refuses the request when there is none.
    bool has_room() {
        if (!context_.memory || !parser_->is_header_done()) return true;
        const size_t bytes = parser_->get().body().size();
        const size_t known = static_cast<size_t>(parser_->content_length().value_or(2 * bytes));
        const bool begins = bytes == 0 && known > kAlwaysReadBytes;
        if (begins && context_.memory->full(MemoryHolder::kRequests)) return refuse_for_memory();
        if (bytes <= std::max(body_bytes_, kAlwaysReadBytes)) return true;
        // It is given twice as much each time, and no more than it says it needs.
        body_bytes_ = std::max(bytes, std::min(known, 2 * bytes));
        body_memory_.give_back();
        body_memory_ = MemoryLease::try_take(*context_.memory, MemoryHolder::kRequests,
                                             kTimesHeld * body_bytes_);
        return body_memory_ ? true : refuse_for_memory();
    }

    bool refuse_for_memory() {
        refuse(429,
               "The requests that are being read hold as much memory as they may "
               "(millrace.memory.bytes). Try again when some have been answered.");
        return false;
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
        allow_for_ever();
        auto message = std::exchange(parser_, nullptr)->release();
        if (message.version() != 11) {
            refuse(400, "Only HTTP/1.1 and HTTP/2 are supported.");
            return;
        }
        auto request = std::make_shared<Request>();
        request->method = text(message.method_string());
        request->headers = std::move(headers_);
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
        if (context_.is_probe && !context_.is_probe(*request)) {
            refuse(503,
                   "Too many connections (millrace.http.connections.max, "
                   "millrace.http.address.connections.max). Try again later.");
            return;
        }
        hand_over(std::move(request), message.keep_alive() && !context_.is_probe);
    }

    void hand_over(std::shared_ptr<Request> request, bool keep_alive) {
        Http1Response::Setup setup;
        setup.head_only = request->method == "HEAD";
        setup.keep_alive = keep_alive;
        setup.queue_bytes_max = context_.queue_bytes_max;
        setup.on_done = [weak = weak_from_this()](bool stays) {
            if (auto self = weak.lock()) self->response_done(stays);
        };
        auto response =
            std::make_shared<Http1Response>(transport_.shared_from_this(), std::move(setup));
        auto writer = Http1Response::make_writer(response);
        response_ = std::move(response);
        try {
            context_.handler(std::move(request), writer);
        } catch (const std::exception& error) {
            log_error(kLogger, "event=handler_failed reason=\"{}\"", error.what());
            // The writer goes out of scope here and answers 500.
        }
    }

    void response_done(bool keep_alive) {
        response_.reset();
        body_memory_.give_back();
        if (finished_) return;
        if (!keep_alive) {
            finish();
            return;
        }
        or_say_no_memory([&] { parse(); });
        if (wants_bytes()) transport_.resume_reading();
    }

    Transport& transport_;
    const ProtocolContext context_;
    UnfinishedShare unfinished_;
    std::string pending_;
    ChunkHeaderCheck check_chunk_header_;      ///< Outlives the parser, which refers to it.
    HeadScanner scanner_;                      ///< In `pending_`, while there is no parser.
    std::unique_ptr<Parser> parser_;           ///< Of the request whose head is read.
    Headers headers_;                          ///< Of that head.
    size_t head_bytes_ = 0;                    ///< Its length.
    int64_t deadline_ms_ = 0;                  ///< For what is being read; 0: none.
    std::shared_ptr<Http1Response> response_;  ///< The answer in progress.
    MemoryLease body_memory_;                  ///< Of the request that is read or answered.
    size_t body_bytes_ = 0;                    ///< For so long a body.
    bool continue_sent_ = false;
    bool finished_ = false;  ///< No further byte is looked at.
};

}  // namespace

std::shared_ptr<Protocol> make_http1(Transport& transport, ProtocolContext context) {
    return std::make_shared<Http1Session>(transport, std::move(context));
}

}  // namespace millrace::net
