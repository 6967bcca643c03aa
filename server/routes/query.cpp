// POST /query, POST /query-stream: SELECT, answered row by row, and PRINT, line by line.
#include "engine/session/query_session.h"
#include "engine/session/topic_printer.h"
#include "server/model/masking.h"
#include "server/model/request.h"
#include "server/routes/handlers.h"
#include "server/routes/pull_response.h"
#include "server/routes/push_response.h"
#include "server/routes/session_state.h"

namespace millrace::server {

namespace {

/// /query looks at the statement itself before the query engine does; what it refuses it answers
/// like any other endpoint.
bool refused_early(const StatementError& error) {
    return error.stage() != Stage::kExecute || error.kind() == ErrorKind::kNotYet;
}

/// What ksqlDB adds here, but not on /ksql, to a text that is no statement.
StatementError with_cause(const StatementError& error) {
    if (error.kind() != ErrorKind::kSyntax) return error;
    const std::string at = "line " + std::to_string(error.position().line) + ":" +
                           std::to_string(error.position().column);
    return error.reworded(error.what() +
                          ("\nStatement: " + mask_statement(error.statement_text())) +
                          "\nCaused by: " + at + ": Syntax error at " + at);
}

RowFormat format_for(MediaType type, bool query_stream) {
    if (type == MediaType::kDelimited) return RowFormat::kDelimited;
    if (type == MediaType::kJson && query_stream) return RowFormat::kArray;
    return RowFormat::kObjects;
}

void answer_print(Service& service, const Exchange& exchange, const sql::PrintTopic& statement,
                  bool query_stream) {
    if (query_stream && exchange.accept != MediaType::kDelimited) {
        exchange.reply_bare({406, generic_error_body(kBadRequest,
                                                     "PRINT answers with lines of text. Accept "
                                                     "application/vnd.ksqlapi.delimited.v1.")});
        return;
    }
    auto printer =
        std::make_unique<TopicPrinter>(service.engine().log(), statement, service.memory());
    const auto content = query_stream ? MediaType::kDelimited : MediaType::kJson;
    net::Headers headers = {{"content-type", std::string(media_type_name(content))},
                            {"Transfer-Encoding", "chunked"}};
    if (!service.print_pool().start(std::move(printer), exchange.writer, std::move(headers),
                                    !query_stream)) {
        exchange.reply_bare(generic_error(kTooManyRequests, "Too many topics are being printed"));
    }
}

void answer_query(Service& service, const Exchange& exchange, const StatementRequest& request,
                  bool query_stream) {
    const RowFormat format = format_for(exchange.accept, query_stream);
    const MediaType content =
        exchange.accept == MediaType::kJson && !query_stream ? MediaType::kV1Json : exchange.accept;
    net::Headers headers = {{"content-type", std::string(media_type_name(content))}};
    SessionState state = session_state(service, request);
    QueryPlan plan = run_select(service.engine(), *request.text, state);
    service.audit().statement(*exchange.request, exchange.user(), *request.text, 0);
    if (const auto* print = std::get_if<sql::PrintTopic>(&plan)) {
        answer_print(service, exchange, *print, query_stream);
    } else if (auto* push = std::get_if<PushQueryPlan>(&plan)) {
        PushResponse::run(service, *push, format, std::move(headers), exchange.writer);
    } else {
        PullResponse::run(service, std::move(std::get<PullAnswer>(plan)), format,
                          std::move(headers), exchange.writer);
    }
}

void audit_failure(Service& service, const Exchange& exchange, const std::string& text,
                   const StatementError& error) {
    service.audit().statement(*exchange.request, exchange.user(), text, error_code(error));
}

/// Protobuf rows are asked for by name only, so say by name what is missing.
bool refuse_protobuf(const Exchange& exchange) {
    if (exchange.accept != MediaType::kProtobuf) return false;
    exchange.reply_bare(
        {406, generic_error_body(kBadRequest,
                                 "Rows in Protobuf are not supported by this server yet. Accept "
                                 "application/vnd.ksql.v1+json instead.")});
    return true;
}

}  // namespace

void post_query(Service& service, const Exchange& exchange) {
    if (refuse_protobuf(exchange)) return;
    StatementRequest request = parse_statement_request(exchange.request->body, RequestStyle::kKsql);
    auto early = [&](ErrorReply error) { exchange.reply_json(std::move(error)); };
    if (!request.text || request.text->empty()) {
        return early(generic_error(kBadRequest, "\"ksql\" field must be populated"));
    }
    if (auto late = wait_for_sequence(service, request)) return early(std::move(*late));
    try {
        answer_query(service, exchange, request, false);
    } catch (const StatementError& error) {
        audit_failure(service, exchange, *request.text, error);
        if (error.kind() == ErrorKind::kNoQuery) {
            return early(generic_error(
                kBadRequest,
                "Statement type `io.confluent.ksql.parser.KsqlParser$PreparedStatement' not "
                "supported for this resource"));
        }
        const ErrorReply reply =
            reply_for(with_cause(error), {}, exchange.place_wanted(*request.text));
        if (refused_early(error)) return early(reply);
        exchange.reply_chunked(reply);
    }
}

void post_query_stream(Service& service, const Exchange& exchange) {
    if (refuse_protobuf(exchange)) return;
    std::string script;
    try {
        StatementRequest request =
            parse_statement_request(exchange.request->body, RequestStyle::kQueryStream);
        script = request.text.value_or("");
        if (!request.text) throw BadBody{"Missing required creator property 'sql'"};
        answer_query(service, exchange, request, true);
    } catch (const StatementError& error) {
        audit_failure(service, exchange, script, error);
        exchange.reply_chunked(reply_for(error, {}, exchange.place_wanted(script)));
    } catch (const BadBody& bad) {
        exchange.reply_chunked(
            generic_error(kBadRequest, "Invalid JSON in request: " + bad.message));
    }
}

}  // namespace millrace::server
