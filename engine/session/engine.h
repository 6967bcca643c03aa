// One server's engine: catalog, command log, runtime. Statements go through Session (session.h),
// which decides on commands; what a command changes is told by the fold (command_fold.h), what
// follows for running queries by Runtime::reconcile(). Thread-safe where said.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/base/memory_governor.h"
#include "engine/base/steady_clock.h"
#include "engine/config/overrides.h"
#include "engine/plan/planner.h"
#include "engine/runtime/other_servers.h"
#include "engine/runtime/runtime.h"
#include "engine/session/command.h"
#include "engine/session/command_log.h"
#include "engine/session/insert_writer.h"
#include "engine/session/known_topics.h"
#include "engine/session/topic_deletions.h"
#include "engine/session/topic_rules.h"

namespace millrace {

inline constexpr const char* kVersion =
    "8.5.0-0";  ///< Of the interface spoken: clients look at it.
inline constexpr const char* kMillraceVersion = "0.1.0";

struct EngineOptions {
    Config config;
    std::unique_ptr<Log> log;
    std::unique_ptr<StateBackend> state;
    const Clock* clock = nullptr;
    const Clock* steady = nullptr;  ///< For intervals and time-outs; null: the machine's.
    const FunctionRegistry* functions = nullptr;  ///< Null: the built-in ones.
    bool command_log = true;                      ///< Headless servers and drivers have none.
    bool threads = true;
    /// A source whose format has no codec is refused. Not so where statements are only planned.
    bool sources_need_codecs = true;
    /// The number of a query that is made next; null: as ksqlDB, by the command log.
    std::function<int64_t(const Catalog&)> query_number;
    std::string host = "localhost:8088";
    std::shared_ptr<MemoryGovernor> memory;  ///< Null: one over a quarter of the machine's.
    AskGroup ask_group;                      ///< Null: the log is this process's alone.
    RuntimeOptions runtime;                  ///< Base; what the config says goes over it.
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
    /// Why this server only reads; empty: it does everything. There is a command that it could not
    /// read, so what it knows ends there, and things may be otherwise by now: queries are paused,
    /// and no statement changes or writes anything.
    std::string degraded() const;
    /// Throws that as StatementError(kServer), or that another server is at work.
    void check_not_degraded() const;

    // Any thread.
    Log& log() { return *log_; }
    StateBackend& state() { return *state_; }
    const TopicRules& topic_rules() const { return topic_rules_; }
    InsertWriter& inserts() { return inserts_; }
    Runtime& runtime() { return *runtime_; }
    const Clock& clock() const { return *clock_; }
    const FunctionRegistry& functions() const { return *functions_; }
    const FormatRegistry& formats() const { return formats_; }
    bool sources_need_codecs() const { return sources_need_codecs_; }
    const Config& config() const { return config_; }
    const std::string& service_id() const { return service_id_; }
    const std::string& host() const { return host_; }
    CatalogPtr catalog() const;
    std::string cluster_id();
    /// Statuses of commands by id, for /status.
    std::map<std::string, CommandOutcome> command_statuses() const;
    /// Waits until the command of this number has been applied.
    bool wait_for_sequence(int64_t sequence_number, int64_t timeout_ms) const;

    /// Held from the last look at the catalog to the catalog after the command: one writer at a
    /// time. Never while the broker is asked for anything but to take the command.
    std::mutex& statement_mutex() { return statement_mutex_; }
    TopicDeletions& topic_deletions() { return topic_deletions_; }
    /// The number that a command would get next after this catalog, as far as can be told: what was
    /// aborted has left gaps in the log.
    int64_t expected_sequence(const Catalog& catalog, const Command& command) const;
    /// Under the statement mutex: writes a command that was decided on with the present catalog,
    /// and shows the catalog that it leaves. Throws StatementError when the log refuses, or the
    /// cluster has ended.
    CommandOutcome submit(const Command& command);
    /// Under the statement mutex. When nobody knew whether the last command was written, the
    /// catalog follows what the log has; true: it has changed. Throws StatementError when the log
    /// cannot be read.
    bool settle_commands();
    /// Not under the statement mutex: makes the runtime follow the catalog.
    void reconcile() { runtime_->reconcile(catalog()); }

    /// Statements that wait give up: the server is about to stop.
    void interrupt_waits() { waits_interrupted_ = true; }
    bool waits_interrupted() const { return waits_interrupted_; }

    /// Any thread. Ends all queries for good and deletes their sinks' topics whose whole name
    /// matches one of the patterns, unless they are closed, then the command log. Nothing may be
    /// submitted afterwards. Throws StatementError(kGeneral) for a pattern that is none, before it
    /// does anything.
    CommandOutcome terminate_cluster(const std::vector<std::string>& topic_patterns);

    /// How planning sees the world, with a session's overrides, against a catalog (the engine's or
    /// a sandbox's). `topics` outlive it.
    plan::PlanningContext planning(CatalogPtr catalog,
                                   const std::map<std::string, std::string>& overrides,
                                   KnownTopics& topics) const;

    /// The driver's turn. True when something was done.
    bool run_once() { return runtime_->run_once(); }

private:
    Status open(int64_t wait_ms);
    Status claim_state();
    /// REQUIRES: catalog_mutex_ is held.
    Status read_commands(int64_t from, Catalog catalog);
    bool pass_over(const UnreadCommand& unread, const Catalog& before);
    CommandOutcome note_status(const Command& command, int64_t sequence);

    Config config_;
    std::string service_id_;
    std::string host_;
    const std::shared_ptr<MemoryGovernor> memory_;  ///< Outlives all that it counts.
    std::unique_ptr<Log> log_;
    std::unique_ptr<StateBackend> state_;
    const Clock* clock_;
    SteadyClock machine_steady_;
    const Clock* steady_;
    FormatRegistry formats_;
    const bool sources_need_codecs_;
    const TopicRules topic_rules_;
    InsertWriter inserts_{*log_, formats_, topic_rules_};
    const FunctionRegistry* functions_;
    const std::function<int64_t(const Catalog&)> query_number_;
    std::unique_ptr<Runtime> runtime_;
    std::unique_ptr<OtherServers> other_servers_;
    std::unique_ptr<CommandLog> command_log_;
    std::mutex statement_mutex_;
    TopicDeletions topic_deletions_;
    mutable std::mutex catalog_mutex_;
    CatalogPtr catalog_;
    std::map<std::string, CommandOutcome> statuses_;
    /// Offsets from one command to the next: on Kafka, the end of a transaction takes one too.
    std::atomic<int64_t> command_stride_{1};
    bool ended_ = false;  ///< By terminate_cluster(); under the statement mutex.
    std::atomic<bool> started_{false};
    std::atomic<bool> waits_interrupted_{false};
    std::string cluster_id_;
    std::string degraded_;  ///< Under the catalog mutex.
};

}  // namespace millrace
