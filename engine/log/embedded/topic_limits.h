// What a topic's settings say about its records, under Kafka's names and with its defaults.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace millrace {

struct TopicLimits {
    bool removes = true;                            ///< cleanup.policy has "delete".
    bool compacts = false;                          ///< It has "compact".
    int64_t retention_ms = 7LL * 24 * 3600 * 1000;  ///< -1: for ever.
    int64_t retention_bytes = -1;                   ///< Of each partition; -1: no bound.
    int64_t delete_retention_ms = 24LL * 3600 * 1000;
    int64_t max_message_bytes = 1048588;

    static TopicLimits of(const std::map<std::string, std::string>& settings);
};

}  // namespace millrace
