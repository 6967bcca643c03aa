// A query that the server runs, or would run if it could: its plan cut into sub-topologies, and
// what is known of its health. Shared between the registry, the workers and whoever asks;
// thread-safe.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/catalog/catalog.h"
#include "engine/plan/steps.h"
#include "engine/plan/subtopology.h"
#include "engine/runtime/restore_progress.h"
#include "engine/runtime/time_board.h"

namespace millrace {

enum class QueryState { kRunning, kRestoring, kPaused, kError };

struct QueryError {
    int64_t timestamp_ms = 0;
    std::string message;
    std::string type = "UNKNOWN";  ///< USER, SYSTEM or UNKNOWN.
};

class RunningQuery {
public:
    /// `partitions`: one number a sub-topology; empty: the query could not be started.
    RunningQuery(std::shared_ptr<const plan::PhysicalPlan> plan,
                 std::vector<plan::SubTopology> subtopologies, std::vector<int32_t> partitions,
                 int64_t made_at = 0)
        : plan_(std::move(plan)),
          subtopologies_(std::move(subtopologies)),
          partitions_(std::move(partitions)),
          made_at_(made_at) {}

    const std::string& id() const { return plan_->query_id; }
    const std::shared_ptr<const plan::PhysicalPlan>& plan() const { return plan_; }
    const std::vector<plan::SubTopology>& subtopologies() const { return subtopologies_; }
    /// PersistentQuery::made_at.
    int64_t made_at() const { return made_at_; }
    const std::optional<Replacement>& replacement() const { return replacement_; }
    /// REQUIRES: nobody else knows of it yet.
    void set_replacement(std::optional<Replacement> replacement) {
        replacement_ = std::move(replacement);
    }
    /// Its source topics and how many partitions they had when it was started.
    const std::map<std::string, int32_t>& source_partitions() const { return source_partitions_; }
    /// REQUIRES: nobody else knows of it yet.
    void set_source_partitions(std::map<std::string, int32_t> partitions) {
        source_partitions_ = std::move(partitions);
    }
    /// Have they other ones by now? It is to be started anew then.
    bool outdated() const { return outdated_; }
    void set_outdated() { outdated_ = true; }
    /// A log had not the offset where one of its tasks stands: all are looked at when they start.
    void doubt_positions() { positions_doubted_ = true; }
    bool positions_doubted() const { return positions_doubted_; }
    const std::optional<QueryStarts>& starts() const { return starts_; }
    /// REQUIRES: nobody else knows of it yet.
    void set_starts(std::optional<QueryStarts> starts) { starts_ = std::move(starts); }
    /// Its internal topics are there; else errors() tells what was in the way.
    bool started() const { return !partitions_.empty(); }
    /// What its tasks tell each other around a repartition topic; null when it is none of this
    /// query's, or the order of its records is that of their offsets.
    TimeBoard* time_board(const std::string& topic) const;
    /// REQUIRES: nobody else knows of it yet.
    void make_time_boards(int64_t now_ms);
    /// Number of tasks of a sub-topology: partitions of its inputs. REQUIRES: started().
    int32_t partitions(size_t subtopology) const { return partitions_[subtopology]; }

    /// Internal topics that were not there when it was started, and have been made.
    const std::set<std::string>& made_topics() const { return made_topics_; }
    /// REQUIRES: nobody else knows of it yet.
    void set_made_topics(std::set<std::string> topics) { made_topics_ = std::move(topics); }

    bool paused() const { return paused_; }
    void set_paused(bool paused) { paused_ = paused; }

    QueryState state() const;
    std::vector<QueryError> errors() const;
    /// Notes a failure and keeps the query off the workers for a time that grows until prove().
    /// `steady_now_ms`: the clock of all times below; the error's own is the wall's.
    void fail(QueryError error, int64_t steady_now_ms, int64_t backoff_initial_ms,
              int64_t backoff_max_ms);
    /// Something to know that keeps it from nothing.
    void note(QueryError error);
    /// What a repartition topic of its own held when it was deleted, or cut, is nowhere else.
    void note_lost(const std::string& topic, int64_t wall_ms);
    /// As fail(), of stores that are damaged: the first time they can be restored at once.
    void fail_by_damage(QueryError error, const std::vector<StorePartition>& stores,
                        int64_t steady_now_ms, int64_t backoff_initial_ms, int64_t backoff_max_ms);
    /// May tasks run at this moment (started, not paused, not backing off)?
    bool runnable(int64_t steady_now_ms) const {
        return started() && !paused_ && steady_now_ms >= retry_at_ms_;
    }
    int64_t retry_at_ms() const { return retry_at_ms_; }
    /// A query that failed is well when it has worked for as long as it was kept away.
    int64_t well_at_ms() const;
    /// A commit with this query's tasks went through. While it is kept away those are some that
    /// have not heard of it yet.
    void note_progress(int64_t steady_now_ms) {
        if (steady_now_ms >= retry_at_ms_) failing_ = false;
    }
    /// It has got past what it failed by: the next failure is a new one.
    void prove();

    /// Somebody who only reads its state has met bytes there that no operator of it wrote: the
    /// worker that has the task looks after it.
    void report_damage(const StorePartition& store, const std::string& what);
    bool damage_reported() const { return damage_reported_; }
    /// What was reported of the store since the last call; nothing: nothing.
    std::optional<std::string> take_reported(const StorePartition& store);

    /// What its records are called where a log tells whose it refuses; never 0.
    uint32_t owner() const { return owner_; }

    RestoreProgress restores;
    /// Somebody has seen that the table's store is here; until it fails by damage.
    std::atomic<bool> state_seen{false};
    std::atomic<uint64_t> records_in{0};
    std::atomic<uint64_t> records_out{0};
    std::atomic<uint64_t> rows_failed{0};

private:
    static constexpr size_t kErrorsMax = 10;
    static uint32_t next_owner();

    const uint32_t owner_ = next_owner();
    std::shared_ptr<const plan::PhysicalPlan> plan_;
    std::vector<plan::SubTopology> subtopologies_;
    std::vector<int32_t> partitions_;
    int64_t made_at_;
    std::optional<Replacement> replacement_;
    std::optional<QueryStarts> starts_;
    std::map<std::string, int32_t> source_partitions_;
    std::map<std::string, std::unique_ptr<TimeBoard>> time_boards_;  ///< By topic.
    std::set<std::string> made_topics_;
    std::atomic<bool> outdated_{false};
    std::atomic<bool> positions_doubted_{false};
    std::atomic<bool> paused_{false};
    std::atomic<bool> failing_{false};
    std::atomic<int64_t> retry_at_ms_{0};
    mutable std::mutex mutex_;
    std::deque<QueryError> errors_;
    int64_t backoff_ms_ = 0;
    std::atomic<bool> damage_reported_{false};
    std::map<StorePartition, std::string> reported_;
    std::set<StorePartition> given_up_;  ///< Stores that were damaged, until prove().
};

using RunningQueryPtr = std::shared_ptr<RunningQuery>;
/// All persistent queries at one moment; replaced whole when one comes or goes.
using QueryList = std::vector<RunningQueryPtr>;

}  // namespace millrace
