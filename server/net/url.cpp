#include "server/net/url.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/base/bytes.h"

namespace millrace::net {

namespace {

Status bad_url(std::string_view text, std::string_view why) {
    return {Fault::kFatal, fmt::format("Invalid URL '{}': {}", text, why)};
}

}  // namespace

std::string Url::origin() const {
    const bool brackets = host.find(':') != std::string::npos;
    return brackets ? fmt::format("{}://[{}]:{}", scheme, host, port)
                    : fmt::format("{}://{}:{}", scheme, host, port);
}

Result<Url> parse_url(std::string_view text) {
    Url url;
    std::string_view rest = text;
    if (const size_t mark = rest.find("://"); mark != std::string_view::npos) {
        for (char c : rest.substr(0, mark)) {
            url.scheme.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
        }
        rest.remove_prefix(mark + 3);
    } else {
        url.scheme = "http";
    }
    if (url.scheme != "http" && url.scheme != "https") {
        return bad_url(text, "the scheme must be http or https");
    }
    for (char c : rest) {
        if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
            return bad_url(text, "blanks are not allowed");
        }
    }
    const size_t path_at = rest.find_first_of("/?#");
    std::string_view authority = rest.substr(0, path_at);
    if (path_at != std::string_view::npos) {
        std::string_view path = rest.substr(path_at);
        path = path.substr(0, path.find('#'));
        url.path =
            path.empty() || path.front() != '/' ? "/" + std::string(path) : std::string(path);
    } else {
        url.path = "/";
    }
    if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
        std::string_view login = authority.substr(0, at);
        const size_t colon = login.find(':');
        url.user = percent_decode(login.substr(0, colon));
        if (colon != std::string_view::npos) url.password = percent_decode(login.substr(colon + 1));
        authority.remove_prefix(at + 1);
    }
    std::string_view port;
    if (!authority.empty() && authority.front() == '[') {
        const size_t close = authority.find(']');
        if (close == std::string_view::npos) return bad_url(text, "']' is missing");
        url.host = authority.substr(1, close - 1);
        std::string_view tail = authority.substr(close + 1);
        if (!tail.empty() && tail.front() != ':') return bad_url(text, "':' expected after ']'");
        if (!tail.empty()) port = tail.substr(1);
    } else {
        const size_t colon = authority.find(':');
        url.host = authority.substr(0, colon);
        if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    }
    if (url.host.empty()) return bad_url(text, "the host is missing");
    if (url.host.find_first_of("[]") != std::string::npos)
        return bad_url(text, "the host has a bracket");
    url.port = url.scheme == "https" ? 443 : 80;
    if (!port.empty()) {
        const char* end = port.data() + port.size();
        auto [stop, error] = std::from_chars(port.data(), end, url.port);
        if (error != std::errc() || stop != end) {
            return bad_url(text, "the port is not a number up to 65535");
        }
    }
    return url;
}

std::string percent_decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            if (const auto byte = hex_decode(text.substr(i + 1, 2))) {
                out += *byte;
                i += 2;
                continue;
            }
        }
        out.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kDigits[byte >> 4]);
            out.push_back(kDigits[byte & 15]);
        }
    }
    return out;
}

}  // namespace millrace::net
