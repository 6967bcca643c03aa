// Parts of URLs as java.net.URI (RFC 2396) sees them, and form encoding.
#include <algorithm>
#include <cctype>

#include "engine/base/bytes.h"
#include "engine/base/unicode.h"
#include "engine/functions/families.h"
#include "engine/functions/scalar.h"

namespace millrace::functions {
namespace {

bool is_alnum(char c) {
    return static_cast<unsigned char>(c) < 0x80 && std::isalnum(static_cast<unsigned char>(c));
}

/// The byte that "%xx" at `at` stands for.
std::optional<std::string> escaped_byte(std::string_view text, size_t at) {
    if (text[at] != '%' || at + 2 >= text.size()) return std::nullopt;
    return hex_decode(text.substr(at + 1, 2));
}

/// %xx runs decoded as UTF-8; what is none becomes U+FFFD.
std::string decode_percent(std::string_view text) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
        if (text[at] != '%') {
            out += text[at++];
            continue;
        }
        std::string bytes;
        while (at < text.size()) {
            const auto byte = escaped_byte(text, at);
            if (!byte) break;
            bytes += *byte;
            at += 3;
        }
        if (bytes.empty()) {
            out += text[at++];
            continue;
        }
        for (size_t i = 0; i < bytes.size();) append_utf8(out, next_code_point(bytes, i));
    }
    return out;
}

using Part = std::optional<std::string_view>;

struct Uri {
    Part scheme, host, path, query, fragment;
    std::optional<int32_t> port;
};

[[noreturn]] void malformed(std::string_view text, const char* why) {
    throw RowError("URL input has invalid syntax: " + std::string(text) + " (" + why + ")");
}

void check_characters(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F ||
            std::string_view("<>\"{}|\\^`").find(c) != std::string_view::npos)
            malformed(text, "illegal character");
        if (c == '%' && !escaped_byte(text, i)) malformed(text, "malformed escape pair");
    }
    if (is_ascii(text)) return;
    for (size_t at = 0; at < text.size();) {
        const char32_t c = next_code_point(text, at);
        if ((c >= 0x80 && c <= 0xA0) || c == 0x2007 || c == 0x202F ||
            (c > 0xA0 && is_java_whitespace(c)))
            malformed(text, "illegal character");
    }
}

/// Labels of letters, digits and inner hyphens; of several the last begins with a letter, unless
/// all of it is an IPv4 address.
bool is_host(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.empty()) return false;
    size_t labels = 0, numbers = 0;
    char first_of_last = 0;
    for (size_t from = 0; from <= host.size(); ++labels) {
        const size_t dot = std::min(host.find('.', from), host.size());
        const std::string_view label = host.substr(from, dot - from);
        if (label.empty() || label.front() == '-' || label.back() == '-') return false;
        for (char c : label)
            if (!is_alnum(c) && c != '-') return false;
        const bool number =
            label.size() <= 3 &&
            std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (number && std::stoi(std::string(label)) <= 255) ++numbers;
        first_of_last = label.front();
        from = dot + 1;
    }
    if (labels == 4 && numbers == 4) return true;
    return labels == 1 || std::isalpha(static_cast<unsigned char>(first_of_last));
}

void parse_authority(std::string_view authority, Uri& uri) {
    size_t at = authority.find('@');
    if (at != std::string_view::npos) authority.remove_prefix(at + 1);
    size_t end = authority.size();
    if (authority.starts_with("[")) {
        size_t close = authority.find(']');
        if (close == std::string_view::npos) malformed(authority, "expected closing bracket");
        end = close + 1;
    } else {
        size_t colon = authority.find(':');
        if (colon != std::string_view::npos) end = colon;
        if (end > 0 && !is_host(authority.substr(0, end))) return;  // A registry's, no server's.
    }
    std::string_view port = authority.substr(end);
    if (!port.empty()) {
        port.remove_prefix(1);
        int64_t number = 0;
        for (char c : port) {
            if (c < '0' || c > '9' || number > INT32_MAX) return;
            number = number * 10 + (c - '0');
        }
        if (!port.empty() && number <= INT32_MAX) uri.port = static_cast<int32_t>(number);
    }
    if (end > 0) uri.host = authority.substr(0, end);
}

Uri parse_uri(std::string_view text) {
    size_t hash = text.find('#');
    check_characters(text.substr(0, hash));
    Uri out;
    if (hash != std::string_view::npos) {
        out.fragment = text.substr(hash + 1);
        check_characters(*out.fragment);
        text = text.substr(0, hash);
    }
    size_t colon = text.find_first_of(":/?");
    if (colon != std::string_view::npos && text[colon] == ':') {
        out.scheme = text.substr(0, colon);
        bool good = colon > 0 && std::isalpha(static_cast<unsigned char>(text[0]));
        for (char c : *out.scheme) good = good && (is_alnum(c) || c == '+' || c == '-' || c == '.');
        if (!good) malformed(text, "illegal character in scheme name");
        text.remove_prefix(colon + 1);
        if (text.empty()) malformed(*out.scheme, "expected scheme-specific part");
        if (text[0] != '/') return out;  // Opaque: mailto:…
    }
    size_t mark = text.find('?');
    if (mark != std::string_view::npos) {
        out.query = text.substr(mark + 1);
        text = text.substr(0, mark);
    }
    if (text.starts_with("//")) {
        if (text.size() == 2 && !out.query && !out.fragment) malformed(text, "expected authority");
        size_t slash = text.find('/', 2);
        parse_authority(text.substr(2, slash == std::string_view::npos ? slash : slash - 2), out);
        text = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
    }
    out.path = text;
    return out;
}

std::optional<std::string> decoded(const Part& part) {
    if (!part) return std::nullopt;
    return decode_percent(*part);
}
std::optional<std::string_view> protocol(std::string_view url) {
    return parse_uri(url).scheme;
}
std::optional<std::string_view> host(std::string_view url) {
    return parse_uri(url).host;
}
std::optional<int32_t> port(std::string_view url) {
    return parse_uri(url).port;
}
std::optional<std::string> path(std::string_view url) {
    return decoded(parse_uri(url).path);
}
std::optional<std::string> query(std::string_view url) {
    return decoded(parse_uri(url).query);
}
std::optional<std::string> fragment(std::string_view url) {
    return decoded(parse_uri(url).fragment);
}

std::optional<std::string> parameter(std::string_view url, std::string_view name) {
    auto all = decoded(parse_uri(url).query);
    if (!all) return std::nullopt;
    std::string_view rest = *all;
    while (true) {
        size_t end = rest.find('&');
        std::string_view pair = rest.substr(0, end);
        size_t equals = pair.find('=');
        if (pair.substr(0, equals) == name)
            return equals == std::string_view::npos ? "" : std::string(pair.substr(equals + 1));
        if (end == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(end + 1);
    }
}

std::string encode_param(std::string_view text) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '*') {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        }
    }
    return out;
}
std::string decode_param(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i)
        if (text[i] == '%' && !escaped_byte(text, i))
            throw RowError("URLDecoder: Illegal hex characters in escape (%) pattern");
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return decode_percent(spaced);
}

}  // namespace

void add_url_functions(FunctionRegistry& registry) {
    Family f(registry, "URL");
    std::vector<std::string> names = {"input"};
    f.scalar("URL_DECODE_PARAM", "Form-encoded text, decoded.", &decode_param, names);
    f.scalar("URL_ENCODE_PARAM", "Text, form-encoded.", &encode_param, names);
    f.scalar("URL_EXTRACT_FRAGMENT", "The part behind #.", &fragment, names);
    f.scalar("URL_EXTRACT_HOST", "The host.", &host, names);
    f.scalar("URL_EXTRACT_PARAMETER", "A parameter of the query.", &parameter,
             {"input", "paramToFind"});
    f.scalar("URL_EXTRACT_PATH", "The path.", &path, names);
    f.scalar("URL_EXTRACT_PORT", "The port, when it is written.", &port, names);
    f.scalar("URL_EXTRACT_PROTOCOL", "The scheme.", &protocol, names);
    f.scalar("URL_EXTRACT_QUERY", "The part behind ?.", &query, names);
}

}  // namespace millrace::functions
