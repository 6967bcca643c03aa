// The queues of partitions that a reader has given up. What is on its way comes into them a little
// later, refers to its partition, and of a topic that is gone nobody else clears it away:
// librdkafka would wait for it for ever when the client is destroyed.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "engine/log/kafka/owned.h"
#include "engine/log/log.h"

namespace millrace {

/// The reader's thread.
class LeavingQueues {
public:
    /// REQUIRES: the partition is not assigned any more. Takes the queue over.
    void add(TopicPartition partition, rd_kafka_queue_t* queue, int64_t now_ms);
    /// It is about to be assigned again, with the same queue.
    void forget(const TopicPartition& partition);
    /// Empties them; those that nothing can come into any more end.
    void drain(int64_t now_ms);
    /// How long something may still be on its way, in ms.
    int64_t unsettled_ms(int64_t now_ms) const;
    std::set<std::string> topics() const;

private:
    static void end(rd_kafka_queue_t* queue);

    struct Leaving {
        TopicPartition partition;
        KafkaOwned<rd_kafka_queue_t, &LeavingQueues::end> queue;
        int64_t since_ms = 0;
    };
    std::vector<Leaving> all_;
};

}  // namespace millrace
