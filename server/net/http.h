// What a request and its answer are to everything outside server/net: no library types, no
// protocol. The same handler serves HTTP/1.1 today and HTTP/2 streams or websockets later and
// cannot tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::net {

/// Names and values in the order sent; names keep their letter case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of `name`, compared without regard to letter case.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

/// True when a comma-separated header value has `token` (no regard to case, parameters aside).
bool header_has_token(std::string_view value, std::string_view token);

/// The reason phrase of a status line; "Unknown" for a code nobody has named.
std::string_view reason_phrase(int status);

/// A whole request. Immutable once handed to the handler, so any thread may read it.
struct Request {
    std::string method;  ///< As sent, upper case in practice: GET, POST, HEAD, OPTIONS …
    std::string path;    ///< Starts with '/', still percent-encoded, without host and query.
    std::string query;   ///< What follows '?', raw.
    Headers headers;
    std::string body;            ///< Complete, chunking undone.
    bool secure = false;         ///< Arrived over TLS.
    std::string remote_address;  ///< Textual IP.
    uint16_t remote_port = 0;
    uint16_t local_port = 0;  ///< Which listener it came in by.

    std::optional<std::string_view> header(std::string_view name) const {
        return find_header(headers, name);
    }
};

/// The way back to the client. Every method may be called from any thread; calls for one response
/// must follow each other (one producer at a time). Either reply() once, or start(), write()*,
/// end(). Calls after the client has gone are accepted and do nothing. A writer that is dropped
/// without an answer sends 500; one dropped in the middle of a stream closes the connection.
class ResponseWriter {
public:
    virtual ~ResponseWriter() = default;

    /// A whole answer: the headers as given, then content-length.
    virtual void reply(int status, Headers headers, std::string body) = 0;

    /// Begins a streamed answer; sent at once, ahead of the first chunk. HTTP/1.1 says
    /// `Transfer-Encoding: chunked` first, or where `headers` have that line.
    virtual void start(int status, Headers headers) = 0;
    /// One HTTP/1.1 chunk (or HTTP/2 DATA frame), bytes exactly as given; empty ones are skipped.
    /// False when it was not taken: the client is gone (closed()) or the queue of unsent bytes is
    /// full. A chunk is always taken when the queue is empty, however long it is.
    [[nodiscard]] virtual bool write(std::string_view chunk) = 0;
    /// Ends the stream cleanly; a last chunk is taken even when the queue is full.
    virtual void end(std::string_view last_chunk = {}) = 0;
    /// Cuts the connection (HTTP/2: resets the stream): the client must not take this for an end.
    virtual void abort() = 0;

    virtual bool started() const = 0;
    /// The client hung up, the connection failed or the answer is complete.
    virtual bool closed() const = 0;
    /// From here on write() refuses at this many unsent bytes, where the server's own limit is not
    /// lower: for who can wait until there is room.
    virtual void limit_queue(size_t bytes_max) = 0;
    /// Bytes accepted and not yet handed to the operating system.
    virtual size_t queued_bytes() const = 0;

    /// Called once, from an I/O thread, when the client is lost before the answer was complete; at
    /// once, from this thread, when that has already happened. Must not block.
    virtual void on_close(std::function<void()> callback) = 0;
    /// Called, from an I/O thread, when after a refused write() the queue has fallen below half its
    /// limit. Must not block; stays registered.
    virtual void on_drain(std::function<void()> callback) = 0;
};

/// Called on an I/O thread: must hand anything that waits or computes to another thread. An
/// exception out of it answers 500.
using Handler = std::function<void(std::shared_ptr<Request>, std::shared_ptr<ResponseWriter>)>;

}  // namespace millrace::net
