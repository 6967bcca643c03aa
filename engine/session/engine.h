// One server's engine: catalog, command log, runtime. Statements go through Session (session.h).
// Thread-safe where said.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/plan/planner.h"
#include "engine/runtime/runtime.h"
#include "engine/session/command.h"
#include "engine/session/command_log.h"
#include "engine/session/properties.h"

namespace millrace {

inline constexpr const char* kVersion =
    "8.5.0-0";  ///< Of the interface spoken: clients look at it.
inline constexpr const char* kMillraceVersion = "0.1.0";

struct EngineOptions {
    ServerProperties properties;
    std::unique_ptr<Log> log;
    std::unique_ptr<StateBackend> state;
    const Clock* clock = nullptr;
    const FunctionRegistry* functions = nullptr;  ///< Null: the built-in ones.
    bool command_log = true;                      ///< Headless servers and drivers have none.
    bool threads = true;
    std::string host = "localhost:8088";
    RuntimeOptions runtime;  ///< Base; what properties say goes over it.
};

/// Result of submitting a command.
struct CommandOutcome {
    int64_t sequence_number = -1;
    std::string message;
    std::optional<std::string> query_id;
};

class Engine {
public:
    explicit Engine(EngineOptions options);
    ~Engine();

    /// Replays the command log (waiting for the broker, up to `wait_ms`; kRetriable then: call
    /// again), starts queries.
    Status start(int64_t wait_ms);
    void stop();
    bool started() const { return started_; }

    // Any thread.
    Log& log() { return *log_; }
    StateBackend& state() { return *state_; }
    Runtime& runtime() { return *runtime_; }
    const Clock& clock() const { return *clock_; }
    const FunctionRegistry& functions() const { return *functions_; }
    const ServerProperties& properties() const { return properties_; }
    const std::string& service_id() const { return service_id_; }
    const std::string& host() const { return host_; }
    CatalogPtr catalog() const;
    std::string cluster_id();
    /// Statuses of commands by id, for /status.
    std::map<std::string, CommandOutcome> command_statuses() const;
    /// What the session had SET when it started this persistent query.
    std::map<std::string, std::string> query_overrides(const std::string& query_id) const;
    /// What ALTER SYSTEM has left.
    std::map<std::string, std::string> system_properties() const;
    /// Waits until the command of this number has been applied.
    bool wait_for_sequence(int64_t sequence_number, int64_t timeout_ms) const;

    /// Held while statements are validated and executed: one writer at a time.
    std::mutex& statement_mutex() { return statement_mutex_; }

    /// Statements that wait give up: the server is about to stop.
    void interrupt_waits() { waits_interrupted_ = true; }
    bool waits_interrupted() const { return waits_interrupted_; }

    // Under the statement mutex.
    int64_t next_query_number() const { return next_query_number_; }
    /// Writes to the command log, then applies. Throws StatementError(kServer) when the log
    /// refuses.
    CommandOutcome submit(Command command);
    /// Ends all queries for good and deletes their sinks' topics whose whole name matches one of
    /// the patterns, then the command log. Nothing may be submitted afterwards. Throws
    /// StatementError(kGeneral) for a pattern that is none, before it does anything.
    CommandOutcome terminate_cluster(const std::vector<std::string>& topic_patterns);

    /// How planning sees the world, with a session's overrides, against a catalog (the engine's or
    /// a sandbox's).
    plan::PlanningContext planning(CatalogPtr catalog,
                                   const std::map<std::string, std::string>& overrides,
                                   int64_t next_query_number);

    /// The driver's turn. True when something was done.
    bool run_once() { return runtime_->run_once(); }

private:
    CommandOutcome apply(const Command& command, bool replaying);
    void set_catalog(CatalogPtr catalog);

    ServerProperties properties_;
    std::string service_id_;
    std::string host_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<StateBackend> state_;
    const Clock* clock_;
    const FunctionRegistry* functions_;
    std::unique_ptr<Runtime> runtime_;
    std::unique_ptr<CommandLog> command_log_;
    std::mutex statement_mutex_;
    mutable std::mutex catalog_mutex_;
    CatalogPtr catalog_;
    std::map<std::string, CommandOutcome> statuses_;
    std::map<std::string, std::map<std::string, std::string>> query_overrides_;
    std::map<std::string, std::string> system_properties_;
    int64_t last_sequence_ = -1;
    int64_t next_query_number_ = 0;
    std::atomic<bool> started_{false};
    std::atomic<bool> waits_interrupted_{false};
    std::string cluster_id_;
    /// While replaying: queries to be started at the end, in order.
    std::vector<std::shared_ptr<const plan::PhysicalPlan>> replayed_;
    std::set<std::string> replayed_paused_;
};

}  // namespace millrace
