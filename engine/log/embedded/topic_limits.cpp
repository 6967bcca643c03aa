#include "engine/log/embedded/topic_limits.h"

#include <charconv>

namespace millrace {

namespace {

/// What is no number leaves the default.
void read_number(const std::map<std::string, std::string>& settings, const char* name,
                 int64_t& value) {
    auto found = settings.find(name);
    if (found == settings.end()) return;
    const std::string& text = found->second;
    int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) value = number;
}

}  // namespace

TopicLimits TopicLimits::of(const std::map<std::string, std::string>& settings) {
    TopicLimits limits;
    if (auto policy = settings.find("cleanup.policy"); policy != settings.end()) {
        limits.compacts = policy->second.find("compact") != std::string::npos;
        limits.removes = policy->second.find("delete") != std::string::npos;
    }
    read_number(settings, "retention.ms", limits.retention_ms);
    read_number(settings, "retention.bytes", limits.retention_bytes);
    read_number(settings, "delete.retention.ms", limits.delete_retention_ms);
    read_number(settings, "max.message.bytes", limits.max_message_bytes);
    return limits;
}

}  // namespace millrace
