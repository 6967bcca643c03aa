#include "engine/log/kafka/leaving_queues.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millrace {

namespace {

/// An answer to a fetch that waits at the broker (fetch.wait.max.ms) has come by then.
constexpr int64_t kOnTheWayMs = 200;
/// Kept for longer, for a client whose threads have been held up.
constexpr int64_t kKeptMs = 5000;

void empty(rd_kafka_queue_t* queue) {
    std::array<rd_kafka_message_t*, 256> messages = {};
    ssize_t taken = 0;
    while ((taken = rd_kafka_consume_batch_queue(queue, 0, messages.data(), messages.size())) > 0) {
        for (size_t i = 0; i < static_cast<size_t>(taken); ++i)
            rd_kafka_message_destroy(messages[i]);
    }
}

}  // namespace

void LeavingQueues::end(rd_kafka_queue_t* queue) {
    empty(queue);
    rd_kafka_queue_destroy(queue);
}

void LeavingQueues::add(TopicPartition partition, rd_kafka_queue_t* queue, int64_t now_ms) {
    all_.push_back({std::move(partition), decltype(Leaving::queue)(queue), now_ms});
}

void LeavingQueues::forget(const TopicPartition& partition) {
    std::erase_if(all_, [&](const Leaving& leaving) { return leaving.partition == partition; });
}

void LeavingQueues::drain(int64_t now_ms) {
    std::erase_if(all_, [&](const Leaving& leaving) {
        empty(leaving.queue.get());
        return now_ms - leaving.since_ms >= kKeptMs;
    });
}

int64_t LeavingQueues::unsettled_ms(int64_t now_ms) const {
    int64_t left = 0;
    for (const Leaving& leaving : all_)
        left = std::max(left, leaving.since_ms + kOnTheWayMs - now_ms);
    return left;
}

std::set<std::string> LeavingQueues::topics() const {
    std::set<std::string> topics;
    for (const Leaving& leaving : all_) topics.insert(leaving.partition.topic);
    return topics;
}

}  // namespace millrace
