// What all routes share: the engine, the threads that work for them, and the push queries that are
// being answered. Outlives the HTTP server. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/memory_governor.h"
#include "engine/session/engine.h"
#include "server/access/access.h"
#include "server/access/audit.h"
#include "server/routes/print_pool.h"
#include "server/routes/pull_limits.h"
#include "server/routes/work_pool.h"

namespace millrace::server {

class PullResponse;
class PushResponse;

struct ServiceOptions {
    bool headless = false;  ///< A queries file rules: no statements over HTTP.
    size_t statement_threads = 8;
    size_t query_threads = 4;
    size_t scan_threads = 2;
    size_t probe_threads = 1;
    size_t queue_max = 1000;  ///< Requests that wait for each kind of thread.
    size_t login_threads = 2;
    size_t login_queue_max = 100;              ///< Each may take a tenth of a second.
    std::shared_ptr<Access> access = nullptr;  ///< Null: nobody is asked for a name.
    bool audit = false;
};

class Service {
public:
    /// `memory`: what answers hold is counted there.
    Service(Engine& engine, MemoryGovernor& memory, ServiceOptions options);

    Engine& engine() { return engine_; }
    MemoryGovernor& memory() { return memory_; }
    PullLimits& pull_limits() { return pull_limits_; }
    bool headless() const { return options_.headless; }
    /// Null: nobody is asked for a name.
    Access* access() { return options_.access.get(); }
    const Audit& audit() const { return audit_; }
    /// Log-ins, whose passwords take long to look at.
    WorkPool& login_pool() { return login_pool_; }
    /// Statements: one at a time changes anything, and ASSERT may wait for seconds.
    WorkPool& statement_pool() { return statement_pool_; }
    /// Queries and everything that asks the log.
    WorkPool& query_pool() { return query_pool_; }
    /// What is left of pull queries that read a table: look-ups do not wait behind them.
    WorkPool& scan_pool() { return scan_pool_; }
    /// Health checks, which wait for nobody but the log.
    WorkPool& probe_pool() { return probe_pool_; }

    /// Why the engine has not started yet, for those who ask before it has.
    void set_not_ready_reason(const std::string& reason);
    std::string not_ready_reason() const;

    /// What ends the whole server once it has answered; set before it listens.
    void on_end(std::function<void()> end) { end_ = std::move(end); }
    void end_server() {
        begin_shutdown();
        if (end_) end_();
    }
    /// From here on every request but probes is refused.
    void begin_shutdown() {
        stopping_ = true;
        engine_.interrupt_waits();
    }
    bool stopping() const { return stopping_; }
    /// PRINT statements, which may go on for ever.
    PrintPool& print_pool() { return print_pool_; }
    /// Waits for requests in progress; then cuts the answers that are still being read.
    void stop_pools();

    /// A pull query with rows left to read.
    void add_pull(const std::shared_ptr<PullResponse>& response);

    // Push queries by id.
    void add_push(const std::string& query_id, const std::shared_ptr<PushResponse>& response);
    void remove_push(const std::string& query_id);
    /// Ends the query and its answer. False: no such query.
    bool close_push(const std::string& query_id);

    /// Is the log reachable? Asked at most every `ksql.healthcheck.interval.ms`; may block.
    bool log_healthy();

private:
    Engine& engine_;
    MemoryGovernor& memory_;
    PullLimits pull_limits_;
    ServiceOptions options_;
    const Audit audit_;
    std::function<void()> end_;
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;
    std::string not_ready_reason_;
    std::map<std::string, std::weak_ptr<PushResponse>> pushes_;
    std::vector<std::weak_ptr<PullResponse>> pulls_;
    std::mutex health_mutex_;
    int64_t health_checked_ms_ = 0;
    bool healthy_ = false;
    PrintPool print_pool_;
    WorkPool login_pool_;
    WorkPool statement_pool_;
    WorkPool query_pool_;
    WorkPool scan_pool_;
    WorkPool probe_pool_;
};

}  // namespace millrace::server
