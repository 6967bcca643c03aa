// Text in, statements out. Thread-safe: every call has its own parser.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sql/statements.h"

namespace millrace::sql {

struct ParseOptions {
    /// Session variables for ${name}; null: no substitution.
    const std::map<std::string, std::string>* variables = nullptr;
    /// Custom type of this name, or null.
    std::function<SqlTypePtr(const std::string& name)> custom_type;
    /// ASSERT VALUES and its kin, RUN SCRIPT: the test runner's dialect.
    bool test_statements = false;
};

/// One statement of a script, cut but not parsed.
struct StatementText {
    std::string text;      ///< With its semicolon.
    Position position;     ///< Where it starts in the script.
};

/// Cuts a script at semicolons outside quotes and comments. The last piece may lack its semicolon.
std::vector<StatementText> split_statements(std::string_view script);

/// Parses one statement. Throws StatementError(kParse) with line and column, the offending text, what was
/// expected, and a suggestion where one is near. Custom types and variables are resolved as of now, so a
/// script is parsed statement by statement by whoever executes it.
Statement parse_statement(const StatementText& text, const ParseOptions& options = {});
/// Parses a whole script for syntax (custom types unknown at this point are let through as unresolved
/// only when `custom_type` accepts them).
std::vector<Statement> parse_script(std::string_view script, const ParseOptions& options = {});

/// An expression alone (plans are stored as text). Throws StatementError.
ExpressionPtr parse_expression(std::string_view text, const ParseOptions& options = {});
/// A type alone: "ARRAY<STRUCT<`A` INTEGER>>".
SqlTypePtr parse_type(std::string_view text, const ParseOptions& options = {});
/// Column list without parentheses: "`ID` BIGINT KEY, `V` STRING".
std::vector<ColumnDefinition> parse_columns(std::string_view text, const ParseOptions& options = {});

/// Names near to `wanted`, nearest first (edit distance), for "did you mean".
std::vector<std::string> nearest_names(std::string_view wanted, const std::vector<std::string>& names,
                                       size_t max = 3);

}  // namespace millrace::sql
