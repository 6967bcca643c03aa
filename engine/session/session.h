// Text in, entities out. A request's statements are parsed and validated in a sandbox first, all of
// them, and only then executed, in order. SET and DEFINE last as long as the Session object: a REST
// request, a shell, a file.
//
// A statement that changes the catalog is decided on against a snapshot, without a lock, so that
// the broker may be asked. The lock is taken to write its command; when another session's command
// came in between, the statement is decided on again under the lock, with what is known of topics
// by then.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/session/engine.h"
#include "engine/session/entities.h"
#include "engine/sql/parser.h"

namespace millrace {

/// What SET and DEFINE have left.
struct SessionState {
    std::map<std::string, std::string> overrides;
    std::map<std::string, std::string> variables;
};

/// What a statement handler works with. A handler only looks, and says what is to be done; in the
/// sandbox what has an effect outside of the catalog is not done at all.
struct StatementContext {
    Engine& engine;
    SessionState& session;
    const sql::Statement& statement;
    bool sandbox = false;
    const CatalogPtr& catalog;  ///< As left by the statements before.
    KnownTopics& topics;

    plan::PlanningContext planning() const {
        return engine.planning(catalog, session.overrides, topics);
    }
    /// Waits; topics are asked for again afterwards. Throws when the server is about to stop.
    void pause(int64_t ms);
};

/// A statement that changes the catalog, decided on and not yet carried out.
struct Change {
    Command command;
    std::string shown;                             ///< The statement as its answer shows it.
    std::optional<plan::TopicRequest> topic = {};  ///< There before the command is written.
    std::string doomed_topic = {};                 ///< Deleted after the command; empty: none.
};

/// One statement kind's answer; monostate: no entity (SET, INSERT VALUES, …).
using StatementResult = std::variant<std::monostate, Entity, Change>;

class Session {
public:
    struct Options {
        bool over_rest = true;  ///< SELECT and PRINT are refused here.
        bool headless = false;  ///< Only the eight statements of a queries file.
        bool test_statements = false;
        /// Asked about each statement before any of them is executed; throws for one that may not
        /// be, and what it throws comes out of execute().
        std::function<void(const sql::Statement&)> permit = {};
        /// Told of each once it has been executed.
        std::function<void(const sql::Statement&)> executed = {};
    };

    Session(Engine& engine, SessionState state, Options options);
    Session(Engine& engine, SessionState state) : Session(engine, std::move(state), Options()) {}

    /// Throws StatementError: nothing was executed when validation failed; when execution failed,
    /// entities() holds what was done before.
    std::vector<Entity> execute(const std::string& script);
    const std::vector<Entity>& entities() const { return done_; }
    SessionState& state() { return state_; }

    /// Parses one statement with this session's variables and the catalog's types.
    sql::Statement parse(const sql::StatementText& text) const;

private:
    sql::Statement parse(const sql::StatementText& text, const Catalog& catalog) const;
    void check_kind(const sql::Statement& statement) const;
    std::vector<sql::Statement> validate(const std::vector<sql::StatementText>& pieces);
    StatementResult run(const sql::Statement& statement, const CatalogPtr& catalog, bool sandbox);
    std::optional<Entity> execute_one(const sql::Statement& statement);
    /// Decides where the query of a command starts.
    void fix_starts(Command& command);
    bool decide_again(const sql::Statement& statement, StatementResult& result);
    Entity carry_out(Change change, std::unique_lock<std::mutex> lock);

    Engine& engine_;
    SessionState state_;
    Options options_;
    KnownTopics topics_;
    int64_t deletions_seen_;  ///< Of topics, when `topics_` knew nothing yet.
    std::vector<Entity> done_;
};

/// Dispatch: one line a statement kind (table.cpp).
StatementResult run_statement(StatementContext& context);

}  // namespace millrace
