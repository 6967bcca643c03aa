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
    std::string text;   ///< With its semicolon.
    Position position;  ///< Where it starts in the script.
};

/// Cuts a script at semicolons outside quotes and comments. The last piece may lack its semicolon.
std::vector<StatementText> split_statements(std::string_view script);

/// Checks a script's syntax only: no names, types or variables are looked at. Throws the first
/// StatementError(kSyntax) there is, so that nothing of a script runs when any of it cannot be
/// read.
void check_syntax(std::string_view script, const ParseOptions& options = {});

/// Parses one statement. Throws StatementError(kSyntax) with line and column, the offending text,
/// what was expected, and a suggestion where one is near. Custom types and variables are resolved
/// as of now, so a script is parsed statement by statement by whoever executes it.
Statement parse_statement(const StatementText& text, const ParseOptions& options = {});
/// Parses a whole script. DEFINE, UNDEFINE, CREATE TYPE and DROP TYPE inside it count for what
/// follows (types on top of what `custom_type` knows).
std::vector<Statement> parse_script(std::string_view script, const ParseOptions& options = {});

/// An expression alone (plans are stored as text). Throws StatementError.
ExpressionPtr parse_expression(std::string_view text, const ParseOptions& options = {});
/// A type alone: "ARRAY<STRUCT<`A` INTEGER>>".
SqlTypePtr parse_type(std::string_view text, const ParseOptions& options = {});
/// Column list without parentheses: "`ID` BIGINT KEY, `V` STRING".
std::vector<ColumnDefinition> parse_columns(std::string_view text,
                                            const ParseOptions& options = {});

/// A line `--@name: text` of a test script, or a statement; in the order written.
struct TestScriptItem {
    std::string directive;    ///< "test", "expected.error", …; empty: a statement.
    std::string argument;     ///< What follows the colon, trimmed.
    StatementText statement;  ///< When `directive` is empty; otherwise only its position is set.
};
std::vector<TestScriptItem> split_test_script(std::string_view script);

/// `text` with every ${name} that has a value replaced by it; others stay as they are.
std::string substitute_variables(std::string_view text,
                                 const std::map<std::string, std::string>& variables);

/// The script's line at `position` with a caret below the column; empty when there is no such line.
std::string source_excerpt(std::string_view script, Position position);

/// How deep an expression or a type may nest, and how deep its tree may be with chains such as
/// `a OR b OR c` counted link by link. Beyond: "Statement is too large to parse". What passes
/// prints as text that passes.
inline constexpr int kNestingMax = 200;
inline constexpr int kExpressionDepthMax = 1000;

}  // namespace millrace::sql
