// ALTER STREAM/TABLE … ADD.
#include "engine/session/handlers.h"

namespace millrace {

StatementResult alter_source(const sql::AlterSource& statement, StatementContext& context) {
    const bool table = statement.kind == sql::SourceKind::kTable;
    auto altered =
        std::make_shared<Source>(*plan::plan_alter_source(statement, context.planning()));
    // A source is described by all the statements that made it what it is.
    altered->statement += "\n" + context.statement.text;
    Command command;
    command.action = Command::Action::kPutSource;
    command.source = std::move(altered);
    command.id = std::string(table ? "table/" : "stream/") + statement.name + "/alter";
    command.message = std::string(table ? "Table " : "Stream ") + statement.name + " altered.";
    return Change{std::move(command), context.statement.text};
}

}  // namespace millrace
