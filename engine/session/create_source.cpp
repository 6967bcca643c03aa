// CREATE STREAM, CREATE TABLE.
#include "engine/base/error.h"
#include "engine/session/handlers.h"

namespace millrace {

namespace {

const char* kind_word(sql::SourceKind kind) {
    return kind == sql::SourceKind::kTable ? "table" : "stream";
}

}  // namespace

void ensure_topic(const plan::TopicRequest& request, StatementContext& context) {
    if (context.sandbox && context.sandbox_topics.count(request.name) != 0) return;
    auto& topics = context.engine.log().topics();
    auto info = topics.describe(request.name);
    if (info) {
        return;  // The planner has compared what the statement says with what is there.
    }
    if (info.status().fault() != Fault::kNotFound) {
        throw StatementError(ErrorKind::kServer, info.status().message());
    }
    if (request.must_exist) {
        throw StatementError(ErrorKind::kStatement,
                             "Topic '" + request.name +
                                 "' does not exist. If you want to create a new topic for the "
                                 "stream/table please re-run the "
                                 "statement providing the required 'PARTITIONS' configuration in "
                                 "the WITH clause (and optionally "
                                 "'REPLICAS'). For example: " +
                                 context.statement.text);
    }
    TopicConfig config;
    config.partitions = request.partitions;
    config.replicas = request.replicas;
    config.settings = request.settings;
    if (context.sandbox) {
        context.sandbox_topics[request.name] = std::move(config);
        return;
    }
    Status status = topics.create(request.name, config);
    if (!status) {
        throw StatementError(ErrorKind::kServer,
                             "Failed to create topic '" + request.name + "': " + status.message());
    }
}

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
    try {
        ensure_topic(planned.topic, context);
    } catch (StatementError& error) {
        throw error.with_statement(planned.source->statement);
    }
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
    return context.submit(std::move(command), planned.source->statement);
}

}  // namespace millrace
