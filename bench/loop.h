// The bare loop: what librdkafka and simdjson alone cost for the same work, with no engine round
// them and nothing durable (no state store, no changelog, no offsets). The yardstick of bench/run.
#pragma once

#include <string>

namespace bench {

enum class LoopMode {
    kConsume,     ///< Consume only.
    kFilter,      ///< Parse, test the page's prefix, produce {user_id, page} of the matches.
    kCountUsers,  ///< Parse, COUNT and SUM per user and hour in a hash map.
    kCountPages,  ///< The same per page and hour (one map a thread: no repartition).
};

struct LoopOptions {
    std::string brokers;
    LoopMode mode = LoopMode::kConsume;
    std::string topic;
    std::string sink;  ///< kFilter only.
    int threads = 2;
};

/// Reads the topic from beginning to end; one JSON line with records, matches and CPU on stdout.
int run_loop(const LoopOptions& options);

}  // namespace bench
