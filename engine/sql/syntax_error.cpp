#include "engine/sql/syntax_error.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "engine/sql/parser.h"
#include "engine/types/sql_type.h"
#include "grammar/MillraceParser.h"

namespace millrace::sql {
namespace {

using grammar::MillraceParser;

/// First words of statements, in the order in which ksqlDB tries them for its suggestion.
constexpr std::array kStatementWords = {
    "SELECT", "CREATE", "INSERT", "DESCRIBE", "PRINT",  "EXPLAIN",  "SHOW",  "LIST",   "TERMINATE",
    "PAUSE",  "RESUME", "DROP",   "SET",      "DEFINE", "UNDEFINE", "UNSET", "ASSERT", "ALTER"};

/// Messages that list more than this many alternatives help nobody; ksqlDB drops them.
constexpr size_t kExpectedListMax = 3;

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
    }
    return out;
}

std::string unknown_statement(const std::string& word) {
    std::string nearest;
    size_t best = SIZE_MAX;
    for (const char* candidate : kStatementWords) {
        const size_t distance = edit_distance(upper(word), candidate);
        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return fmt::format("Unknown statement '{}'\nDid you mean '{}'?", word, nearest);
}

std::string reserved_word(const std::string& word) {
    return fmt::format(
        "\"{0}\" is a reserved keyword and it can't be used as an identifier. You can use it as an "
        "identifier by escaping it as '{0}' ",
        word);
}

/// A keyword that may not stand for a name.
bool is_reserved_token(const antlr4::Token& token) {
    return token.getType() >= MillraceParser::SELECT && token.getType() <= MillraceParser::ID &&
           is_reserved_word(upper(token.getText()));
}

/// True when more brackets are opened than closed ahead of `end`.
bool has_open_bracket(antlr4::TokenStream& tokens, size_t end) {
    int depth = 0;
    for (size_t i = 0; i < end; ++i) {
        switch (tokens.get(i)->getType()) {
            case MillraceParser::LEFT_PAREN:
            case MillraceParser::LEFT_BRACKET:
                ++depth;
                break;
            case MillraceParser::RIGHT_PAREN:
            case MillraceParser::RIGHT_BRACKET:
                --depth;
                break;
            default:
                break;
        }
    }
    return depth > 0;
}

bool is_first_token(antlr4::TokenStream& tokens, size_t index) {
    for (size_t i = 0; i < index; ++i) {
        if (tokens.get(i)->getChannel() == antlr4::Token::DEFAULT_CHANNEL) return false;
    }
    return true;
}

/// False for a lone expression or type.
bool parses_statement(MillraceParser& parser) {
    const antlr4::tree::ParseTree* root = parser.getContext();
    while (root->parent != nullptr) root = root->parent;
    const auto rule = static_cast<const antlr4::ParserRuleContext*>(root)->getRuleIndex();
    return rule == MillraceParser::RuleSingleStatement ||
           rule == MillraceParser::RuleSingleTestStatement;
}

/// The rule in which no alternative fitted, when it failed on its very first token; -1 otherwise.
int rule_failed_at_start(const std::exception_ptr& error, const antlr4::Token& offending) {
    try {
        std::rethrow_exception(error);
    } catch (const antlr4::NoViableAltException& e) {
        if (e.getStartToken() != &offending || e.getCtx() == nullptr) return -1;
        return static_cast<int>(e.getCtx()->getRuleIndex());
    } catch (...) {
        return -1;
    }
}

/// What stands below the line "line L:C: Syntax Error".
std::string detail(MillraceParser& parser, const antlr4::Token& offending, Position position,
                   const std::string& message, const std::exception_ptr& error) {
    antlr4::TokenStream& tokens = *parser.getTokenStream();
    const std::string text = offending.getText();
    if (parses_statement(parser) && is_first_token(tokens, offending.getTokenIndex())) {
        return unknown_statement(text);
    }
    if (message.rfind("no viable alternative", 0) == 0) {
        if (rule_failed_at_start(error, offending) == MillraceParser::RuleIdentifier &&
            is_reserved_token(offending)) {
            return reserved_word(text);
        }
        const bool at_end = offending.getType() == MillraceParser::SEMICOLON ||
                            offending.getType() == antlr4::Token::EOF;
        if (at_end && has_open_bracket(tokens, offending.getTokenIndex())) {
            return "'}', ']', or ')' is missing";
        }
        return fmt::format("Syntax error at or near '{}' at line {}:{}", text, position.line,
                           position.column);
    }
    const size_t expecting = message.find(" expecting ");
    if (expecting == std::string::npos) return message;  // "missing ';' at '<EOF>'"
    const auto expected = parser.getExpectedTokens();
    if (expected.size() <= kExpectedListMax) {
        return "Expecting " + message.substr(expecting + sizeof(" expecting ") - 1);
    }
    const bool name_fits = expected.contains(static_cast<ssize_t>(MillraceParser::IDENTIFIER));
    return name_fits && is_reserved_token(offending) ? reserved_word(text) : std::string();
}

}  // namespace

Position position_in_script(std::string_view text, size_t byte_offset, Position start) {
    int line = 0;
    size_t line_start = 0;
    const size_t end = byte_offset < text.size() ? byte_offset : text.size();
    for (size_t i = 0; i < end; ++i) {
        if (text[i] == '\n') {
            ++line;
            line_start = i + 1;
        }
    }
    int column = 0;
    for (size_t i = line_start; i < end; ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if ((c & 0xC0) != 0x80) ++column;  // Not a continuation byte of UTF-8.
        if (c >= 0xF0) ++column;           // Beyond the basic plane: a surrogate pair.
    }
    const int first_line = start.line > 0 ? start.line : 1;
    const int first_column = start.column > 0 ? start.column : 1;
    return {first_line + line, column + (line == 0 ? first_column : 1)};
}

void SyntaxErrorListener::syntaxError(antlr4::Recognizer* recognizer, antlr4::Token* offending,
                                      size_t, size_t, const std::string& message,
                                      std::exception_ptr error) {
    auto& parser = static_cast<MillraceParser&>(*recognizer);
    const bool at_eof = offending->getType() == antlr4::Token::EOF;
    const Position position =
        position_in_script(text_, at_eof ? text_.size() : offending->getStartIndex(), start_);
    const std::string below = detail(parser, *offending, position, message, error);
    throw StatementError(
        ErrorKind::kParse,
        fmt::format("line {}:{}: Syntax Error\n{}", position.line, position.column, below),
        position);
}

}  // namespace millrace::sql
