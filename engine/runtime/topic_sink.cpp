#include "engine/runtime/topic_sink.h"

namespace millrace {

void TopicSink::write(std::optional<ByteView> key, std::optional<ByteView> value,
                      int64_t timestamp_ms, std::optional<ByteView> partition_key,
                      const RowHeaders* headers) {
    if (!transaction_->failure()) return;
    ProducedRecord record;
    record.topic = topic_;
    record.key = key;
    record.value = value;
    record.timestamp_ms = timestamp_ms;
    if (partition_key) record.partition = partition_for_key(*partition_key, num_partitions_);
    if (headers != nullptr) {
        headers_.clear();
        for (const auto& [name, bytes] : headers->entries) headers_.push_back({name, bytes});
        record.headers = headers_;
    }
    record.owner = query_->owner();
    Status written = transaction_->write_output(record, at_once_);
    if (written.fault() == Fault::kRefused) return refused_(written);
    ++written_;
}

void TopicSink::write_mark(ByteView value, int64_t timestamp_ms) {
    if (!transaction_->failure()) return;
    ProducedRecord record;
    record.topic = topic_;
    record.value = value;
    record.timestamp_ms = timestamp_ms;
    record.owner = query_->owner();
    for (record.partition = 0; record.partition < num_partitions_; ++record.partition) {
        const Status written = transaction_->write_output(record, at_once_);
        if (written.fault() == Fault::kRefused) return refused_(written);
    }
}

void TopicSink::end_turn() {
    if (written_ == 0) return;
    query_->records_out.fetch_add(written_, std::memory_order_relaxed);
    if (meter_ != nullptr) meter_->note_written(written_, clock_.now_ms());
    written_ = 0;
}

}  // namespace millrace
