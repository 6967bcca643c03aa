// Turns what ANTLR finds wrong into the message that users of ksqlDB know, and throws it.
#pragma once

#include <antlr4-runtime.h>

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace millrace::sql {

/// Where `byte_offset` of `text` is, for a text that starts at `start` in its script. Columns count
/// UTF-16 units, as ksqlDB's do.
Position position_in_script(std::string_view text, size_t byte_offset, Position start);

/// Throws StatementError(kSyntax): "line L:C: Syntax Error", and `below` on the next line.
[[noreturn]] void throw_syntax_error(Position at, const std::string& below);

/// Throws StatementError(kSyntax) on the first error; one parse each.
class SyntaxErrorStrategy final : public antlr4::DefaultErrorStrategy {
public:
    SyntaxErrorStrategy(std::string_view text, Position start) : text_(text), start_(start) {}

    void sync(antlr4::Parser* parser) override;
    antlr4::Token* recoverInline(antlr4::Parser* parser) override;

protected:
    void reportNoViableAlternative(antlr4::Parser* parser,
                                   const antlr4::NoViableAltException& error) override;
    void reportInputMismatch(antlr4::Parser* parser,
                             const antlr4::InputMismatchException& error) override;
    void reportUnwantedToken(antlr4::Parser* parser) override;
    void reportMissingToken(antlr4::Parser* parser) override;

private:
    [[noreturn]] void expecting(antlr4::Parser& parser, const antlr4::misc::IntervalSet& expected);
    [[noreturn]] void no_alternative(antlr4::Parser& parser, antlr4::Token& offending);
    [[noreturn]] void fail(antlr4::Parser& parser, antlr4::Token& offending,
                           const std::string& below);
    Position place(const antlr4::Token& token) const;

    std::string_view text_;
    Position start_;
    /// Where the parser last went past something optional; what could have stood there is expected
    /// too. (ANTLR's C++ runtime 4.9 lacks this, its Java runtime has it.)
    antlr4::ParserRuleContext* passed_context_ = nullptr;
    size_t passed_state_ = 0;
};

}  // namespace millrace::sql
