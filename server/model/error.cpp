#include "server/model/error.h"

#include "engine/serde/json_text.h"
#include "engine/sql/fault_excerpt.h"
#include "engine/sql/parser.h"
#include "server/model/entity_json.h"
#include "server/model/masking.h"

namespace millrace::server {

std::string generic_error_body(int code, const std::string& message) {
    std::string body = R"({"@type":"generic_error","error_code":)" + std::to_string(code);
    body += R"(,"message":)";
    append_json_string(body, message);
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
    append_json_string(body, message);
    body += R"(,"statementText":)";
    append_json_string(body, statement);
    body += R"(,"entities":)";
    body += entities_json(done);
    body += '}';
    return {code / 100, std::move(body)};
}

namespace {

ErrorReply with_place(ErrorReply reply, const StatementError& error, std::string_view script) {
    // Of a statement whose data is not shown no line is shown either.
    if (script.empty() || mask_statement(std::string(script)) != script) return reply;
    const Position at = sql::fault_position(script, error);
    const std::string excerpt = sql::source_excerpt(script, at);
    if (excerpt.empty()) return reply;
    reply.body.pop_back();  // The closing brace.
    reply.body += R"(,"position":{"line":)" + std::to_string(at.line) + R"(,"column":)" +
                  std::to_string(at.column) + R"(},"excerpt":)";
    append_json_string(reply.body, excerpt);
    reply.body += '}';
    return reply;
}

}  // namespace

ErrorReply reply_for(const StatementError& error, const std::vector<Entity>& done,
                     std::string_view script) {
    // What the request or the server refuses has no statement at fault in ksqlDB's answers.
    const bool general = error.kind() == ErrorKind::kGeneral ||
                         (error.kind() == ErrorKind::kServer && error.statement_text().empty());
    if (general) return with_place(generic_error(error.code(), error.what()), error, script);
    return with_place(
        statement_error(error.code(), error.what(), mask_statement(error.statement_text()), done),
        error, script);
}

}  // namespace millrace::server
