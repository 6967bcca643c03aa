// How many partitions topics have, for whoever asks for many in one go: after the first few the log
// is asked for all topics at once. What was there then counts. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/log/log.h"

namespace millrace {

class TopicLookup {
public:
    explicit TopicLookup(TopicAdmin& topics) : topics_(topics) {}

    /// kNotFound when there is no such topic, by now.
    Result<int32_t> partitions(const std::string& topic);

private:
    TopicAdmin& topics_;
    int asked_ = 0;
    std::optional<std::map<std::string, int32_t>> counts_;
};

}  // namespace millrace
