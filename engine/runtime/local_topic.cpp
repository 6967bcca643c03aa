#include "engine/runtime/local_topic.h"

namespace millrace {

void LocalBatch::add(std::optional<ByteView> key, std::optional<ByteView> value,
                     int64_t timestamp_ms, int64_t offset, std::vector<Header> headers) {
    LogRecord record;
    record.offset = offset;
    record.timestamp_ms = timestamp_ms;
    if (key) record.key = arena_.copy(*key);
    if (value) record.value = arena_.copy(*value);
    if (!headers.empty()) {
        headers_.push_back(std::make_unique<const std::vector<Header>>(std::move(headers)));
        record.headers = headers_.back().get();
    }
    records_.push_back(record);
}

void LocalTopic::add_consumer(int32_t partition, FeedConsumer* consumer, size_t input) {
    partitions_[static_cast<size_t>(partition)].consumers.emplace_back(consumer, input);
}

void LocalTopic::append(int32_t partition, std::optional<ByteView> key,
                        std::optional<ByteView> value, int64_t timestamp_ms,
                        std::vector<Header> headers) {
    auto& p = partitions_[static_cast<size_t>(partition)];
    if (!p.open) p.open = std::make_shared<LocalBatch>(TopicPartition{name_, partition});
    p.open->add(key, value, timestamp_ms, p.next_offset++, std::move(headers));
}

bool LocalTopic::deliver() {
    bool any = false;
    for (auto& p : partitions_) {
        if (!p.open) continue;
        any = true;
        std::shared_ptr<LogBatch> batch = std::move(p.open);
        p.open.reset();
        for (auto& [consumer, input] : p.consumers) consumer->enqueue(input, batch);
    }
    return any;
}

void LocalSink::write(std::optional<ByteView> key, std::optional<ByteView> value,
                      int64_t timestamp_ms, std::optional<ByteView> partition_key,
                      const RowHeaders* headers) {
    std::vector<Header> copied;
    if (headers != nullptr) {
        for (const auto& [name, bytes] : headers->entries) copied.push_back({name, bytes});
    }
    auto by = partition_key ? partition_key : key;
    topic_.append(by ? partition_for_key(*by, topic_.num_partitions()) : 0, key, value,
                  timestamp_ms, std::move(copied));
}

}  // namespace millrace
