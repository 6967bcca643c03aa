#include "engine/driver/one_partition_log.h"

namespace millrace {

namespace {

class OnePartitionWriter final : public LogWriter {
public:
    OnePartitionWriter(std::unique_ptr<LogWriter> writer, std::string slots_topic)
        : writer_(std::move(writer)), slots_topic_(std::move(slots_topic)) {}

    Status init_transactions(int64_t timeout_ms) override {
        return writer_->init_transactions(timeout_ms);
    }
    Status begin() override { return writer_->begin(); }
    Status write(const ProducedRecord& record) override { return write(record, nullptr); }
    Status write(const ProducedRecord& record, std::function<void(int64_t offset)> acked) override {
        ProducedRecord placed = record;
        // Time marks, which have no key and are for one partition, go where they are sent.
        const bool mark = !record.key && record.partition >= 0;
        if (record.topic != slots_topic_ && !mark) placed.partition = 0;
        return writer_->write(placed, std::move(acked));
    }
    Status send_offsets(const std::string& group_topic,
                        const std::map<int32_t, GroupOffset>& offsets,
                        const GroupMetadata& membership, int64_t timeout_ms) override {
        return writer_->send_offsets(group_topic, offsets, membership, timeout_ms);
    }
    Status commit(int64_t timeout_ms) override { return writer_->commit(timeout_ms); }
    Status abort(int64_t timeout_ms) override { return writer_->abort(timeout_ms); }
    Status flush(int64_t timeout_ms) override { return writer_->flush(timeout_ms); }
    void poll() override { writer_->poll(); }

private:
    const std::unique_ptr<LogWriter> writer_;
    const std::string slots_topic_;
};

}  // namespace

std::unique_ptr<LogWriter> OnePartitionLog::writer(const WriterOptions& options) {
    return std::make_unique<OnePartitionWriter>(log_->writer(options), slots_topic_);
}

}  // namespace millrace
