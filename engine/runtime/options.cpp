#include "engine/runtime/options.h"

#include <algorithm>

#include "engine/config/consumer_settings.h"
#include "engine/config/get.h"

namespace millrace {

int64_t commit_interval(const RuntimeOptions& options, int64_t asked_ms) {
    // Command logs of before may have more than ALTER SYSTEM takes.
    const int64_t longest_ms =
        options.broker_times_out ? options.transaction_timeout_ms / 2 : int64_t{3'600'000};
    return std::min(asked_ms, longest_ms);
}

RuntimeOptions runtime_options(const Config& config, RuntimeOptions base) {
    RuntimeOptions options = std::move(base);
    options.service_id = config.get<"ksql.service.id">();
    if (auto id = config.get<"millrace.server.id">()) {
        options.server_id = *id;
        options.server_id_is_kept = false;
    }
    options.workers =
        static_cast<int>(config.get<"num.stream.threads">().value_or(options.workers));
    options.slots = static_cast<int32_t>(config.get<"millrace.slots">());
    options.broker_times_out = config.get<"bootstrap.servers">().has_value();
    options.commit_interval_ms = commit_interval(options, config.get<"commit.interval.ms">());
    options.coalesce = options.coalesce && coalesces(config);
    if (config.get<"processing.guarantee">() != "at_least_once")
        options.guarantee = Guarantee::kExactlyOnce;
    if (consumer_isolation(config) == "read_committed") options.read_committed = true;
    options.internal_replicas = static_cast<int16_t>(config.get<"ksql.internal.topic.replicas">());
    options.internal_min_insync =
        static_cast<int16_t>(config.get<"ksql.internal.topic.min.insync.replicas">());
    options.state_replicas = static_cast<int16_t>(
        config.get<"replication.factor">().value_or(options.internal_replicas));
    options.retry_backoff_initial_ms = config.get<"ksql.query.retry.backoff.initial.ms">();
    options.retry_backoff_max_ms = config.get<"ksql.query.retry.backoff.max.ms">();
    options.batch_rows_max = static_cast<size_t>(config.get<"millrace.batch.rows.max">());
    return options;
}

RuntimeOptions within(RuntimeOptions options, const MemoryGovernor& memory) {
    const auto workers = static_cast<size_t>(std::max(options.workers, 1));
    // What is committed is held several times on its way: as state, as records of changelogs, in
    // the log's write and in the state's.
    constexpr size_t kTimesHeld = 4;
    options.uncommitted_bytes_max =
        std::min(options.uncommitted_bytes_max,
                 memory.part(MemoryHolder::kUncommitted) / (kTimesHeld * workers));
    // Half of it is for reading: a reader for each worker and one for push queries, of so many
    // partitions with a backlog. Half for writing: a transaction's writer and that of outputs.
    constexpr size_t kPartitionsOfReader = 16;
    constexpr size_t kLeastReadBytes = 64 << 10;
    constexpr size_t kLeastWrittenBytes = 2 << 20;
    const size_t half = memory.part(MemoryHolder::kKafka) / 2;
    options.partition_buffer_bytes =
        std::min(options.partition_buffer_bytes,
                 std::max(half / (workers + 1) / kPartitionsOfReader, kLeastReadBytes));
    options.writer_buffer_bytes =
        std::min(options.writer_buffer_bytes, std::max(half / (2 * workers), kLeastWrittenBytes));
    return options;
}

TopicConfig own_topic_config(const RuntimeOptions& options, int32_t partitions) {
    TopicConfig config;
    config.partitions = partitions;
    config.replicas = options.internal_replicas;
    if (options.internal_min_insync > 1)
        config.settings["min.insync.replicas"] = std::to_string(options.internal_min_insync);
    return config;
}

bool coalesces(const Config& config) {
    return config.get<"statestore.cache.max.bytes">().value_or(
               config.get<"cache.max.bytes.buffering">()) != 0;
}

}  // namespace millrace
