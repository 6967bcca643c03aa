// CREATE STREAM, CREATE TABLE.
#include "engine/session/handlers.h"

namespace millrace {

namespace {

const char* kind_word(sql::SourceKind kind) {
    return kind == sql::SourceKind::kTable ? "table" : "stream";
}

}  // namespace

StatementResult create_source(const sql::CreateSource& statement, StatementContext& context) {
    auto existing = context.catalog->find_source(statement.name);
    if (existing && statement.if_not_exists) {
        const std::string word = existing->is_table() ? "table" : "stream";
        return Entity{context.statement.text,
                      entity::WarningMessage{
                          "Cannot add " + std::string(kind_word(statement.kind)) + " `" +
                          statement.name + "`: A " + word + " with the same name already exists."},
                      {}};
    }
    auto planned = plan::plan_create_source(statement, context.statement.text, context.planning());
    Command command;
    command.action = Command::Action::kPutSource;
    command.id = std::string(kind_word(statement.kind)) + "/`" + statement.name + "`/create";
    command.message =
        statement.kind == sql::SourceKind::kTable ? "Table created" : "Stream created";
    command.source = planned.source;
    if (planned.query) {
        command.query = planned.query;
        command.message = "Created query with ID " + planned.query->query_id;
    }
    return Change{std::move(command), planned.source->statement, planned.topic};
}

}  // namespace millrace
