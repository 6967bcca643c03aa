#include "engine/runtime/options.h"

#include "engine/config/get.h"

namespace millrace {

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
    options.commit_interval_ms = config.get<"commit.interval.ms">();
    options.coalesce = options.coalesce && coalesces(config);
    if (config.get<"processing.guarantee">() != "at_least_once")
        options.guarantee = Guarantee::kExactlyOnce;
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
