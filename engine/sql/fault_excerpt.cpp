#include "engine/sql/fault_excerpt.h"

#include "engine/base/text.h"
#include "engine/sql/parser.h"
#include "engine/sql/syntax_error.h"

namespace millrace::sql {
namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '@' || c == '.';
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
    const size_t at = find_word(upper, error.subject());
    return at == std::string_view::npos ? Position{} : position_in_script(script, at, {1, 1});
}

std::string fault_excerpt(std::string_view script, const StatementError& error) {
    return source_excerpt(script, fault_position(script, error));
}

}  // namespace millrace::sql
