// The user's mistakes: thrown while a statement is parsed, analysed or executed, caught once by the
// session, mapped to an HTTP answer in server/model.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace millrace {

/// A place in statement text; line counts from 1, column from 1 (0: unknown).
struct Position {
    int line = 0;
    int column = 0;
};

enum class ErrorKind {
    kParse,      ///< The text is no statement.
    kStatement,  ///< The statement is refused.
    kGeneral,    ///< Something about the request or the server refuses it.
    kNotYet,     ///< Parsed, but this server cannot execute it yet.
    kServer,     ///< Our fault or the world's, while executing.
};

/// Numeric codes are ksqlDB's `error_code`; code / 100 is the HTTP status.
class StatementError : public std::runtime_error {
public:
    StatementError(ErrorKind kind, const std::string& message, Position position = {})
        : std::runtime_error(message), kind_(kind), position_(position) {}

    ErrorKind kind() const { return kind_; }
    Position position() const { return position_; }

    /// ksqlDB's error_code; defaults by kind: parse and statement 40001, general 40000, server
    /// 50000.
    int code() const {
        if (code_ != 0) return code_;
        switch (kind_) {
            case ErrorKind::kGeneral:
                return 40000;
            case ErrorKind::kServer:
                return 50000;
            default:
                return 40001;
        }
    }
    StatementError& with_code(int code) {
        code_ = code;
        return *this;
    }
    /// The text of the statement at fault, once known.
    const std::string& statement_text() const { return statement_text_; }
    StatementError& with_statement(std::string text) {
        statement_text_ = std::move(text);
        return *this;
    }

private:
    ErrorKind kind_;
    Position position_;
    int code_ = 0;
    std::string statement_text_;
};

/// A failure inside one row's evaluation (cast, overflow, bad pattern). Only for code off the hot
/// path: kernels report through RowErrors.
class RowError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace millrace
