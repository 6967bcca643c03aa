// A second reader of HTTP/1.1 requests, by RFC 9112 and nothing else: what a proxy ahead of the
// server would see in the same bytes. Strict: what could be read in two ways it does not read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/text.h"

namespace millrace::fuzz {

struct SeenRequest {
    std::string method, target, body;
    std::vector<std::pair<std::string, std::string>> headers;  ///< Values without blanks around.
};

/// Takes requests off the front of some bytes.
class Http1Reader {
public:
    explicit Http1Reader(std::string_view bytes) : rest_(bytes) {}

    /// Nothing: what is left is no whole request.
    std::optional<SeenRequest> next() {
        while (!rest_.empty() && (rest_[0] == '\r' || rest_[0] == '\n')) rest_.remove_prefix(1);
        SeenRequest request;
        if (!read_request_line(request) || !read_fields(request.headers)) return std::nullopt;
        std::string_view coding, length;
        for (const auto& [name, value] : request.headers) {
            if (lower_ascii(name) == "transfer-encoding") coding = value;
            if (lower_ascii(name) == "content-length") length = value;
        }
        if (!coding.empty() && !length.empty()) return std::nullopt;
        if (!coding.empty()) {
            if (lower_ascii(coding) != "chunked" || !read_chunks(request.body)) return std::nullopt;
        } else if (!length.empty() && !take(length, 10, request.body)) {
            return std::nullopt;
        }
        return request;
    }

private:
    bool read_line(std::string_view& line) {
        const size_t end = rest_.find("\r\n");
        if (end == std::string_view::npos) return false;
        line = rest_.substr(0, end);
        rest_.remove_prefix(end + 2);
        return line.find_first_of("\r\n") == std::string_view::npos;
    }

    bool read_request_line(SeenRequest& request) {
        std::string_view line;
        if (!read_line(line)) return false;
        const size_t first = line.find(' ');
        const size_t last = line.rfind(' ');
        if (first == std::string_view::npos || first == last) return false;
        request.method = line.substr(0, first);
        request.target = line.substr(first + 1, last - first - 1);
        return request.target.find(' ') == std::string::npos && line.ends_with(" HTTP/1.1");
    }

    bool read_fields(std::vector<std::pair<std::string, std::string>>& fields) {
        std::string_view line;
        while (read_line(line)) {
            if (line.empty()) return true;
            const size_t colon = line.find(':');
            if (colon == std::string_view::npos || colon == 0) return false;
            if (line.substr(0, colon).find_first_of(" \t") != std::string_view::npos) return false;
            fields.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1), " \t"));
        }
        return false;
    }

    /// Nobody looks at it; a folded line in it makes no difference to where it ends.
    bool skip_trailer() {
        std::string_view line;
        while (read_line(line))
            if (line.empty()) return true;
        return false;
    }

    bool take(std::string_view digits, int base, std::string& body) {
        const char* const known = base == 10 ? "0123456789" : "0123456789abcdefABCDEF";
        while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
        if (digits.empty() || digits.size() > 9) return false;
        if (digits.find_first_not_of(known) != std::string_view::npos) return false;
        const size_t size = std::stoul(std::string(digits), nullptr, base);
        if (size > rest_.size()) return false;
        body += rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
    }

    bool read_chunks(std::string& body) {
        std::string_view line;
        while (read_line(line)) {
            const std::string_view size = trim(line.substr(0, line.find(';')), " \t");
            const size_t before = body.size();
            if (!take(size, 16, body)) return false;
            if (body.size() == before) return skip_trailer();
            if (!rest_.starts_with("\r\n")) return false;
            rest_.remove_prefix(2);
        }
        return false;
    }

    std::string_view rest_;
};

}  // namespace millrace::fuzz
