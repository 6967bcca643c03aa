// Offsets of groups that have no members, written so that lag tools see them.
#pragma once

#include <string>

#include "engine/log/kafka/client_handle.h"
#include "engine/log/log.h"

namespace millrace {

/// All groups of a call in one transaction of a producer that is kept between calls. By a
/// transaction and not by an admin request, because librdkafka 2.0.2 ends the process when a broker
/// dies under an admin request to a group's coordinator (AlterConsumerGroupOffsets,
/// DescribeConsumerGroups, ListConsumerGroupOffsets): an answer that comes after the time-out trips
/// an assertion. One thread at a time.
class OffsetPublisher {
public:
    explicit OffsetPublisher(SharedConfig config) : config_(std::move(config)) {}

    /// `publisher`: the transactional id, this process's alone. After a failure nothing of it
    /// counts.
    Status publish(const std::string& publisher, const GroupOffsets& groups);

private:
    Status ensure_producer(const std::string& publisher);
    Status send(const std::string& group, const std::map<TopicPartition, int64_t>& offsets);
    Status ask(const std::string& doing, rd_kafka_error_t* error);

    const SharedConfig config_;
    SharedHandle producer_;
};

}  // namespace millrace
