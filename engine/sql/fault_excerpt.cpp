#include "engine/sql/fault_excerpt.h"

#include <algorithm>
#include <vector>

#include "engine/base/text.h"
#include "engine/sql/parser.h"
#include "engine/sql/syntax_error.h"

namespace millrace::sql {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '@' || c == '.';
}

/// The first line of a message up to what it advises: names there are suggestions.
std::string_view complaint(std::string_view message) {
    message = message.substr(0, message.find("Did you mean"));
    return message.substr(0, message.find("\nStatement:"));
}

/// Names that a message may be about, likely ones first.
std::vector<std::string_view> names_in(std::string_view message) {
    message = complaint(message);
    std::vector<std::string_view> names;
    for (size_t at = 0; at < message.size(); ++at) {
        const char quote = message[at];
        if (quote != '\'' && quote != '`' && quote != '"') continue;
        if (at > 0 && is_word(message[at - 1])) continue;  // Can't.
        const size_t close = message.find(quote, at + 1);
        if (close == std::string_view::npos) break;
        names.push_back(message.substr(at + 1, close - at - 1));
        at = close;
    }
    // "Unknown property: X", "Invalid config variable(s) in the WITH clause: A,B".
    size_t from = message.rfind(": ");
    if (from != std::string_view::npos) {
        size_t end = from + 2;
        while (end < message.size() && is_word(message[end])) ++end;
        while (end > from + 2 && message[end - 1] == '.') --end;
        names.push_back(message.substr(from + 2, end - from - 2));
    }
    // "Stream X does not exist."
    size_t end = message.find(" does not exist");
    if (end != std::string_view::npos) {
        size_t start = end;
        while (start > 0 && is_word(message[start - 1])) --start;
        names.push_back(message.substr(start, end - start));
    }
    return names;
}

size_t find_word(std::string_view upper_text, std::string_view name) {
    const std::string word = upper_ascii(name);
    if (word.empty()) return std::string_view::npos;
    for (size_t at = upper_text.find(word); at != std::string_view::npos;
         at = upper_text.find(word, at + 1)) {
        const size_t end = at + word.size();
        const bool starts = at == 0 || !is_word(upper_text[at - 1]);
        if (starts && (end == upper_text.size() || !is_word(upper_text[end]))) return at;
    }
    return std::string_view::npos;
}

}  // namespace

Position fault_position(std::string_view script, const StatementError& error) {
    if (error.position().line > 0) return error.position();
    const std::string upper = upper_ascii(script);
    for (std::string_view name : names_in(error.what())) {
        const size_t at = find_word(upper, name);
        if (at != std::string_view::npos) return position_in_script(script, at, {1, 1});
    }
    return {};
}

std::string fault_excerpt(std::string_view script, const StatementError& error) {
    return source_excerpt(script, fault_position(script, error));
}

}  // namespace millrace::sql
