#include "engine/sql/syntax_error.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <string>
#include <typeinfo>

#include "engine/base/nearest.h"
#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "engine/sql/odd_character.h"
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

std::string unknown_statement(const std::string& word) {
    std::string nearest;
    size_t best = SIZE_MAX;
    for (const char* candidate : kStatementWords) {
        const size_t distance = edit_distance(upper_ascii(word), candidate);
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
        "identifier by escaping it as `{0}`",
        word);
}

/// A character that begins nothing. A lone quote is the start of text that has no end.
std::string unrecognised(std::string_view text, size_t at) {
    const char c = text[at];
    if (c == '\'' || c == '"' || c == '`') return fmt::format("The closing {} is missing", c);
    return "Unexpected character: " + describe_character(text, at);
}

/// The token, with the letters behind it that no name may have: whoever wrote it sees one word.
std::string word_at(std::string_view text, const antlr4::Token& token) {
    const size_t from = token.getStartIndex();
    size_t end = token.getStopIndex() + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) >= 0x80 ||
                                 std::isalnum(static_cast<unsigned char>(text[end])) != 0)) {
        ++end;
    }
    return std::string(text.substr(from, end - from));
}

/// A keyword that may not stand for a name.
bool is_reserved_token(const antlr4::Token& token) {
    return token.getType() >= MillraceParser::SELECT && token.getType() <= MillraceParser::ID &&
           is_reserved_word(upper_ascii(token.getText()));
}

/// True when more brackets are opened than closed ahead of `end`.
bool has_open_bracket(antlr4::TokenStream& tokens, size_t end) {
    int depth = 0;
    for (size_t i = 0; i < end; ++i) {
        switch (tokens.get(i)->getType()) {
            case MillraceParser::LEFT_PAREN:
            case MillraceParser::LEFT_BRACKET:
            case MillraceParser::ARRAY_OPEN:
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

/// True while a select item's expression could still be the `s` of `s->*`, and `offending` is not
/// its first token. ksqlDB tells the two forms apart by looking ahead over the whole of it, so
/// whatever is wrong in there is one and the same mistake to it: no alternative fits.
bool in_undecided_select_item(antlr4::Parser& parser, const antlr4::Token& offending) {
    bool decided = false;
    for (antlr4::tree::ParseTree* node = parser.getContext(); node != nullptr;
         node = node->parent) {
        auto* rule = static_cast<antlr4::ParserRuleContext*>(node);
        switch (rule->getRuleIndex()) {
            case MillraceParser::RuleSelectItem:
                return !decided && rule->start != &offending;
            case MillraceParser::RulePrimary:
                decided = false;  // What is inside brackets decides nothing outside.
                break;
            case MillraceParser::RulePredicate:
                decided = true;
                break;
            case MillraceParser::RuleCondition: {
                auto* predicated = dynamic_cast<MillraceParser::PredicatedContext*>(rule);
                const bool plain = predicated != nullptr && predicated->predicate() == nullptr;
                // Before its alternative is known, a context has the rule's own class.
                decided = decided ||
                          (!plain && typeid(*rule) != typeid(MillraceParser::ConditionContext));
                break;
            }
            case MillraceParser::RuleValueExpression:
                decided =
                    decided || (dynamic_cast<MillraceParser::ValueContext*>(rule) == nullptr &&
                                typeid(*rule) != typeid(MillraceParser::ValueExpressionContext));
                break;
            default:
                break;
        }
    }
    return false;
}

/// False for a lone expression or type.
bool parses_statement(antlr4::Parser& parser) {
    const antlr4::tree::ParseTree* root = parser.getContext();
    while (root->parent != nullptr) root = root->parent;
    const auto rule = static_cast<const antlr4::ParserRuleContext*>(root)->getRuleIndex();
    return rule == MillraceParser::RuleSingleStatement ||
           rule == MillraceParser::RuleSingleTestStatement;
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

Position SyntaxErrorStrategy::place(const antlr4::Token& token) const {
    const bool at_end = token.getType() == antlr4::Token::EOF;
    return position_in_script(text_, at_end ? text_.size() : token.getStartIndex(), start_);
}

void throw_syntax_error(Position at, const std::string& below) {
    refuse(Stage::kRead, ErrorKind::kSyntax,
           fmt::format("line {}:{}: Syntax Error\n{}", at.line, at.column, below), at);
}

void require_utf8(std::string_view text, Position start) {
    const size_t at = first_invalid_utf8(text);
    if (at == text.size()) return;
    throw_syntax_error(position_in_script(text, at, start),
                       fmt::format("The byte 0x{:02X} is no UTF-8: save the text as UTF-8",
                                   static_cast<unsigned>(static_cast<unsigned char>(text[at]))));
}

void SyntaxErrorStrategy::fail(antlr4::Parser& parser, antlr4::Token& offending,
                               const std::string& below) {
    std::string detail = below;
    const bool unread = offending.getType() == MillraceParser::UNRECOGNISED;
    const bool odd = unread && (text_[offending.getStartIndex()] & 0x80) != 0;
    if (!odd && parses_statement(parser) &&
        is_first_token(*parser.getTokenStream(), offending.getTokenIndex())) {
        const bool ended = offending.getType() == antlr4::Token::EOF;
        detail = unknown_statement(ended ? offending.getText() : word_at(text_, offending));
    } else if (unread) {
        detail = unrecognised(text_, offending.getStartIndex());
    }
    const Position at = place(offending);
    throw_syntax_error(at, detail);
}

void SyntaxErrorStrategy::no_alternative(antlr4::Parser& parser, antlr4::Token& offending) {
    const bool at_end = offending.getType() == MillraceParser::SEMICOLON ||
                        offending.getType() == antlr4::Token::EOF;
    if (at_end && has_open_bracket(*parser.getTokenStream(), offending.getTokenIndex())) {
        fail(parser, offending, "'}', ']', or ')' is missing");
    }
    const Position at = place(offending);
    fail(parser, offending,
         fmt::format("Syntax error at or near '{}' at line {}:{}", offending.getText(), at.line,
                     at.column));
}

void SyntaxErrorStrategy::expecting(antlr4::Parser& parser,
                                    const antlr4::misc::IntervalSet& expected) {
    antlr4::Token& offending = *parser.getCurrentToken();
    if (in_undecided_select_item(parser, offending)) no_alternative(parser, offending);
    if (expected.size() <= kExpectedListMax) {
        fail(parser, offending, "Expecting " + expected.toString(parser.getVocabulary()));
    }
    const bool name_fits = expected.contains(static_cast<ssize_t>(MillraceParser::IDENTIFIER));
    const bool reserved = name_fits && is_reserved_token(offending);
    fail(parser, offending, reserved ? reserved_word(offending.getText()) : std::string());
}

void SyntaxErrorStrategy::sync(antlr4::Parser* parser) {
    const antlr4::atn::ATN& atn = parser->getATN();
    const antlr4::misc::IntervalSet next = atn.nextTokens(atn.states[parser->getState()]);
    if (next.contains(parser->getTokenStream()->LA(1))) {
        passed_context_ = nullptr;
    } else if (next.contains(antlr4::Token::EPSILON)) {
        if (passed_context_ == nullptr) {
            passed_context_ = parser->getContext();
            passed_state_ = parser->getState();
        }
    } else {
        DefaultErrorStrategy::sync(parser);
    }
}

antlr4::Token* SyntaxErrorStrategy::recoverInline(antlr4::Parser* parser) {
    singleTokenDeletion(parser);  // Either one reports, that is, throws, when it could recover.
    singleTokenInsertion(parser);
    expecting(*parser, passed_context_ != nullptr
                           ? parser->getATN().getExpectedTokens(passed_state_, passed_context_)
                           : parser->getExpectedTokens());
}

void SyntaxErrorStrategy::reportNoViableAlternative(antlr4::Parser* parser,
                                                    const antlr4::NoViableAltException& error) {
    antlr4::Token& offending = *error.getOffendingToken();
    const antlr4::RuleContext* context = error.getCtx();
    if (in_undecided_select_item(*parser, offending)) no_alternative(*parser, offending);
    if (error.getStartToken() == &offending && context != nullptr &&
        context->getRuleIndex() == MillraceParser::RuleIdentifier && is_reserved_token(offending)) {
        fail(*parser, offending, reserved_word(offending.getText()));
    }
    no_alternative(*parser, offending);
}

void SyntaxErrorStrategy::reportInputMismatch(antlr4::Parser* parser,
                                              const antlr4::InputMismatchException& error) {
    expecting(*parser, error.getExpectedTokens());
}

void SyntaxErrorStrategy::reportUnwantedToken(antlr4::Parser* parser) {
    expecting(*parser, getExpectedTokens(parser));
}

void SyntaxErrorStrategy::reportMissingToken(antlr4::Parser* parser) {
    antlr4::Token& offending = *parser->getCurrentToken();
    if (in_undecided_select_item(*parser, offending)) no_alternative(*parser, offending);
    fail(
        *parser, offending,
        fmt::format("missing {} at {}", getExpectedTokens(parser).toString(parser->getVocabulary()),
                    getTokenErrorDisplay(&offending)));
}

}  // namespace millrace::sql
