// POST /ksql
#include "server/model/entity_json.h"
#include "server/model/masking.h"
#include "server/model/request.h"
#include "server/routes/gate.h"
#include "server/routes/handlers.h"
#include "server/routes/session_state.h"

namespace millrace::server {

void post_statements(Service& service, const Exchange& exchange) {
    const std::string& body = exchange.request->body;
    if (body.empty()) {
        exchange.reply_bare(
            generic_error(kBadRequest, "The request has no body: expected {\"ksql\": \"…;\"}"));
        return;
    }
    const StatementRequest request = parse_statement_request(body, RequestStyle::kKsql);
    auto answer = [&](ErrorReply error) { exchange.reply_json(std::move(error)); };
    if (auto late = wait_for_sequence(service, request)) return answer(std::move(*late));
    const std::string text = request.text.value_or("");
    SessionState state;
    try {
        state = session_state(service, request);
    } catch (const StatementError& error) {
        // ksqlDB finds an unknown property only when it has a statement in its hands, and calls
        // that a failure of its own.
        if (error.kind() == ErrorKind::kUnknownProperty && !text.empty()) {
            return answer(statement_error(kServerError, error.what(), mask_statement(text)));
        }
        return answer(generic_error(error_code(error), error.what()));
    }
    Session::Options options;
    options.permit = [&](const sql::Statement& statement) {
        check_statement(service, exchange, statement);
    };
    options.executed = [&](const sql::Statement& statement) {
        service.audit().statement(*exchange.request, exchange.user(), statement.text, 0);
    };
    Session session(service.engine(), std::move(state), std::move(options));
    try {
        exchange.reply_json(200, entities_json(session.execute(text)));
    } catch (const StatementError& error) {
        const std::string& failed = error.statement_text();
        service.audit().statement(*exchange.request, exchange.user(),
                                  failed.empty() ? text : failed, error_code(error));
        answer(reply_for(error, session.entities(), exchange.place_wanted(text)));
    }
}

}  // namespace millrace::server
