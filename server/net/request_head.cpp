#include "server/net/request_head.h"

#include <algorithm>
#include <vector>

#include "engine/base/text.h"

namespace millrace::net {

namespace {

bool is_alnum(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

bool is_host(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) ||
               std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos;
    });
}

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

RequestFault malformed(std::string_view why) {
    return {400, "Malformed HTTP request: " + std::string(why) + "."};
}

/// The lines that say for whom a request is and where it ends.
struct Framing {
    std::vector<std::string_view> hosts, lengths, codings;
};

std::optional<RequestFault> check_codings(const Framing& framing) {
    if (framing.codings.empty()) return std::nullopt;
    if (!framing.lengths.empty()) {
        return malformed("both Transfer-Encoding and Content-Length");
    }
    size_t num_chunked = 0;
    for (std::string_view line : framing.codings) {
        for (std::string_view coding : split(line, ',')) {
            if (!is_token(coding.substr(0, coding.find(';')))) {
                return malformed("bad Transfer-Encoding");
            }
            if (lower_ascii(coding) == "chunked") {
                ++num_chunked;
            } else {
                return RequestFault{501, "Of transfer codings this server knows chunked alone."};
            }
        }
    }
    if (num_chunked > 1) return malformed("chunked more than once");
    return std::nullopt;
}

std::optional<RequestFault> check_framing(const Framing& framing, bool needs_host) {
    if (framing.hosts.size() > 1) return malformed("more than one Host");
    if (framing.hosts.empty() && needs_host) return malformed("no Host");
    if (!framing.hosts.empty() && !is_host(framing.hosts[0])) return malformed("bad Host");
    for (std::string_view length : framing.lengths) {
        if (!is_number(length)) return malformed("bad Content-Length");
        if (length != framing.lengths[0]) return malformed("two different Content-Length");
    }
    return check_codings(framing);
}

/// One line's; what of it counts goes into `framing`.
std::optional<RequestFault> check_field(std::string_view line, Framing& framing) {
    if (line.front() == ' ' || line.front() == '\t') return malformed("a folded header line");
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return malformed("a header line without a colon");
    // A blank ahead of the colon is no token either.
    if (!is_token(line.substr(0, colon))) return malformed("bad header name");
    if (has_control(line)) return malformed("a control character in a header");
    const std::string name = lower_ascii(line.substr(0, colon));
    const std::string_view value = trim(line.substr(colon + 1), " \t");
    if (name == "host") framing.hosts.push_back(value);
    if (name == "content-length") framing.lengths.push_back(value);
    if (name == "transfer-encoding") framing.codings.push_back(value);
    return std::nullopt;
}

}  // namespace

HeadScanner::Found HeadScanner::scan(std::string_view bytes) {
    // TLS, or some other protocol: no line may ever end.
    if (!bytes.empty() && !is_token(bytes.substr(0, 1))) return Found::kFault;
    while (at_ < bytes.size()) {
        const size_t end = bytes.find('\n', at_);
        if (end == std::string_view::npos) {
            at_ = bytes.size();
            break;
        }
        if (end == 0 || bytes[end - 1] != '\r') return Found::kFault;
        at_ = end + 1;
        if (bytes.substr(0, at_).ends_with("\r\n\r\n")) return Found::kEnd;
    }
    return Found::kNothing;
}

std::optional<RequestFault> check_head(std::string_view head) {
    Framing framing;
    const size_t line_end = head.find("\r\n");
    const std::string_view request_line = head.substr(0, line_end);
    if (has_control(request_line)) return malformed("a control character in the request line");
    head.remove_prefix(line_end + 2);
    while (!head.starts_with("\r\n")) {
        const size_t end = head.find("\r\n");
        if (auto fault = check_field(head.substr(0, end), framing)) return fault;
        head.remove_prefix(end + 2);
    }
    return check_framing(framing, request_line.ends_with(" HTTP/1.1"));
}

}  // namespace millrace::net
