// Java's properties text.
#include <charconv>
#include <sstream>
#include <string_view>

#include "engine/base/error.h"
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

[[noreturn]] void refuse_escape(size_t line_number, const std::string& escape) {
    refuse(ErrorKind::kGeneral, "line " + std::to_string(line_number) + ": " + escape +
                                    " is no character: \\u needs four hexadecimal digits");
}

/// The four digits behind the `u` at `at`; moves on to the last of them.
uint32_t code_unit(const std::string& line, size_t& at, size_t line_number) {
    const std::string digits = line.substr(at + 1, 4);
    uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() < 4 || error != std::errc() || end != digits.data() + digits.size()) {
        refuse_escape(line_number, "\\u" + digits);
    }
    at += 4;
    return code;
}

/// What stands behind a backslash at `at`; moves on to its last character.
void append_escape(const std::string& line, size_t& at, size_t line_number, std::string& out) {
    const char c = line[at];
    if (c != 'u') {
        out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'f' ? '\f' : c;
        return;
    }
    uint32_t code = code_unit(line, at, line_number);
    const bool is_first = code >= 0xD800 && code < 0xDC00;
    if (is_first && line.compare(at + 1, 2, "\\u") == 0) {  // Java writes one in two halves.
        at += 2;
        const uint32_t second = code_unit(line, at, line_number);
        if (second >= 0xDC00 && second < 0xE000)
            code = 0x10000 + ((code - 0xD800) << 10) + (second - 0xDC00);
    }
    if (code >= 0xD800 && code < 0xE000) refuse_escape(line_number, "half of a pair of \\u");
    append_utf8(out, code);
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

std::string unescaped(const std::string& text, size_t line_number) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            append_escape(text, ++i, line_number, out);
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

std::map<std::string, std::string> parse_properties(const std::string& text) {
    std::map<std::string, std::string> values;
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        refuse(ErrorKind::kGeneral, "It is written in UTF-16; properties are read as UTF-8");
    constexpr std::string_view kMark = "\xEF\xBB\xBF";  // Editors begin UTF-8 with it.
    std::stringstream in(text.starts_with(kMark) ? text.substr(kMark.size()) : text);
    std::string line;
    size_t line_number = 0;
    while (std::getline(in, line)) {
        const size_t began = ++line_number;
        line = without_blanks_before(without_end(line));
        if (line.empty() || line[0] == '#' || line[0] == '!') continue;
        while (ends_in_backslash(line)) {
            line.pop_back();
            std::string next;
            if (!std::getline(in, next)) break;
            ++line_number;
            line += without_blanks_before(without_end(next));
        }
        const size_t end = end_of_key(line);
        size_t at = std::min(line.find_first_not_of(kSpaces, end), line.size());
        if (at < line.size() && (line[at] == '=' || line[at] == ':'))
            at = std::min(line.find_first_not_of(kSpaces, at + 1), line.size());
        values[unescaped(line.substr(0, end), began)] = unescaped(line.substr(at), began);
    }
    return values;
}

}  // namespace millrace
