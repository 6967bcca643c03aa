// Turns what ANTLR finds wrong into the message that users of ksqlDB know, and throws it.
#pragma once

#include <antlr4-runtime.h>

#include <string_view>

#include "engine/base/error.h"

namespace millrace::sql {

/// Where `byte_offset` of `text` is, for a text that starts at `start` in its script. Columns count
/// UTF-16 units, as ksqlDB's do.
Position position_in_script(std::string_view text, size_t byte_offset, Position start);

/// Throws StatementError(kParse) on the first error; one parse each.
class SyntaxErrorListener final : public antlr4::BaseErrorListener {
public:
    SyntaxErrorListener(std::string_view text, Position start) : text_(text), start_(start) {}

    void syntaxError(antlr4::Recognizer* recognizer, antlr4::Token* offending, size_t line,
                     size_t column, const std::string& message, std::exception_ptr error) override;

private:
    std::string_view text_;
    Position start_;
};

}  // namespace millrace::sql
