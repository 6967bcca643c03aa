// A request's head before it is parsed: where it ends, and whether every reader of it (a proxy
// ahead of this server, and this server) must see the same requests in the same bytes. Internal to
// server/net; one connection's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::net {

/// How a request is refused: the answer's status, and what it says.
struct RequestFault {
    int status = 400;
    std::string message;
};

/// Finds a head's end in bytes as they come; looks at each once.
class HeadScanner {
public:
    enum class Found { kNothing, kEnd, kFault };

    /// `bytes`: all of the request so far, from its first byte on.
    Found scan(std::string_view bytes);
    /// Of the head, blank line included. REQUIRES: kEnd was found.
    size_t size() const { return at_; }
    bool fresh() const { return at_ == 0; }
    void reset() { at_ = 0; }

private:
    size_t at_ = 0;  ///< So many bytes have been looked at.
};

/// What is wrong with a whole head: control characters in it, folded lines, blanks ahead of a
/// colon, not exactly one Host, lengths that contradict each other, codings other than chunked.
std::optional<RequestFault> check_head(std::string_view head);

}  // namespace millrace::net
