// One HTTP/1.1 answer: turns ResponseWriter calls, from any thread, into bytes on a connection.
// Internal to server/net.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "server/net/http.h"
#include "server/net/protocol.h"

namespace millrace::net {

/// Shared by the session, which tells it what happens to the connection, and by the writer the
/// handler holds.
class Http1Response : public std::enable_shared_from_this<Http1Response> {
public:
    struct Setup {
        bool head_only = false;  ///< Answers HEAD: headers without a body.
        bool keep_alive = true;
        size_t queue_bytes_max = 0;
        /// Posted to the strand when the answer is complete; the argument is whether to keep alive.
        std::function<void(bool keep_alive)> on_done;
    };
    Http1Response(std::shared_ptr<Transport> transport, Setup setup);

    /// The handle for a handler; dropping the last one settles an unfinished answer.
    static std::shared_ptr<ResponseWriter> make_writer(std::shared_ptr<Http1Response> response);

    void reply(int status, const Headers& headers, std::string_view body);
    void start(int status, const Headers& headers);
    bool write(std::string_view chunk);
    void end(std::string_view last_chunk);
    void abort();
    void dropped();

    bool started() const;
    bool closed() const;
    void limit_queue(size_t bytes_max);
    size_t queued_bytes() const { return transport_->queued_bytes(); }
    void set_on_close(std::function<void()> callback);
    void set_on_drain(std::function<void()> callback);

    // From the session, on the strand.
    void connection_lost();
    void bytes_sent();
    void do_not_keep_alive();

private:
    enum class State { kNew, kStreaming, kDone, kAborted, kLost };

    std::string head(int status, const Headers& headers) const;
    void append_chunk(std::string_view chunk, std::string_view tail);
    void done_locked();

    const std::shared_ptr<Transport> transport_;
    mutable std::mutex mutex_;
    Setup setup_;
    State state_ = State::kNew;
    bool has_body_ = true;
    bool drain_wanted_ = false;
    std::function<void()> on_close_;
    std::function<void()> on_drain_;
};

/// "HTTP/1.1 200 OK\r\n" and the headers, each ended; no blank line yet. Control characters in
/// values become blanks, so that no header can be smuggled in.
std::string http1_status_and_headers(int status, const Headers& headers);

}  // namespace millrace::net
