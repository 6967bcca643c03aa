// The runtime of one server: workers, membership, queries, housekeeping. Thread-safe.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/runtime/membership.h"
#include "engine/runtime/options.h"
#include "engine/runtime/processing_log.h"
#include "engine/runtime/push_host.h"
#include "engine/runtime/query_registry.h"
#include "engine/runtime/worker.h"

namespace millrace {

class Runtime {
public:
    Runtime(RuntimeContext context, ProcessingLogOptions processing_log);
    ~Runtime();

    /// Starts the threads (options.threads) and joins the group. Queries may be added before and
    /// after.
    void start();
    /// Commits what is done and gives the slots back.
    void stop();

    /// Makes the plan's internal topics and starts the query (or replaces the one of the same id).
    /// Throws StatementError(kServer) when a topic cannot be made or a source topic is missing.
    RunningQueryPtr start_query(std::shared_ptr<const plan::PhysicalPlan> plan);
    /// Stops it and forgets its positions, state and internal topics. False: no such query.
    bool terminate_query(const std::string& id);
    bool pause_query(const std::string& id);
    bool resume_query(const std::string& id);
    QueryRegistry& queries() { return registry_; }
    /// From the next commit of each worker on.
    void set_commit_interval(int64_t ms);

    PushHost& push_host() { return *push_host_; }
    ProcessingLog& processing_log() { return processing_log_; }
    const RuntimeContext& context() const { return context_; }

    /// Have all tasks of all queries been opened?
    bool settled() const;
    /// Positions of all workers as of their last commits.
    PositionMap committed_positions() const;

    /// The driver's turn: group, workers, push queries. True when something was done.
    bool run_once();

private:
    void ensure_internal_topics(const plan::PhysicalPlan& plan,
                                const std::vector<plan::SubTopology>& pieces,
                                std::vector<int32_t>& partitions);
    void housekeeping();
    void housekeeping_turn();
    void wait_until_settled();
    struct Leftovers {
        std::vector<std::string> topics, stores;
    };
    /// The internal topics and stores of a query that has ended, but for those that its successor
    /// uses.
    static Leftovers leftovers(const RunningQuery& query, const RunningQuery* successor);
    void drop(const Leftovers& leftovers);

    RuntimeContext context_;
    ProcessingLog processing_log_;
    QueryRegistry registry_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unique_ptr<Membership> membership_;
    std::unique_ptr<PushHost> push_host_;
    PositionMap published_;
    std::mutex housekeeping_mutex_;
    std::condition_variable housekeeping_wake_;
    bool stop_ = false;
    std::thread housekeeper_;
};

}  // namespace millrace
