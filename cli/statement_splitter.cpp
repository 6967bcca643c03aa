#include "cli/statement_splitter.h"

#include <cctype>

#include "engine/base/text.h"

namespace millrace::cli {

namespace {

bool is_blank(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}
bool is_word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool is_quote(char c) {
    return c == '\'' || c == '"' || c == '`';
}

/// The end of the quoted text that starts at `at`: behind its closing quote; npos when it is open.
size_t quote_end(std::string_view text, size_t at) {
    const char quote = text[at];
    for (size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] != quote) continue;
        if (i + 1 < text.size() && text[i + 1] == quote) {
            ++i;  // A doubled quote stands for itself.
        } else {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

/// The end of the comment that starts at `at`; `at` itself when none does; npos when it is open.
size_t comment_end(std::string_view text, size_t at) {
    const std::string_view start = text.substr(at, 2);
    if (start == "--") return std::min(text.find('\n', at), text.size());
    if (start == "/*") {
        const size_t end = text.find("*/", at + 2);
        return end == std::string_view::npos ? end : end + 2;
    }
    return at;
}

}  // namespace

SplitText split_statements(std::string_view text) {
    SplitText out;
    std::string statement;
    size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (is_quote(c)) {
            const size_t end = quote_end(text, at);
            out.open = end == std::string_view::npos;
            const size_t length = out.open ? text.size() - at : end - at;
            statement.append(text.substr(at, length));
            at += length;
            continue;
        }
        if (const size_t end = comment_end(text, at); end != at) {
            out.open = end == std::string_view::npos;
            const size_t stop = out.open ? text.size() : end;
            // Line breaks stay, so that a server's line numbers still fit.
            for (; at < stop; ++at) {
                if (text[at] == '\n') statement += '\n';
            }
            if (c == '/') statement += ' ';
            continue;
        }
        statement += c;
        ++at;
        if (c == ';') {
            if (trim(statement) != ";") out.statements.emplace_back(trim(statement));
            statement.clear();
        }
    }
    out.rest = trim(statement);
    return out;
}

void StatementBuffer::add_line(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.ends_with('\\')) line.remove_suffix(1);
    if (!text_.empty()) text_ += '\n';
    text_ += line;
}

bool StatementBuffer::empty() const {
    const SplitText split = split_statements(text_);
    return split.statements.empty() && split.rest.empty() && !split.open;
}

bool StatementBuffer::complete() const {
    const SplitText split = split_statements(text_);
    return !split.statements.empty() && split.rest.empty() && !split.open;
}

std::vector<std::string> StatementBuffer::take() {
    SplitText split = split_statements(text_);
    text_.clear();
    if (!split.rest.empty()) split.statements.push_back(split.rest + ";");
    return std::move(split.statements);
}

bool Token::is_word(std::string_view upper) const {
    return kind == Kind::kWord && upper_ascii(text) == upper;
}

std::vector<Token> tokenize(std::string_view statement, size_t tokens_max) {
    std::vector<Token> tokens;
    size_t at = 0;
    while (at < statement.size() && tokens.size() < tokens_max) {
        const char c = statement[at];
        Token token;
        if (is_blank(c)) {
            ++at;
            continue;
        }
        if (const size_t end = comment_end(statement, at); end != at) {
            at = std::min(end, statement.size());
            continue;
        }
        if (is_quote(c)) {
            const size_t end = std::min(quote_end(statement, at), statement.size());
            token.kind = c == '\'' ? Token::Kind::kString : Token::Kind::kQuotedName;
            for (size_t i = at + 1; i + 1 < end; ++i) {
                token.text += statement[i];
                if (statement[i] == c) ++i;
            }
            at = end;
        } else if (is_word_char(c)) {
            token.kind = Token::Kind::kWord;
            while (at < statement.size() && is_word_char(statement[at]))
                token.text += statement[at++];
        } else {
            token.text = c;
            ++at;
        }
        tokens.push_back(std::move(token));
    }
    return tokens;
}

}  // namespace millrace::cli
