// What librdkafka gives out and wants back, as owners.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace millrace {

template <auto kDestroy>
struct KafkaDestroyer {
    template <class T>
    void operator()(T* object) const {
        kDestroy(object);
    }
};
template <class T, auto kDestroy>
using KafkaOwned = std::unique_ptr<T, KafkaDestroyer<kDestroy>>;

using OwnedQueue = KafkaOwned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using OwnedEvent = KafkaOwned<rd_kafka_event_t, rd_kafka_event_destroy>;
using OwnedTopic = KafkaOwned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using OwnedMetadata = KafkaOwned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using OwnedAdminOptions = KafkaOwned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using OwnedGroupList = KafkaOwned<const rd_kafka_group_list, rd_kafka_group_list_destroy>;
using OwnedGroupMetadata =
    KafkaOwned<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy>;

}  // namespace millrace
