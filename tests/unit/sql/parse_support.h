// What the tests of engine/sql share.
#pragma once

#include <string>

#include "engine/sql/parser.h"

namespace millrace::sql {

inline Statement parse_one(const std::string& text, const ParseOptions& options = {}) {
    return parse_statement({text, {1, 1}}, options);
}

/// The message with which `text` is refused; empty when it is not.
inline std::string refusal(const std::string& text, const ParseOptions& options = {}) {
    try {
        parse_script(text, options);
        return {};
    } catch (const StatementError& error) {
        return error.what();
    }
}

/// An expression printed as the engine prints it.
inline std::string reprint(const std::string& text, const ParseOptions& options = {}) {
    return print(parse_expression(text, options));
}

}  // namespace millrace::sql
