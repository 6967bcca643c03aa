// A topic that never leaves memory: what one sub-topology of a query writes, the tasks of the next
// sub-topology get. Push queries and the test driver repartition through it. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/log.h"
#include "engine/runtime/feed.h"
#include "engine/runtime/task_sink.h"
#include "engine/types/column.h"

namespace millrace {

/// Records made in memory, as a log would hand them out.
class LocalBatch final : public LogBatch {
public:
    explicit LocalBatch(TopicPartition source) : source_(std::move(source)) {}

    void add(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
             int64_t offset, std::vector<Header> headers = {});
    const TopicPartition& source() const override { return source_; }
    std::span<const LogRecord> records() const override { return records_; }
    size_t bytes() const override {
        return arena_.bytes() + records_.capacity() * sizeof(LogRecord);
    }

private:
    TopicPartition source_;
    Arena arena_;
    std::vector<LogRecord> records_;
    std::vector<std::unique_ptr<const std::vector<Header>>> headers_;
};

class LocalTopic {
public:
    LocalTopic(std::string name, int32_t num_partitions)
        : name_(std::move(name)), partitions_(static_cast<size_t>(num_partitions)) {}

    const std::string& name() const { return name_; }
    int32_t num_partitions() const { return static_cast<int32_t>(partitions_.size()); }
    void add_consumer(int32_t partition, FeedConsumer* consumer, size_t input);
    void append(int32_t partition, std::optional<ByteView> key, std::optional<ByteView> value,
                int64_t timestamp_ms, std::vector<Header> headers = {});
    /// Hands what was written to the consumers; true when there was something.
    bool deliver();

private:
    struct Partition {
        std::shared_ptr<LocalBatch> open;
        int64_t next_offset = 0;
        std::vector<std::pair<FeedConsumer*, size_t>> consumers;
    };
    std::string name_;
    std::vector<Partition> partitions_;
};

/// Writes to a LocalTopic, partitioned as the log would.
class LocalSink final : public TaskSink {
public:
    explicit LocalSink(LocalTopic& topic) : topic_(topic) {}
    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
               std::optional<ByteView> partition_key, const RowHeaders* headers) override;

private:
    LocalTopic& topic_;
};

}  // namespace millrace
