// The settings that brokers keep for topics.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/log/kafka/client_handle.h"

namespace millrace {

using TopicSettings = std::map<std::string, std::string>;

/// By topic, asked for in one request. A topic that cannot be described has its failure.
Result<std::map<std::string, Result<TopicSettings>>> read_topic_settings(
    const ClientHandle& handle, const std::vector<std::string>& topics, int timeout_ms);

}  // namespace millrace
