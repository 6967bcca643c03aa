#include "engine/log/kafka/offset_publisher.h"

#include <fmt/format.h>

#include "engine/log/kafka/owned.h"

namespace millrace {

namespace {

constexpr int kPublishTimeoutMs = 10000;

}  // namespace

Status OffsetPublisher::ask(const std::string& doing, rd_kafka_error_t* error) {
    return status_of(producer_->get(), *config_, error, doing);
}

Status OffsetPublisher::ensure_producer(const std::string& publisher) {
    if (producer_) return Status::ok();
    auto opened = ClientHandle::open(RD_KAFKA_PRODUCER, config_, {},
                                     {{"client.id", publisher},
                                      {"transactional.id", publisher},
                                      {"transaction.timeout.ms", "60000"},
                                      {"allow.auto.create.topics", "false"}});
    if (!opened) return opened.status();
    producer_ = std::move(*opened);
    return ask("starting to publish offsets",
               rd_kafka_init_transactions(producer_->get(), kPublishTimeoutMs));
}

Status OffsetPublisher::send(const std::string& group,
                             const std::map<TopicPartition, int64_t>& offsets) {
    PartitionList list = make_partition_list(offsets.size());
    for (const auto& [where, offset] : offsets) {
        auto* entry =
            rd_kafka_topic_partition_list_add(list.get(), where.topic.c_str(), where.partition);
        entry->offset = offset;
    }
    const OwnedGroupMetadata nobody(rd_kafka_consumer_group_metadata_new(group.c_str()));
    return ask(fmt::format("publishing offsets of group '{}'", group),
               rd_kafka_send_offsets_to_transaction(producer_->get(), list.get(), nobody.get(),
                                                    kPublishTimeoutMs));
}

Status OffsetPublisher::publish(const std::string& publisher, const GroupOffsets& groups) {
    Status status = ensure_producer(publisher);
    if (status) status = ask("publishing offsets", rd_kafka_begin_transaction(producer_->get()));
    for (const auto& [group, offsets] : groups) {
        if (status && !offsets.empty()) status = send(group, offsets);
    }
    if (status)
        status = ask("publishing offsets",
                     rd_kafka_commit_transaction(producer_->get(), kPublishTimeoutMs));
    // The next one aborts what this one has left open.
    if (!status) producer_.reset();
    return status;
}

}  // namespace millrace
