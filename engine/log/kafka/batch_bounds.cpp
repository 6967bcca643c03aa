#include "engine/log/kafka/batch_bounds.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "engine/log/kafka/topic_settings.h"

namespace millrace {

namespace {

constexpr int kAskingMs = 5000;
/// What a batch has beside its records (KIP-98).
constexpr size_t kBatchHeaderBytes = 61;

}  // namespace

void BatchBounds::learn(const ClientHandle& handle, const std::vector<std::string>& topics) {
    std::set<std::string> unknown;  // librdkafka takes an answer of a topic twice for none.
    {
        std::lock_guard lock(mutex_);
        for (const std::string& topic : topics) {
            if (bounds_.count(topic) == 0) unknown.insert(topic);
        }
    }
    if (unknown.empty()) return;
    const auto found = read_topic_settings(handle, {unknown.begin(), unknown.end()}, kAskingMs);
    if (!found) return;
    std::lock_guard lock(mutex_);
    for (const auto& [topic, settings] : *found) {
        if (!settings) continue;
        const auto entry = settings->find("max.message.bytes");
        if (entry == settings->end()) continue;
        const size_t most = std::strtoull(entry->second.c_str(), nullptr, 10);
        const bool narrow = most < batch_bytes_ + kBatchHeaderBytes;
        // Never 0: at least one record goes, and the broker says what it thinks of that.
        bounds_[topic] = narrow ? std::max(most, kBatchHeaderBytes + 1) - kBatchHeaderBytes : 0;
    }
}

size_t BatchBounds::bound(const std::string& topic) const {
    std::lock_guard lock(mutex_);
    const auto found = bounds_.find(topic);
    return found == bounds_.end() ? 0 : found->second;
}

void BatchBounds::forget(const std::string& topic) {
    std::lock_guard lock(mutex_);
    bounds_.erase(topic);
}

}  // namespace millrace
