// Push queries: transient tasks of their own, with state in memory and repartitioning in memory,
// all on one thread. They commit nothing and leave nothing behind. start() and cancel() are
// thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/exec/operator.h"
#include "engine/runtime/options.h"
#include "engine/runtime/processing_log.h"
#include "engine/runtime/task.h"

namespace millrace {

/// Where a push query's rows go; called on the host's thread, must not block.
class PushListener : public exec::RowSink {
public:
    enum class End { kLimit, kCompleted, kError };
    /// Called once, after the last rows; not after cancel().
    virtual void finished(End end, const std::string& message) = 0;
    /// May rows come? Asked of bounded queries: they can wait, and go on after listener_is_ready().
    virtual bool ready() { return true; }
};

struct PushOptions {
    /// Pull queries on streams: stop at the ends of the topics as they are at the start.
    bool bounded = false;
    /// Updates of one key within the flush interval become one.
    bool coalesce = true;
    int64_t flush_interval_ms = 200;
};

class PushQuery;

class PushHost {
public:
    PushHost(const RuntimeContext& context, ProcessingLog& processing_log);
    ~PushHost();

    void start();
    void stop();
    /// One turn, for the driver. Only without start(). True when something was done.
    bool run_once();

    /// Throws StatementError(kServer) when a source topic is missing or the log cannot be asked.
    void start_query(std::shared_ptr<const plan::PhysicalPlan> plan,
                     std::shared_ptr<PushListener> listener, const PushOptions& options);
    /// True when there was such a query.
    bool cancel(const std::string& query_id);
    std::vector<std::shared_ptr<const plan::PhysicalPlan>> running() const;
    /// Some listener may be ready again.
    void listener_is_ready();

private:
    void loop();
    void wait();
    /// From here to the next call a cancel of this query interrupts what it evaluates.
    void begin_turn(const std::string& query_id);
    /// All end with this error.
    void end_all(const std::string& reason);
    /// Whoever holds most pays where all together hold more than they may.
    void end_largest();
    void remove_ended(const std::vector<std::string>& cancelled);
    /// REQUIRES: mutex_ is held.
    void wake();

    const RuntimeContext& context_;
    ProcessingLog& processing_log_;
    FeedSet feeds_;
    std::vector<std::unique_ptr<PushQuery>> queries_;  ///< The host's thread only.
    mutable std::mutex mutex_;
    std::condition_variable wake_;  ///< For a host without queries.
    std::vector<std::unique_ptr<PushQuery>> incoming_;
    std::vector<std::string> cancelled_;
    std::map<std::string, std::shared_ptr<const plan::PhysicalPlan>> running_;
    std::string turning_;
    std::atomic<bool> turn_cancelled_{false};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace millrace
