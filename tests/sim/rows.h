// What the simulation has written into its input topics, as the model reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::sim {

/// One record of an input topic. Streams have the columns (K key, ID, G, V), tables (K key, G, V).
struct Row {
    int64_t id = 0;  ///< Unique over all topics.
    std::string topic;
    int32_t partition = 0;
    int64_t place = 0;  ///< Order within the partition.
    int life = 0;       ///< How often its topic had been re-created.
    int64_t timestamp_ms = 0;
    std::optional<std::string> key, group;
    std::optional<int64_t> v;
    bool tombstone = false;
};
using Rows = std::vector<Row>;  ///< In the order written.

}  // namespace millrace::sim
