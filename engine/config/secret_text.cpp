// Secrets within a text: of a URL, of a line of options, of a header.
#include <cctype>

#include "engine/base/text.h"
#include "engine/config/table.h"

namespace millrace {

namespace {

constexpr std::string_view kUrlMark = "://";

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_name_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

size_t end_of_name(std::string_view text, size_t at) {
    while (at < text.size() && is_name_char(text[at])) ++at;
    return at;
}

size_t after_blanks(std::string_view text, size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
}

/// `"`, `'`, or one of them behind the backslash of a text within a text.
size_t after_quote(std::string_view text, size_t at) {
    const size_t quote = at < text.size() && text[at] == '\\' ? at + 1 : at;
    return quote < text.size() && (text[quote] == '"' || text[quote] == '\'') ? quote + 1 : at;
}

/// Where the value of the name that ends at `at` begins; npos: none does, as in a URL's scheme.
size_t value_after(std::string_view text, size_t at) {
    at = after_blanks(text, after_quote(text, at));
    if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return std::string_view::npos;
    if (text.substr(at).starts_with(kUrlMark)) return std::string_view::npos;
    return after_blanks(text, at + 1);
}

bool begins_pair(std::string_view text, size_t at) {
    at = after_quote(text, after_blanks(text, at));
    const size_t end = end_of_name(text, at);
    return end > at && value_after(text, end) != std::string_view::npos;
}

/// In quotes: the next one of the kind. Else what a name follows: a secret may hold commas and
/// blanks itself.
size_t end_of_value(std::string_view text, size_t begin, size_t quote_end) {
    if (quote_end != begin) {
        const std::string_view quote = text.substr(begin, quote_end - begin);
        for (size_t at = quote_end; at < text.size(); ++at) {
            if (text.substr(at).starts_with(quote)) return at;
            if (text[at] == '\\') ++at;
        }
        return text.size();
    }
    for (size_t at = begin; at < text.size(); ++at) {
        const bool parts = std::string_view("&;,").find(text[at]) != std::string_view::npos;
        if ((parts || is_blank(text[at])) && begins_pair(text, at + 1)) return at;
    }
    return text.size();
}

/// The host of a URL or an address, whose port follows.
bool is_host(std::string_view text, size_t name) {
    return name > 0 && (text[name - 1] == '/' || text[name - 1] == '@');
}

/// `Bearer …` and `Basic …`.
bool is_scheme_of_login(std::string_view word) {
    const std::string lower = lower_ascii(word);
    return lower == "bearer" || lower == "basic";
}

/// What of the text from `name` on is a secret's: begin and end of that; the same: nothing.
std::pair<size_t, size_t> secret_after(std::string_view text, size_t name, size_t name_end) {
    const std::string_view word = text.substr(name, name_end - name);
    const size_t value = value_after(text, name_end);
    if (value != std::string_view::npos) {
        if (!is_secret_name(word) || is_host(text, name)) return {name_end, name_end};
        const size_t begin = after_quote(text, value);
        return {begin, end_of_value(text, value, begin)};
    }
    const size_t begin = after_blanks(text, name_end);
    if (begin == name_end || !is_scheme_of_login(word)) return {name_end, name_end};
    size_t end = begin;
    while (end < text.size() && !is_blank(text[end]) && text[end] != '"' && text[end] != '\'' &&
           text[end] != ',' && text[end] != ';') {
        ++end;
    }
    return {begin, end};
}

/// `name=value`, `name: value`, `"name":"value"` without the values of secrets.
std::string without_pairs(std::string_view text) {
    std::string out;
    size_t shown = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t name_end = end_of_name(text, at);
        if (name_end == at) {
            ++at;
            continue;
        }
        const auto [begin, end] = secret_after(text, at, name_end);
        at = name_end;
        if (begin == end) continue;
        out += text.substr(shown, begin - shown);
        out += kHidden;
        shown = at = end;
    }
    return out += text.substr(shown);
}

}  // namespace

std::string without_url_passwords(std::string_view text) {
    std::string out;
    size_t from = 0;
    if (text.find(kUrlMark) == std::string_view::npos) {
        // Perhaps a URL whose scheme was forgotten.
        const size_t colon = text.find(':');
        const size_t at = text.rfind('@');
        if (at == std::string_view::npos || colon >= at) return std::string(text);
        return std::string(text.substr(0, colon + 1)) + kHidden + std::string(text.substr(at));
    }
    for (size_t mark = text.find(kUrlMark); mark != std::string_view::npos;) {
        const size_t begin = mark + kUrlMark.size();
        const size_t next = text.find(kUrlMark, begin);
        // A password may hold a slash or a comma: what lies before the last @ is not the host's.
        const std::string_view whole = text.substr(begin, next - begin);
        const size_t at = whole.rfind('@');
        if (at != std::string_view::npos) {
            const size_t colon = whole.substr(0, at).find(':');
            const size_t shown = colon == std::string_view::npos ? 0 : colon + 1;
            out += text.substr(from, begin + shown - from);
            out += kHidden;
            from = begin + at;
        }
        mark = next;
    }
    return out + std::string(text.substr(from));
}

std::string text_without_secrets(std::string_view text) {
    return without_pairs(without_url_passwords(text));
}

}  // namespace millrace
