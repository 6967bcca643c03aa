#include "engine/session/session.h"

#include <chrono>
#include <thread>

#include "engine/base/error.h"

namespace millrace {

plan::PlanningContext StatementContext::planning() const {
    auto context = engine.planning(catalog, session.overrides, next_query_number);
    if (!sandbox || sandbox_topics.empty()) return context;
    const auto* topics = &sandbox_topics;
    context.topic_partitions = [topics, real = context.topic_partitions](const std::string& topic) {
        auto found = topics->find(topic);
        return found == topics->end() ? real(topic) : std::optional(found->second.partitions);
    };
    context.topic_replicas = [topics, real = context.topic_replicas](const std::string& topic) {
        auto found = topics->find(topic);
        return found == topics->end() ? real(topic) : std::optional(found->second.replicas);
    };
    return context;
}

Entity StatementContext::submit(Command command, const std::string& shown_text) {
    entity::CommandStatus status;
    status.command_id = command.id;
    status.message = command.message;
    command.overrides = session.overrides;
    if (command.statement.empty()) command.statement = shown_text;
    if (sandbox) {
        if (command.action == Command::Action::kPutSource)
            catalog = catalog->apply(PutSource{command.source});
        if (command.action == Command::Action::kDropSource)
            catalog = catalog->apply(RemoveSource{command.name});
        if (command.action == Command::Action::kPutType) {
            catalog = catalog->apply(PutType{command.name, command.type});
        }
        if (command.action == Command::Action::kDropType)
            catalog = catalog->apply(RemoveType{command.name});
        if (command.query) sandbox_queries.insert(command.query->query_id);
        ++next_query_number;
    } else {
        auto outcome = engine.submit(std::move(command));
        status.message = outcome.message;
        status.query_id = outcome.query_id;
        status.sequence_number = outcome.sequence_number;
        catalog = engine.catalog();
        next_query_number = engine.next_query_number();
    }
    return {shown_text, std::move(status), {}};
}

void StatementContext::pause(int64_t ms) {
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    lock.lock();
    if (engine.waits_interrupted()) {
        refuse(ErrorKind::kShuttingDown, "The server is shutting down");
    }
    catalog = engine.catalog();
    next_query_number = engine.next_query_number();
}

Session::Session(Engine& engine, SessionState state, Options options)
    : engine_(engine), state_(std::move(state)), options_(options) {}

sql::Statement Session::parse(const sql::StatementText& text) const {
    return parse(text, *engine_.catalog());
}

sql::Statement Session::parse(const sql::StatementText& text, const Catalog& catalog) const {
    sql::ParseOptions options;
    auto set = state_.overrides.find("ksql.variable.substitution.enable");
    const bool substitute =
        set != state_.overrides.end()
            ? set->second != "false"
            : engine_.properties().get_bool("ksql.variable.substitution.enable");
    if (substitute) options.variables = &state_.variables;
    options.custom_type = [&catalog](const std::string& name) { return catalog.find_type(name); };
    options.test_statements = options_.test_statements;
    return sql::parse_statement(text, options);
}

void Session::check_kind(const sql::Statement& statement) const {
    const bool query = statement.as<sql::QueryStatement>() != nullptr ||
                       statement.as<sql::PrintTopic>() != nullptr;
    if (query && options_.over_rest) {
        refuse(ErrorKind::kElsewhere,
               "The following statement types should be issued to the websocket endpoint "
               "'/query':\n\t* PRINT\n\t* SELECT");
    }
    if (!options_.headless) return;
    const bool allowed = statement.as<sql::SetProperty>() != nullptr ||
                         statement.as<sql::UnsetProperty>() != nullptr ||
                         statement.as<sql::CreateSource>() != nullptr ||
                         statement.as<sql::CreateType>() != nullptr ||
                         statement.as<sql::CreateAsSelect>() != nullptr ||
                         statement.as<sql::InsertIntoSelect>() != nullptr;
    if (!allowed) {
        throw StatementError(
            ErrorKind::kGeneral,
            "Ignoring statements: this kind of statement is not supported in a queries file.\n"
            "Only the following statements are supported: SET, UNSET, CREATE STREAM, CREATE "
            "TABLE, CREATE TYPE, CREATE STREAM AS SELECT, CREATE TABLE AS SELECT, INSERT INTO.",
            statement.position);
    }
}

StatementResult Session::run(const sql::Statement& statement, bool sandbox, CatalogPtr& catalog,
                             int64_t& next_number, SessionState& state,
                             std::unique_lock<std::mutex>& lock) {
    StatementContext context{engine_,          state,           statement,
                             sandbox,          catalog,         next_number,
                             sandbox_queries_, sandbox_topics_, lock};
    try {
        return run_statement(context);
    } catch (StatementError& error) {
        if (error.statement_text().empty()) error.with_statement(statement.text);
        throw;
    }
}

std::vector<Entity> Session::execute(const std::string& script) {
    done_.clear();
    // Syntax before anything: what follows a mistake may not even be cut at the right places.
    sql::ParseOptions syntax;
    syntax.test_statements = options_.test_statements;
    sql::check_syntax(script, syntax);
    auto pieces = sql::split_statements(script);
    std::unique_lock lock(engine_.statement_mutex());

    // All of it in a sandbox first: a mistake in the last statement leaves nothing behind.
    CatalogPtr catalog = engine_.catalog();
    int64_t next_number = engine_.next_query_number();
    SessionState before = state_;
    sandbox_queries_.clear();
    sandbox_topics_.clear();
    std::vector<sql::Statement> statements;
    for (const auto& piece : pieces) {
        try {
            statements.push_back(parse(piece, *catalog));
            check_kind(statements.back());
        } catch (StatementError& error) {
            if (error.statement_text().empty()) error.with_statement(piece.text);
            state_ = before;
            throw;
        }
        try {
            run(statements.back(), true, catalog, next_number, state_, lock);
        } catch (...) {
            state_ = before;
            throw;
        }
    }

    state_ = std::move(before);
    catalog = engine_.catalog();
    next_number = engine_.next_query_number();
    for (const auto& statement : statements) {
        if (auto entity = run(statement, false, catalog, next_number, state_, lock))
            done_.push_back(std::move(*entity));
    }
    return done_;
}

}  // namespace millrace
