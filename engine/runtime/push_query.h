// One push query: its tasks, its state in memory, and the in-memory topics between its
// sub-topologies. Host's thread only.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/local_topic.h"
#include "engine/runtime/push_host.h"
#include "engine/runtime/task_builder.h"

namespace millrace {

class PushQuery {
public:
    PushQuery(const RuntimeContext& context, ProcessingLog& processing_log,
              std::shared_ptr<const plan::PhysicalPlan> plan,
              std::shared_ptr<PushListener> listener, const PushOptions& options);
    ~PushQuery();

    const std::string& id() const { return plan_->query_id; }
    const std::shared_ptr<const plan::PhysicalPlan>& plan() const { return plan_; }

    /// Finds topics and start positions; any thread, before open(). Throws StatementError(kServer).
    void locate();
    /// Builds the tasks and subscribes them.
    void open(FeedSet& feeds);
    void close();
    /// True when something was processed.
    bool turn();
    /// Ends it with this error.
    void fail(const std::string& message) { end(PushListener::End::kError, message); }
    /// What its groups, windows and tables hold, as of its last turn.
    size_t state_bytes() const { return memory_.bytes(); }
    /// Set once the query has ended by itself.
    bool ended() const { return ended_; }

private:
    void open_task(const TaskBuilder& builder, const plan::SubTopology& subtopology,
                   int32_t partition, FeedSet& feeds);
    bool process();
    /// A bounded query whose listener has no room waits.
    bool may_emit();
    bool all_inputs_finished() const;
    void tell_memory();
    void end(PushListener::End how, const std::string& message);

    const RuntimeContext& context_;
    ProcessingLog& processing_log_;
    std::shared_ptr<const plan::PhysicalPlan> plan_;
    std::shared_ptr<PushListener> listener_;
    PushOptions options_;
    RunningQueryPtr query_;
    size_t held_back_ = 0;  ///< See exec::HeldBack.
    MemoryAccount memory_;
    std::unique_ptr<StateBackend> backend_;
    std::unique_ptr<Overlay> overlay_;
    std::map<TopicPartition, OffsetRange> starts_;
    std::map<std::string, std::unique_ptr<LocalTopic>> topics_;
    std::vector<std::unique_ptr<Task>> tasks_;  ///< Upstream first.
    int64_t last_flush_ms_ = 0;
    bool dirty_ = false;
    bool ended_ = false;
};

}  // namespace millrace
