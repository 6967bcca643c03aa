// Cuts what a user types into statements: at each ';' outside quotes and comments. Also the few
// tokens the shell has to understand itself. Pure functions and a value type.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

struct SplitText {
    std::vector<std::string> statements;  ///< Each with its ';', comments taken out.
    std::string rest;                     ///< After the last ';', trimmed.
    bool open = false;                    ///< The text ends inside quotes or a comment.
};

SplitText split_statements(std::string_view text);

/// Collects lines until they make whole statements.
class StatementBuffer {
public:
    /// A line without its end; a backslash at its end only says that more follows.
    void add_line(std::string_view line);
    /// Nothing typed yet but blanks and comments.
    bool empty() const;
    /// Statements are complete: nothing follows the last ';'.
    bool complete() const;
    /// All statements, an unfinished one too, which gets its ';'. Empties the buffer.
    std::vector<std::string> take();
    void clear() { text_.clear(); }

private:
    std::string text_;
};

struct Token {
    enum class Kind { kWord, kString, kQuotedName, kSign };
    Kind kind = Kind::kSign;
    std::string text;  ///< Words as typed; strings and quoted names unescaped.

    bool is_word(std::string_view upper_case) const;
};

/// The first tokens of a statement (all of them for most), comments left out.
std::vector<Token> tokenize(std::string_view statement, size_t tokens_max = 64);

}  // namespace millrace::cli
