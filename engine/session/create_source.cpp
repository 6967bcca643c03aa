// CREATE STREAM, CREATE TABLE.
#include "engine/session/handlers.h"

namespace millrace {

namespace {

const char* kind_word(sql::SourceKind kind) {
    return kind == sql::SourceKind::kTable ? "table" : "stream";
}

/// A format that is known and has no codec is refused here, and not at the first row.
void require_codecs(const FormatRegistry& formats, const Source& source) {
    const Schema& schema = source.schema;
    formats.decoder(formats.key_spec(source.key_format, schema.key, source.topic));
    formats.decoder(formats.value_spec(source.value_format, schema.value, source.topic));
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
    if (context.engine.sources_need_codecs())
        require_codecs(context.engine.formats(), *planned.source);
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
