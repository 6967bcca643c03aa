#include "server/net/http1_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/base/guard.h"
#include "engine/base/log.h"

namespace millrace::net {

namespace {

/// What a connection may hold unsent however little memory there is for all.
constexpr size_t kAlwaysQueuedBytes = 64U << 10;
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr const char* kLogger = "server.net";

void append_clean(std::string& out, std::string_view text) {
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back((byte < 0x20 && c != '\t') || byte == 0x7f ? ' ' : c);
    }
}

bool status_has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

class Http1Writer final : public ResponseWriter {
public:
    explicit Http1Writer(std::shared_ptr<Http1Response> response)
        : response_(std::move(response)) {}
    ~Http1Writer() override {
        guarded(
            "server", "dropping an answer", [this] { response_->dropped(); },
            [this](const std::string&) { response_->abort(); });
    }
    Http1Writer(const Http1Writer&) = delete;
    Http1Writer& operator=(const Http1Writer&) = delete;

    void reply(int status, Headers headers, std::string body) override {
        response_->reply(status, headers, body);
    }
    void start(int status, Headers headers) override { response_->start(status, headers); }
    bool write(std::string_view chunk) override { return response_->write(chunk); }
    void end(std::string_view last_chunk) override { response_->end(last_chunk); }
    void abort() override { response_->abort(); }
    bool started() const override { return response_->started(); }
    bool closed() const override { return response_->closed(); }
    void limit_queue(size_t bytes_max) override { response_->limit_queue(bytes_max); }
    size_t queued_bytes() const override { return response_->queued_bytes(); }
    void on_close(std::function<void()> callback) override {
        response_->set_on_close(std::move(callback));
    }
    void on_drain(std::function<void()> callback) override {
        response_->set_on_drain(std::move(callback));
    }

private:
    std::shared_ptr<Http1Response> response_;
};

}  // namespace

std::string http1_status_and_headers(int status, const Headers& headers) {
    std::string out = fmt::format("HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
    for (const auto& [name, value] : headers) {
        append_clean(out, name);
        out += ": ";
        append_clean(out, value);
        out += "\r\n";
    }
    return out;
}

Http1Response::Http1Response(std::shared_ptr<Transport> transport, Setup setup)
    : transport_(std::move(transport)), setup_(std::move(setup)) {}

std::shared_ptr<ResponseWriter> Http1Response::make_writer(
    std::shared_ptr<Http1Response> response) {
    return std::make_shared<Http1Writer>(std::move(response));
}

std::string Http1Response::head(int status, const Headers& headers) const {
    std::string out = http1_status_and_headers(status, headers);
    if (!setup_.keep_alive) out += "connection: close\r\n";
    return out;
}

void Http1Response::done_locked() {
    state_ = State::kDone;
    on_close_ = nullptr;
    on_drain_ = nullptr;
    auto told = [self = shared_from_this()] {
        bool keep_alive = false;
        {
            std::lock_guard lock(self->mutex_);
            keep_alive = self->setup_.keep_alive;
        }
        self->setup_.on_done(keep_alive);
    };
    // A session that is not told would wait for ever.
    guarded(
        kLogger, "the end of an answer", [&] { transport_->post(std::move(told)); },
        [this](const std::string&) { transport_->abort(); });
}

void Http1Response::reply(int status, const Headers& headers, std::string_view body) {
    std::lock_guard lock(mutex_);
    if (state_ != State::kNew) {
        if (state_ != State::kLost && state_ != State::kAborted) {
            log_error(kLogger, "event=second_reply status={}", status);
        }
        return;
    }
    std::string bytes = head(status, headers);
    if (status_has_body(status)) {
        fmt::format_to(std::back_inserter(bytes), "content-length: {}\r\n", body.size());
    }
    bytes += "\r\n";
    const bool with_body = status_has_body(status) && !setup_.head_only;
    transport_->send({bytes, with_body ? body : std::string_view()});
    done_locked();
}

void Http1Response::start(int status, const Headers& headers) {
    std::lock_guard lock(mutex_);
    if (state_ != State::kNew) return;
    state_ = State::kStreaming;
    has_body_ = status_has_body(status) && !setup_.head_only;
    std::string bytes = head(status, headers);
    if (status_has_body(status) && !find_header(headers, "transfer-encoding")) {
        // ksqlDB's order: it stands first, unless (PRINT) the handler has given it a place.
        bytes.insert(bytes.find("\r\n") + 2, "Transfer-Encoding: chunked\r\n");
    }
    bytes += "\r\n";
    transport_->send({bytes});
}

void Http1Response::append_chunk(std::string_view chunk, std::string_view tail) {
    if (!has_body_) return;
    if (chunk.empty()) {
        if (!tail.empty()) transport_->send({tail});
        return;
    }
    fmt::memory_buffer size;
    fmt::format_to(std::back_inserter(size), "{:x}\r\n", chunk.size());
    transport_->send({std::string_view(size.data(), size.size()), chunk, "\r\n", tail});
}

bool Http1Response::write(std::string_view chunk) {
    std::lock_guard lock(mutex_);
    if (state_ != State::kStreaming) return false;
    if (chunk.empty() || !has_body_) return true;
    const size_t queued = transport_->queued_bytes();
    const bool full = queued + chunk.size() > setup_.queue_bytes_max ||
                      (queued > kAlwaysQueuedBytes && transport_->memory_is_full());
    if (queued > 0 && full) {
        // Whatever is sent from here on ends in bytes_sent(), which waits for our lock.
        drain_wanted_ = true;
        return false;
    }
    append_chunk(chunk, {});
    return true;
}

void Http1Response::end(std::string_view last_chunk) {
    std::lock_guard lock(mutex_);
    if (state_ != State::kStreaming) return;
    append_chunk(last_chunk, kLastChunk);
    done_locked();
}

void Http1Response::abort() {
    {
        std::lock_guard lock(mutex_);
        if (state_ != State::kNew && state_ != State::kStreaming) return;
        state_ = State::kAborted;
        on_close_ = nullptr;
        on_drain_ = nullptr;
    }
    transport_->abort();
}

void Http1Response::dropped() {
    State state = State::kDone;
    {
        std::lock_guard lock(mutex_);
        state = state_;
    }
    if (state == State::kNew) {
        log_error(kLogger, "event=request_without_answer");
        reply(500, {{"content-type", "application/json"}},
              R"({"@type":"generic_error","error_code":50000,"message":"Internal Server Error"})");
    } else if (state == State::kStreaming) {
        log_error(kLogger, "event=stream_without_end");
        abort();
    }
}

bool Http1Response::started() const {
    std::lock_guard lock(mutex_);
    return state_ == State::kStreaming || state_ == State::kDone;
}

bool Http1Response::closed() const {
    std::lock_guard lock(mutex_);
    return state_ != State::kNew && state_ != State::kStreaming;
}

void Http1Response::limit_queue(size_t bytes_max) {
    std::lock_guard lock(mutex_);
    setup_.queue_bytes_max = std::min(setup_.queue_bytes_max, bytes_max);
}

void Http1Response::set_on_close(std::function<void()> callback) {
    {
        std::lock_guard lock(mutex_);
        if (state_ != State::kLost) {
            if (state_ == State::kNew || state_ == State::kStreaming) {
                on_close_ = std::move(callback);
            }
            return;
        }
    }
    callback();
}

void Http1Response::set_on_drain(std::function<void()> callback) {
    std::lock_guard lock(mutex_);
    if (state_ == State::kNew || state_ == State::kStreaming) on_drain_ = std::move(callback);
}

void Http1Response::connection_lost() {
    std::function<void()> callback;
    {
        std::lock_guard lock(mutex_);
        if (state_ != State::kNew && state_ != State::kStreaming) return;
        state_ = State::kLost;
        callback = std::exchange(on_close_, nullptr);
        on_drain_ = nullptr;
    }
    if (callback) callback();
}

void Http1Response::bytes_sent() {
    std::function<void()> callback;
    {
        std::lock_guard lock(mutex_);
        if (!drain_wanted_ || transport_->queued_bytes() > setup_.queue_bytes_max / 2) return;
        drain_wanted_ = false;
        callback = on_drain_;
    }
    if (callback) callback();
}

void Http1Response::do_not_keep_alive() {
    std::lock_guard lock(mutex_);
    setup_.keep_alive = false;
}

}  // namespace millrace::net
