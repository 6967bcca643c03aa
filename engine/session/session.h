// Text in, entities out. A request's statements are parsed and validated in a sandbox first, all of
// them, and only then executed, in order. SET and DEFINE last as long as the Session object: a REST
// request, a shell, a file.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
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

/// What a statement handler works with. In the sandbox `engine` may only be asked; the catalog and
/// the next query number are the sandbox's own.
struct StatementContext {
    Engine& engine;
    SessionState& session;
    const sql::Statement& statement;
    bool sandbox = false;
    CatalogPtr& catalog;  ///< Sandbox: as left by the statements before.
    int64_t& next_query_number;
    std::set<std::string>& sandbox_queries;  ///< Ids of queries that the sandbox has made.
    /// Topics that statements before would have made: later ones may build on them.
    std::map<std::string, TopicConfig>& sandbox_topics;
    /// Of the engine's statement mutex: a statement that only waits lets others in meanwhile.
    std::unique_lock<std::mutex>& lock;

    plan::PlanningContext planning() const;
    /// Submits for real; in the sandbox only notes what the command would change. Fills in
    /// CommandStatus.
    Entity submit(Command command, const std::string& shown_text);
    /// Waits without the statement mutex; the catalog is what it has become meanwhile. Throws when
    /// the server is about to stop. REQUIRES: not in the sandbox.
    void pause(int64_t ms);
};

/// One statement kind's answer; nothing: no entity (SET, INSERT VALUES, …).
using StatementResult = std::optional<Entity>;

class Session {
public:
    struct Options {
        bool over_rest = true;  ///< SELECT and PRINT are refused here.
        bool headless = false;  ///< Only the eight statements of a queries file.
        bool test_statements = false;
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
    StatementResult run(const sql::Statement& statement, bool sandbox, CatalogPtr& catalog,
                        int64_t& next_number, SessionState& state,
                        std::unique_lock<std::mutex>& lock);

    Engine& engine_;
    SessionState state_;
    Options options_;
    std::set<std::string> sandbox_queries_;
    std::map<std::string, TopicConfig> sandbox_topics_;
    std::vector<Entity> done_;
};

/// Dispatch: one line a statement kind (table.cpp).
StatementResult run_statement(StatementContext& context);

}  // namespace millrace
