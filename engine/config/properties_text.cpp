// Java's properties text.
#include <charconv>
#include <sstream>
#include <string_view>

#include "engine/base/text.h"
#include "engine/config/settings.h"

namespace millrace {

namespace {

constexpr const char* kSpaces = " \t\f";

std::string without_end(std::string line) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

std::string without_blanks_before(const std::string& line) {
    return line.substr(std::min(line.find_first_not_of(kSpaces), line.size()));
}

bool ends_in_backslash(const std::string& line) {
    size_t slashes = 0;
    while (slashes < line.size() && line[line.size() - 1 - slashes] == '\\') ++slashes;
    return slashes % 2 == 1;
}

/// What stands behind a backslash at `at`; moves on to its last character.
void append_escape(const std::string& line, size_t& at, std::string& out) {
    const char c = line[at];
    if (c == 'u' && at + 4 < line.size()) {
        uint32_t code = 0;
        std::from_chars(&line[at + 1], &line[at + 5], code, 16);
        at += 4;
        append_utf8(out, code);
        return;
    }
    out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
}

/// Where the key ends, escapes left out of account: at `=`, `:` or a blank.
size_t end_of_key(const std::string& line) {
    for (size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (std::string_view("=: \t\f").find(line[i]) != std::string_view::npos) {
            return i;
        }
    }
    return line.size();
}

std::string unescaped(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            append_escape(text, ++i, out);
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

std::map<std::string, std::string> parse_properties(const std::string& text) {
    std::map<std::string, std::string> values;
    std::stringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
        line = without_blanks_before(without_end(line));
        if (line.empty() || line[0] == '#' || line[0] == '!') continue;
        while (ends_in_backslash(line)) {
            line.pop_back();
            std::string next;
            if (!std::getline(in, next)) break;
            line += without_blanks_before(without_end(next));
        }
        const size_t end = end_of_key(line);
        size_t at = std::min(line.find_first_not_of(kSpaces, end), line.size());
        if (at < line.size() && (line[at] == '=' || line[at] == ':'))
            at = std::min(line.find_first_not_of(kSpaces, at + 1), line.size());
        values[unescaped(line.substr(0, end))] = unescaped(line.substr(at));
    }
    return values;
}

}  // namespace millrace
