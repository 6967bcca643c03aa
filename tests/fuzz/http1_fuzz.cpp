// HTTP/1.1 on a connection without a socket: heads, bodies by length and in chunks, requests one
// after another, in any pieces. What the server takes for requests a second reader sees in the same
// bytes; the pieces make no difference; each request is answered once, in order. The first byte
// picks limits and how the handler answers, the second the pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "server/net/protocol.h"
#include "server/net/unfinished_requests.h"
#include "tests/fuzz/http1_reader.h"

using namespace millrace;
using namespace millrace::net;

namespace {

struct Mode {
    explicit Mode(uint8_t byte)
        : answer(byte % 4),
          small((byte & 4) != 0),
          late((byte & 8) != 0),
          shut_down((byte & 16) != 0),
          hang_up((byte & 32) != 0) {}
    int answer;               ///< At once, in chunks, never, when all bytes have come.
    bool small, late;         ///< Small limits; no time.
    bool shut_down, hang_up;  ///< In the midst.
    bool same_at_any_split() const { return !small && !late && !shut_down && !hang_up; }
};

class Wire final : public Transport {
public:
    void send(std::initializer_list<std::string_view> parts) override {
        if (closed) return;
        for (const std::string_view part : parts) sent += part;
    }
    size_t queued_bytes() const override { return 0; }
    bool memory_is_full() const override { return false; }
    void post(std::function<void()> task) override { tasks_.push_back(std::move(task)); }
    void resume_reading() override {}
    void finish() override { closed = true; }
    void abort() override { closed = true; }
    void set_deadline(int64_t) override {}

    void run_tasks() {
        while (!tasks_.empty()) {
            const auto task = std::move(tasks_.front());
            tasks_.pop_front();
            task();
        }
    }

    std::string sent;
    bool closed = false;

private:
    std::deque<std::function<void()>> tasks_;
};

class Peer {
public:
    explicit Peer(const Mode& mode) : mode_(mode), wire_(std::make_shared<Wire>()) {
        ProtocolContext context;
        context.handler = [this](const std::shared_ptr<Request>& request,
                                 const std::shared_ptr<ResponseWriter>& writer) {
            requests.push_back(*request);
            if (mode_.answer == 3) {
                waiting_.push_back(writer);
            } else if (mode_.answer != 2) {
                answer(*writer);
            }
        };
        context.body_bytes_max = mode.small ? 64 : 1U << 20;
        context.header_bytes_max = mode.small ? 200 : 64U << 10;
        context.queue_bytes_max = 1U << 20;
        context.header_timeout = context.body_timeout =
            std::chrono::milliseconds(mode.late ? 0 : 1000000);
        context.unfinished = std::make_shared<UnfinishedRequests>(mode.small ? 100 : 1U << 20);
        protocol_ = make_http1(*wire_, std::move(context));
    }

    void feed(std::string_view piece) {
        if (wire_->closed) return;
        protocol_->on_bytes(piece);
        protocol_->on_sent();
        wire_->run_tasks();
        if (mode_.late) protocol_->on_deadline();
    }
    void shut_down() { protocol_->shut_down(); }
    void hang_up() {
        wire_->closed = true;
        protocol_->on_closed();
    }
    /// Answers what waits, as long as more comes of it.
    void settle() {
        while (!waiting_.empty()) {
            const auto writer = std::move(waiting_.front());
            waiting_.pop_front();
            answer(*writer);
            wire_->run_tasks();
        }
    }
    const std::string& sent() const { return wire_->sent; }

    std::vector<Request> requests;

private:
    void answer(ResponseWriter& writer) const {
        if (mode_.answer == 1) {
            writer.start(200, {{"a", "b"}});
            (void)writer.write("ab");
            writer.end("c");
        } else {
            writer.reply(200, {}, "abc");
        }
    }

    const Mode mode_;
    const std::shared_ptr<Wire> wire_;
    std::shared_ptr<Protocol> protocol_;
    std::deque<std::shared_ptr<ResponseWriter>> waiting_;
};

/// Those of one name stand together in a request.
Headers sorted(Headers headers) {
    std::sort(headers.begin(), headers.end());
    return headers;
}

void check_seen(std::string_view bytes, const std::vector<Request>& requests) {
    fuzz::Http1Reader reader(bytes);
    for (const Request& request : requests) {
        const auto seen = reader.next();
        MR_CHECK(seen.has_value(), "a request that nobody else would see");
        MR_CHECK(seen->method == request.method, "another method");
        MR_CHECK(seen->target.find(request.path) != std::string::npos || request.path == "/",
                 "another path");
        MR_CHECK(sorted(seen->headers) == sorted(request.headers), "other headers");
        MR_CHECK(seen->body == request.body, "another body");
    }
}

/// Takes one answer off the front; false: there is none, whole and well formed.
bool take_answer(std::string_view& sent, bool head_only) {
    const size_t end = sent.find("\r\n\r\n");
    if (!sent.starts_with("HTTP/1.1 ") || end == std::string_view::npos) return false;
    const std::string head = lower_ascii(sent.substr(0, end + 2));
    sent.remove_prefix(end + 4);
    if (head_only) return true;
    if (head.find("transfer-encoding: chunked\r\n") != std::string::npos) {
        const size_t last = sent.find("0\r\n\r\n");
        if (last == std::string_view::npos) return false;
        sent.remove_prefix(last + 5);
        return true;
    }
    const size_t length = head.find("content-length: ");
    if (length == std::string::npos) return false;
    const size_t size = std::stoul(head.substr(length + 16));
    if (size > sent.size()) return false;
    sent.remove_prefix(size);
    return true;
}

std::string without_continues(std::string sent) {
    static const std::string kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    for (size_t at = 0; (at = sent.find(kContinue, at)) != std::string::npos;)
        sent.erase(at, kContinue.size());
    return sent;
}

/// As many answers as requests, and one more where the connection ended with a refusal.
void check_answers(const Peer& peer) {
    const std::string all = without_continues(peer.sent());
    std::string_view sent = all;
    for (const Request& request : peer.requests)
        MR_CHECK(take_answer(sent, request.method == "HEAD"), "a request without its answer");
    if (!sent.empty()) MR_CHECK(take_answer(sent, false), "a refusal that is no answer");
    MR_CHECK(sent.empty(), "more than was asked for");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    set_log_level(LogLevel::kOff);  // It tells of each request that is not answered.
    const Mode mode(data[0]);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const size_t piece_max = data[1] % 2 == 0 ? 1 + data[1] / 2 : 1 + data[1] % 7;
    Peer pieces(mode);
    for (size_t at = 0, i = 0; at < bytes.size(); ++i) {
        const size_t length = 1 + (data[1] + i * 7) % piece_max;
        pieces.feed(bytes.substr(at, length));
        at += length;
        if (at < bytes.size() / 2) continue;
        if (mode.shut_down) pieces.shut_down();
        if (mode.hang_up) pieces.hang_up();
    }
    pieces.settle();
    check_seen(bytes, pieces.requests);
    if (!mode.hang_up) check_answers(pieces);
    if (!mode.same_at_any_split()) return 0;
    Peer whole(mode);
    whole.feed(bytes);
    whole.settle();
    check_answers(whole);
    // How one that is none is refused may differ: Beast takes a chunk's size off what a body may
    // have each time that it looks at a line that it cannot make out.
    MR_CHECK(whole.requests.size() == pieces.requests.size(), "the same requests");
    for (size_t i = 0; i < whole.requests.size(); ++i) {
        const Request &one = whole.requests[i], &other = pieces.requests[i];
        MR_CHECK(one.path == other.path && one.query == other.query && one.body == other.body,
                 "the same requests");
    }
    return 0;
}
