// The runtime of one server: workers, membership, queries, housekeeping. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/runtime/group_offsets.h"
#include "engine/runtime/membership.h"
#include "engine/runtime/options.h"
#include "engine/runtime/processing_log.h"
#include "engine/runtime/push_host.h"
#include "engine/runtime/query_registry.h"
#include "engine/runtime/topic_lookup.h"
#include "engine/runtime/topic_meters.h"
#include "engine/runtime/worker.h"

namespace millrace {

class Runtime {
public:
    Runtime(RuntimeContext context, ProcessingLogOptions processing_log);
    ~Runtime();

    /// What of start() can go on beside the reading of the commands: an earlier life is fenced.
    /// REQUIRES: no other server has this one's id.
    void prepare();
    /// Starts the threads (options.threads) and joins the group. Queries may be added before and
    /// after.
    void start();
    /// Commits what is done and gives the slots back.
    void stop();

    /// Makes what runs equal to what the catalog says, and is the only thing that starts, pauses or
    /// ends a persistent query. A query that is no longer in the catalog loses its positions, state
    /// and internal topics. One that cannot be started stands in queries() with the reason and is
    /// tried again later. A catalog older than the last one is passed over, so that callers may
    /// come in any order. Asks the broker.
    void reconcile(CatalogPtr catalog);
    QueryRegistry& queries() { return registry_; }

    PushHost& push_host() { return *push_host_; }
    ProcessingLog& processing_log() { return processing_log_; }
    const TopicMeters& meters() const { return meters_; }
    const RuntimeContext& context() const { return context_; }

    /// Have all tasks of all queries been opened?
    bool settled() const;
    /// See Membership.
    std::string membership_trouble() const { return membership_->trouble(); }
    /// See Membership.
    std::string other_servers() const { return membership_->others(); }
    /// Positions of all workers as of their last commits.
    PositionMap committed_positions() const;

    /// The driver's turn: group, workers, push queries. True when something was done.
    bool run_once();
    /// Housekeeping's look, for drivers: queries whose source topics have got another number of
    /// partitions are started anew.
    void look_at_topics();

private:
    /// REQUIRES: reconcile_mutex_ is held; so for the next ones.
    void reconcile_queries();
    void end_queries(const QueryList& ended, QueryList kept);
    RunningQueryPtr start_query(const PersistentQuery& wanted, const RunningQueryPtr& current,
                                TopicLookup& known);
    void retry_starts();
    /// Throws StatementError(kServer) when a topic cannot be made or a source topic is missing.
    struct InternalTopics {
        std::vector<int32_t> partitions;  ///< One number a sub-topology.
        std::map<std::string, int32_t> source_partitions;
        std::set<std::string> made;  ///< They were not there.
    };
    InternalTopics ensure_internal_topics(const std::vector<plan::SubTopology>& subtopologies,
                                          TopicLookup& known);
    void housekeeping();
    void housekeeping_turn();
    void purge(const PositionMap& positions);
    void wait_until_settled();
    struct Leftovers {
        std::vector<std::string> topics, stores;
    };
    /// Adds the internal topics and stores of a query that has ended, but for those that its
    /// successor uses.
    static void add_leftovers(const RunningQuery& query, const RunningQuery* successor,
                              Leftovers& out);
    void drop(const Leftovers& leftovers);

    TopicMeters meters_;
    RuntimeContext context_;
    ProcessingLog processing_log_;
    GroupOffsetsPublisher group_offsets_;
    QueryRegistry registry_;
    std::mutex reconcile_mutex_;  ///< Above registry_'s and the workers' own.
    CatalogPtr wanted_;
    std::atomic<bool> starts_pending_{false};  ///< Some query could not be started.
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unique_ptr<Membership> membership_;
    std::unique_ptr<PushHost> push_host_;
    std::map<TopicPartition, int64_t> purged_;  ///< Up to here, by partition.
    std::mutex housekeeping_mutex_;
    std::condition_variable housekeeping_wake_;
    bool stop_ = false;
    std::thread housekeeper_;
};

}  // namespace millrace
