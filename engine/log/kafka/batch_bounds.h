// How much of a topic's records may go to a broker at a time. A broker refuses a whole batch that
// is longer than the topic's max.message.bytes; Java's producer then sends it in parts, librdkafka
// fails all of its records.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/kafka/client_handle.h"

namespace millrace {

/// Of all writers of a log. Any thread.
class BatchBounds {
public:
    /// `batch_bytes`: what librdkafka puts into one.
    explicit BatchBounds(size_t batch_bytes) : batch_bytes_(batch_bytes) {}

    /// Asks the brokers about those that are not known. A topic that cannot be asked about has no
    /// bound.
    void learn(const ClientHandle& handle, const std::vector<std::string>& topics);
    /// In bytes of records that may wait together; 0: as many as librdkafka likes.
    size_t bound(const std::string& topic) const;
    /// It was wrong, or has changed.
    void forget(const std::string& topic);

private:
    const size_t batch_bytes_;
    mutable std::mutex mutex_;
    std::map<std::string, size_t> bounds_;
};

}  // namespace millrace
