// POST /ksql
#include "server/model/entity_json.h"
#include "server/model/request.h"
#include "server/routes/handlers.h"
#include "server/routes/session_state.h"

namespace millrace::server {

void post_statements(Service& service, const Exchange& exchange) {
    const std::string& body = exchange.request->body;
    if (body.empty()) {
        exchange.reply_bare(generic_error(kServerError, "The request has no body"));
        return;
    }
    const StatementRequest request = parse_statement_request(body, RequestStyle::kKsql);
    auto answer = [&](ErrorReply error) {
        exchange.reply_json(error.status, std::move(error.body));
    };
    if (auto late = wait_for_sequence(service, request)) return answer(std::move(*late));
    const std::string text = request.text.value_or("");
    SessionState state;
    try {
        state = session_state(service, request);
    } catch (const StatementError& error) {
        // ksqlDB finds an unknown property only when it has a statement in its hands, and calls
        // that a failure of its own.
        if (error.kind() == ErrorKind::kUnknownProperty && !text.empty()) {
            return answer(statement_error(kServerError, error.what(), text));
        }
        return answer(generic_error(error_code(error), error.what()));
    }
    Session session(service.engine(), std::move(state));
    try {
        exchange.reply_json(200, entities_json(session.execute(text)));
    } catch (const StatementError& error) {
        answer(reply_for(error, session.entities(), exchange.place_wanted(text)));
    }
}

}  // namespace millrace::server
