// TERMINATE, PAUSE, RESUME.
#include "engine/base/error.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

StatementResult control(const sql::QuerySelector& which, Command::Action action,
                        const std::string& verb, const std::string& message,
                        StatementContext& context) {
    Command command;
    command.action = action;
    command.message = message;
    command.query_id = which.id.value_or("");
    command.id = verb + "/" + which.id.value_or("ALL") + "/execute";
    if (which.id && context.catalog->find_query(*which.id) == nullptr) {
        refuse_about(*which.id, "Unknown queryId: " + *which.id);
    }
    return Change{std::move(command), context.statement.text};
}

}  // namespace

StatementResult terminate_query(const sql::TerminateQuery& statement, StatementContext& context) {
    const auto& id = statement.query.id;
    if (id) {
        // A push query is nobody's business but this server's: no command, it just ends.
        if (auto plan = find_push_query(*id, context.engine)) {
            if (!context.sandbox) context.engine.runtime().push_host().cancel(plan->query_id);
            return Entity{
                context.statement.text, entity::TerminatedQuery{plan->query_id, true}, {}};
        }
    }
    return control(statement.query, Command::Action::kTerminate, "terminate", "Query terminated.",
                   context);
}

StatementResult pause_query(const sql::PauseQuery& statement, StatementContext& context) {
    return control(statement.query, Command::Action::kPause, "pause", "Query paused.", context);
}

StatementResult resume_query(const sql::ResumeQuery& statement, StatementContext& context) {
    return control(statement.query, Command::Action::kResume, "resume", "Query resumed.", context);
}

}  // namespace millrace
