// What the runtime is told at start.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/clock.h"
#include "engine/base/memory_governor.h"
#include "engine/config/config.h"
#include "engine/functions/registry.h"
#include "engine/log/log.h"
#include "engine/plan/internal_topics.h"
#include "engine/plan/steps.h"
#include "engine/serde/format.h"
#include "engine/state/state_store.h"

namespace millrace {

class TopicMeters;

enum class Guarantee { kAtLeastOnce, kExactlyOnce };

struct RuntimeOptions {
    std::string service_id = "default_";
    std::string server_id = "server-0";  ///< Stable over restarts: group.instance.id.
    bool server_id_is_kept = false;      ///< In a state directory that is this process's alone.
    int workers = 2;
    int32_t slots = 16;  ///< Fixed when the slots topic is made.
    int64_t commit_interval_ms = 2000;
    Guarantee guarantee = Guarantee::kAtLeastOnce;
    /// The most that a worker has in memory before it commits, however much there is.
    size_t uncommitted_bytes_max = 32ULL << 20;
    size_t batch_rows_max = 4096;
    size_t queue_rows_max = 8192;                ///< Rows fetched ahead, per task input.
    size_t partition_buffer_bytes = 1ULL << 20;  ///< As uncommitted_bytes_max.
    size_t writer_buffer_bytes = 64ULL << 20;    ///< As uncommitted_bytes_max.
    int64_t transaction_timeout_ms = 10000;
    /// Topics are a broker's, which gives up transactions that stay open for longer.
    bool broker_times_out = false;
    int16_t internal_replicas = 1;    ///< Of the command topic and of that of slots.
    int16_t internal_min_insync = 1;  ///< Of those; 1: as the brokers have it.
    int16_t state_replicas = 1;       ///< Of changelogs and repartition topics.
    bool coalesce = true;             ///< Updates of one key between two commits become one.
    bool threads = true;              ///< False: the driver calls Runtime::run_once().
    int commit_turns = 0;  ///< Without threads: a commit's end is seen so many turns later.
    int64_t retry_backoff_initial_ms = 15000;
    int64_t retry_backoff_max_ms = 900000;
    bool read_committed = false;  ///< Also where the guarantee does not ask for it.

    bool reads_committed() const { return read_committed || guarantee == Guarantee::kExactlyOnce; }
};

/// A commit so often, when `asked_ms` is what somebody wants.
int64_t commit_interval(const RuntimeOptions& options, int64_t asked_ms);
/// As the server's properties say; what they do not speak of as `base` has it.
RuntimeOptions runtime_options(const Config& config, RuntimeOptions base);

/// What the topics that hold a service's own decisions, commands and slots, are made with.
TopicConfig own_topic_config(const RuntimeOptions& options, int32_t partitions);

/// Do updates of one key between two commits become one?
bool coalesces(const Config& config);

/// Makes the bounds of a worker's memory fit into the parts that there are for all of them.
RuntimeOptions within(RuntimeOptions options, const MemoryGovernor& memory);

/// What every part of the runtime shares. The referenced objects outlive it and are thread-safe.
struct RuntimeContext {
    RuntimeOptions options;
    Config config;  ///< The server's; a query sees it with its plan's overrides over it.
    MemoryGovernor* memory = nullptr;  ///< Null: nothing is bounded.
    Log* log = nullptr;
    StateBackend* state = nullptr;
    const FunctionRegistry* functions = nullptr;
    const FormatRegistry* formats = nullptr;
    const Clock* clock = nullptr;
    const Clock* steady = nullptr;  ///< Monotonic: for intervals and time-outs.
    TopicMeters* meters = nullptr;  ///< The runtime's own.

    Config config_of(const plan::PhysicalPlan& plan) const { return config.with(plan.properties); }

    MemoryShare share(MemoryHolder holder) const { return {memory, holder}; }

    /// Name of the internal topic that orders nothing but owns everything: partition = slot.
    std::string slots_topic() const { return plan::slots_topic(options.service_id); }
    std::string group() const { return plan::internal_prefix(options.service_id) + "_servers"; }
    std::string transactional_id(int worker) const {
        return options.service_id + "-" + options.server_id + "-" + std::to_string(worker);
    }
    std::string publisher_id() const {
        return options.service_id + "-" + options.server_id + "-offsets";
    }
};

}  // namespace millrace
