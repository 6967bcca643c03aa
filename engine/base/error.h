// The user's mistakes: thrown while a statement is parsed, analysed or executed, caught once by the
// session, mapped to an HTTP answer in server/model/error.cpp. Who has to tell two of them apart
// asks for stage and kind; the words are for people alone.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace millrace {

/// A place in statement text; line counts from 1, column from 1 (0: unknown).
struct Position {
    int line = 0;
    int column = 0;
};

/// How far a statement had come when it was refused.
enum class Stage : uint8_t {
    kRequest,  ///< An endpoint looked at it: is it one statement, is its topic there?
    kRead,     ///< Its text was read.
    kPrepare,  ///< It was built from what was read: "Failed to prepare statement: …".
    kResolve,  ///< Its names were looked up: "Exception while preparing statement: …".
    kExecute,  ///< It was analysed, planned, executed.
};

/// What is wrong, as far as anybody acts on it.
enum class ErrorKind : uint8_t {
    kStatement,  ///< The statement is refused.
    kGeneral,    ///< Something about the request or the server refuses it.
    kNotYet,     ///< Understood, but this server cannot execute it yet.
    kServer,     ///< Our fault or the world's, while executing.

    // Of the statement:
    kSyntax,         ///< The text is no statement: "line 1:8: Syntax Error".
    kUnknownColumn,  ///< A name in an expression is nobody's.
    kUntranslated,   ///< ksqlDB finds it when it turns an expression into code.
    kCondition,      ///< The operands of a WHERE or HAVING do not fit.
    kFormat,         ///< No such format, or one without that setting.
    kNoQuery,        ///< Neither a query nor PRINT, where nothing else is taken.
    kElsewhere,      ///< A query, where none is taken.

    // Of the request or the server:
    kUnknownProperty,  ///< A setting of the request means nothing to anybody.
    kNoRegistry,       ///< There is no Schema Registry to ask.
    kAssertion,        ///< What was asserted does not hold.
    kTooMany,          ///< A limit on what runs at once is reached.
    kRateLimited,      ///< Too much has been asked for in too short a time.
    kShuttingDown,
};

class StatementError : public std::runtime_error {
public:
    StatementError(ErrorKind kind, const std::string& message, Position position = {},
                   Stage stage = Stage::kExecute)
        : std::runtime_error(message), kind_(kind), stage_(stage), position_(position) {}

    ErrorKind kind() const { return kind_; }
    Stage stage() const { return stage_; }
    Position position() const { return position_; }
    StatementError& at(Position position) {
        position_ = position;
        return *this;
    }
    /// The name at fault, for an error without a position; empty when it is about no name.
    const std::string& subject() const { return subject_; }
    StatementError& about(std::string name) {
        subject_ = std::move(name);
        return *this;
    }
    /// The text of the statement at fault, once known.
    const std::string& statement_text() const { return statement_text_; }
    StatementError& with_statement(std::string text) {
        statement_text_ = std::move(text);
        return *this;
    }
    /// The same error in other words.
    StatementError reworded(const std::string& message) const {
        StatementError other(kind_, message, position_, stage_);
        return other.about(subject_).with_statement(statement_text_);
    }

private:
    ErrorKind kind_;
    Stage stage_;
    Position position_;
    std::string subject_;
    std::string statement_text_;
};

/// Throws the StatementError; in front of the message goes what ksqlDB says at that stage.
[[noreturn]] void refuse(Stage stage, ErrorKind kind, const std::string& message,
                         Position position = {}, const std::string& about = {});
[[noreturn]] void refuse(ErrorKind kind, const std::string& message, Position position = {});
/// What most rules do: the statement is refused.
[[noreturn]] void refuse(const std::string& message, Position position = {});
/// `name` is at fault.
[[noreturn]] void refuse_about(const std::string& name, const std::string& message);

/// A failure inside one row's evaluation (cast, overflow, bad pattern). Only for code off the hot
/// path: kernels report through RowErrors.
class RowError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace millrace
