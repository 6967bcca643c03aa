#include "server/model/error.h"

#include "engine/base/text.h"
#include "engine/serde/utf8.h"
#include "engine/sql/fault_excerpt.h"
#include "engine/sql/parser.h"
#include "server/model/entity_json.h"
#include "server/model/masking.h"
#include "server/model/unparsed_masking.h"

namespace millrace::server {

namespace {

/// Messages quote what was sent, also what was no UTF-8; an answer is.
void append_text(std::string& body, const std::string& text) {
    append_json_string(body, is_valid_utf8(text) ? text : repair_utf8(text));
}

}  // namespace

std::string generic_error_body(int code, const std::string& message) {
    std::string body = R"({"@type":"generic_error","error_code":)" + std::to_string(code);
    body += R"(,"message":)";
    append_text(body, message);
    body += '}';
    return body;
}

ErrorReply generic_error(int code, const std::string& message) {
    return {code / 100, generic_error_body(code, message)};
}

ErrorReply statement_error(int code, const std::string& message, const std::string& statement,
                           const std::vector<Entity>& done) {
    std::string body = R"({"@type":"statement_error","error_code":)" + std::to_string(code);
    body += R"(,"message":)";
    append_text(body, message);
    body += R"(,"statementText":)";
    append_text(body, statement);
    body += R"(,"entities":)";
    body += entities_json(done);
    body += '}';
    return {code / 100, std::move(body)};
}

namespace {

/// How a kind of mistake is answered.
struct Answer {
    int code = 0;
    bool general = false;  ///< No statement is at fault: a generic_error.
};

Answer answer_to(const StatementError& error) {
    switch (error.kind()) {
        case ErrorKind::kStatement:
        case ErrorKind::kNotYet:
        case ErrorKind::kSyntax:
        case ErrorKind::kUnknownColumn:
        case ErrorKind::kUntranslated:
        case ErrorKind::kCondition:
        case ErrorKind::kFormat:
        case ErrorKind::kNoQuery:
            return {kBadStatement};
        case ErrorKind::kElsewhere:
            return {kQueryElsewhere};
        case ErrorKind::kGeneral:
        case ErrorKind::kUnknownProperty:
            return {kBadRequest, true};
        case ErrorKind::kTooMany:
            return {kTooManyQueries, true};
        case ErrorKind::kRateLimited:
            return {kTooManyRequests, true};
        case ErrorKind::kAssertion:
            return {kAssertionFailed, true};
        case ErrorKind::kNoRegistry:
            return {kNoSchemaRegistry, true};
        case ErrorKind::kServer:
            return {kServerError, error.statement_text().empty()};
        case ErrorKind::kShuttingDown:
            return {kShuttingDown, true};
    }
    return {kServerError, true};
}

ErrorReply with_place(ErrorReply reply, const StatementError& error, std::string_view script) {
    // Of a statement whose data is not shown no line is shown either.
    if (script.empty() || mask_statement(std::string(script)) != script) return reply;
    const Position at = sql::fault_position(script, error);
    const std::string excerpt = sql::source_excerpt(script, at);
    if (excerpt.empty()) return reply;
    reply.body.pop_back();  // The closing brace.
    reply.body += R"(,"position":{"line":)" + std::to_string(at.line) + R"(,"column":)" +
                  std::to_string(at.column) + R"(},"excerpt":)";
    append_text(reply.body, excerpt);
    reply.body += '}';
    return reply;
}

/// A parser says what it did not expect: perhaps what the statement is shown without.
std::string shown_message(const StatementError& error) {
    return error.kind() == ErrorKind::kSyntax ? mask_words(error.what(), error.statement_text())
                                              : error.what();
}

}  // namespace

int error_code(const StatementError& error) {
    return answer_to(error).code;
}

ErrorReply reply_for(const StatementError& error, const std::vector<Entity>& done,
                     std::string_view script) {
    const Answer answer = answer_to(error);
    const std::string statement = mask_statement(error.statement_text());
    const std::string message = shown_message(error);
    return with_place(answer.general ? generic_error(answer.code, message)
                                     : statement_error(answer.code, message, statement, done),
                      error, script);
}

}  // namespace millrace::server
