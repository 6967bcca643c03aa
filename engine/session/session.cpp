#include "engine/session/session.h"

#include <chrono>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/config/get.h"
#include "engine/plan/source_rules.h"
#include "engine/plan/steps.h"
#include "engine/runtime/start_offsets.h"
#include "engine/session/command_fold.h"

namespace millrace {

namespace {

constexpr int64_t kShortDecisionMs = 50;
constexpr int kTriesMax = 5;

/// What the command log could not give back, or not as it was, would be gone with the next start.
void check_readable(const Command& command) {
    std::string written, again;
    try {
        written = command.to_json();
        again = Command::from_json(command.id, written).to_json();
    } catch (const std::exception& error) {
        refuse(std::string("What the statement makes cannot be kept, since it could not be read "
                           "back: ") +
               error.what());
    }
    if (written.size() > kCommandBytesMax) {
        refuse("The statement with its plan comes to " + std::to_string(written.size()) +
               " bytes. The command topic, which keeps it, takes " +
               std::to_string(kCommandBytesMax) + " at most.");
    }
    if (again != written)
        refuse("What the statement makes cannot be kept, since it would read back as another.");
}

/// INSERT VALUES has written by the time it answers: looked at before.
void check_insert(const sql::Statement& statement, const Catalog& catalog, const Engine& engine) {
    const auto* insert = statement.as<sql::InsertValues>();
    if (insert == nullptr) return;
    engine.check_not_degraded();
    if (auto target = catalog.find_source(insert->target))
        engine.topic_rules().check(TopicUse::kInsert, target->topic);
}

/// What a statement makes or takes away must leave closed topics alone.
void check_topics(const Change& change, const TopicRules& rules, KnownTopics& topics) {
    const Command& command = change.command;
    const auto* sink = command.query ? command.query->root->as<plan::SinkStep>() : nullptr;
    if (sink != nullptr) {
        rules.check(TopicUse::kSink, sink->topic);
    } else if (command.source) {
        rules.check(TopicUse::kSource, command.source->topic);
    }
    if (change.topic) {
        plan::check_topic_name(change.topic->name);
        // Asked only where it matters: a topic that is known while it goes would not be made anew.
        const auto why = rules.refusal(TopicUse::kMake, change.topic->name);
        if (why && !topics.has(*change.topic)) refuse(*why);
    }
    if (!change.doomed_topic.empty()) rules.check(TopicUse::kDelete, change.doomed_topic);
}

}  // namespace

void StatementContext::pause(int64_t ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    if (engine.waits_interrupted()) {
        refuse(ErrorKind::kShuttingDown, "The server is shutting down");
    }
    topics.forget();
}

Session::Session(Engine& engine, SessionState state, Options options)
    : engine_(engine),
      state_(std::move(state)),
      options_(std::move(options)),
      topics_(engine.log().topics()),
      deletions_seen_(engine.topic_deletions().begun()) {}

sql::Statement Session::parse(const sql::StatementText& text) const {
    return parse(text, *engine_.catalog());
}

sql::Statement Session::parse(const sql::StatementText& text, const Catalog& catalog) const {
    sql::ParseOptions options;
    const Config config = engine_.config().with(state_.overrides);
    if (config.get<"ksql.variable.substitution.enable">()) options.variables = &state_.variables;
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
        refuse(ErrorKind::kGeneral,
               "Ignoring statements: this kind of statement is not supported in a queries file.\n"
               "Only the following statements are supported: SET, UNSET, CREATE STREAM, CREATE "
               "TABLE, CREATE TYPE, CREATE STREAM AS SELECT, CREATE TABLE AS SELECT, INSERT INTO.",
               statement.position);
    }
}

StatementResult Session::run(const sql::Statement& statement, const CatalogPtr& catalog,
                             bool sandbox) {
    StatementContext context{engine_, state_, statement, sandbox, catalog, topics_};
    try {
        check_insert(statement, *catalog, engine_);
        auto result = run_statement(context);
        if (auto* change = std::get_if<Change>(&result)) {
            engine_.check_not_degraded();
            change->command.overrides = without_secrets(state_.overrides);
            if (change->command.statement.empty()) change->command.statement = change->shown;
            check_topics(*change, engine_.topic_rules(), topics_);
            check_readable(change->command);
        }
        return result;
    } catch (StatementError& error) {
        if (error.statement_text().empty()) error.with_statement(statement.text);
        throw;
    }
}

/// All of it in a sandbox first: a mistake in the last statement leaves nothing behind.
std::vector<sql::Statement> Session::validate(const std::vector<sql::StatementText>& pieces) {
    CatalogPtr catalog = engine_.catalog();
    std::vector<sql::Statement> statements;
    for (const auto& piece : pieces) {
        try {
            statements.push_back(parse(piece, *catalog));
            check_kind(statements.back());
            if (options_.permit) options_.permit(statements.back());
        } catch (StatementError& error) {
            if (error.statement_text().empty()) error.with_statement(piece.text);
            throw;
        }
        const auto result = run(statements.back(), catalog, true);
        const auto* change = std::get_if<Change>(&result);
        if (change == nullptr) continue;
        if (change->topic) topics_.suppose_made(*change->topic);
        if (!change->doomed_topic.empty()) topics_.suppose_removed(change->doomed_topic);
        const int64_t sequence = engine_.expected_sequence(*catalog, change->command);
        catalog = std::make_shared<const Catalog>(apply(*catalog, change->command, sequence));
    }
    return statements;
}

/// Now, and not when its first task runs: what is written once the statement has been answered is
/// read, whatever happens to this server in between.
void Session::fix_starts(Command& command) {
    if (!command.query) return;
    QueryStarts starts;
    const auto subtopologies = plan::cut(*command.query, engine_.service_id());
    const Config config = engine_.config().with(command.query->properties);
    for (const auto& topic : topics_from_end(subtopologies, config))
        starts[topic] = topics_.end_of(topic);
    command.starts = std::move(starts);
}

/// Under the lock. False: something has to be asked for or made first.
bool Session::decide_again(const sql::Statement& statement, StatementResult& result) {
    const KnownTopics::OnlyKnown only(topics_);
    try {
        result = run(statement, engine_.catalog(), false);
        auto* change = std::get_if<Change>(&result);
        if (change != nullptr) fix_starts(change->command);
        return change == nullptr || !change->topic || topics_.has(*change->topic);
    } catch (const KnownTopics::NotAsked&) {
        return false;
    }
}

std::optional<Entity> Session::execute_one(const sql::Statement& statement) {
    for (int tries = 1;; ++tries) {
        const CatalogPtr seen = engine_.catalog();
        const int64_t began_ms = steady_ms();
        topics_.forget_ends();
        const int64_t deletions = engine_.topic_deletions().begun();
        if (std::exchange(deletions_seen_, deletions) != deletions) topics_.forget();
        StatementResult result = run(statement, seen, false);
        std::unique_lock lock(engine_.statement_mutex(), std::defer_lock);
        if (auto* change = std::get_if<Change>(&result)) {
            if (change->topic) topics_.make(*change->topic);
            fix_starts(change->command);
            lock.lock();
            if (engine_.settle_commands()) {
                lock.unlock();
                engine_.reconcile();
                continue;
            }
            if (!engine_.topic_deletions().none_since(deletions_seen_)) {
                lock.unlock();
                engine_.topic_deletions().wait();
                deletions_seen_ = -1;  // A topic that was going is still known to this one.
                continue;
            }
            if (engine_.catalog() != seen) {
                // Whoever takes long makes nobody wait, as long as there is hope of coming first.
                if (steady_ms() - began_ms > kShortDecisionMs && tries < kTriesMax) continue;
                if (!decide_again(statement, result)) continue;
            }
        }
        if (auto* change = std::get_if<Change>(&result)) {
            return carry_out(std::move(*change), std::move(lock));
        }
        if (auto* entity = std::get_if<Entity>(&result)) return std::move(*entity);
        return std::nullopt;
    }
}

Entity Session::carry_out(Change change, std::unique_lock<std::mutex> lock) {
    const auto outcome = engine_.submit(change.command);
    std::optional<TopicDeletions::Going> going;
    if (!change.doomed_topic.empty()) going.emplace(engine_.topic_deletions());
    lock.unlock();
    engine_.reconcile();
    entity::CommandStatus status;
    status.command_id = change.command.id;
    status.message = outcome.message;
    status.query_id = outcome.query_id;
    status.sequence_number = outcome.sequence_number;
    Entity entity{std::move(change.shown), std::move(status), {}};
    if (outcome.query_id) {
        auto query = engine_.runtime().queries().find(*outcome.query_id);
        if (query && !query->started()) {
            entity.warnings.push_back("Query " + query->id() +
                                      " cannot be started yet: " + query->errors().back().message);
        }
    }
    if (const auto& topic = change.doomed_topic; !topic.empty()) {
        Status removed = topics_.remove(topic);
        if (!removed && removed.fault() != Fault::kNotFound) {
            log_warn("session", "topic={} not deleted: {}", topic, removed.message());
            entity.warnings.push_back("Topic " + topic + " was not deleted: " + removed.message());
        }
    }
    return entity;
}

std::vector<Entity> Session::execute(const std::string& script) {
    done_.clear();
    // Syntax before anything: what follows a mistake may not even be cut at the right places.
    sql::ParseOptions syntax;
    syntax.test_statements = options_.test_statements;
    sql::check_syntax(script, syntax);
    const auto pieces = sql::split_statements(script);
    const SessionState before = state_;
    topics_.forget();
    std::vector<sql::Statement> statements;
    try {
        statements = validate(pieces);
    } catch (...) {
        state_ = before;
        topics_.end_supposing();
        throw;
    }
    state_ = before;
    topics_.end_supposing();
    for (const auto& statement : statements) {
        try {
            if (auto entity = execute_one(statement)) done_.push_back(std::move(*entity));
            if (options_.executed) options_.executed(statement);
        } catch (StatementError& error) {
            if (error.statement_text().empty()) error.with_statement(statement.text);
            throw;
        }
    }
    return done_;
}

}  // namespace millrace
