#include "engine/runtime/catch_up_reader.h"

#include <algorithm>

#include "engine/base/clock.h"

namespace millrace {

namespace {

constexpr size_t kBatchRecords = 10000;
constexpr int64_t kWaitMs = 20;
constexpr size_t kBufferBytes = 16U << 20;

}  // namespace

Result<int64_t> CatchUpReader::read_to_end(const TopicPartition& partition, int64_t from,
                                           int64_t timeout_ms,
                                           const std::function<void(const LogRecord&)>& visit) {
    auto range = log_.topics().offsets(partition);
    if (!range) return range.status();
    const int64_t next = std::max(from, range->begin);
    if (next >= range->end) return next;
    if (!reader_) {
        ReaderOptions options;
        options.client_id = "restore";
        options.read_committed = true;
        options.partition_buffer_bytes = kBufferBytes;
        reader_ = log_.reader(options);
    }
    Status status = reader_->assign({{partition, next}});
    if (!status) return status;
    auto result = read(partition, next, range->end, timeout_ms, visit);
    reader_->unassign({partition});
    return result;
}

Result<int64_t> CatchUpReader::read(const TopicPartition& partition, int64_t next, int64_t end,
                                    int64_t timeout_ms,
                                    const std::function<void(const LogRecord&)>& visit) {
    const int64_t deadline = steady_ms() + timeout_ms;
    // The end is the high watermark taken before: commit markers reach partitions one by one, so a
    // reader that stops at the last stable offset can miss what is already committed.
    while (next < end) {
        auto batch = reader_->poll(partition, kBatchRecords);
        if (batch && !batch->records().empty()) {
            for (const auto& record : batch->records()) {
                visit(record);
                next = record.offset + 1;
            }
            continue;
        }
        for (auto& [where, error] : reader_->take_errors()) {
            if (where == partition && error.fault() != Fault::kRetriable) return error;
        }
        // What carries no data (markers, aborted records) is passed silently; a reader that merely
        // is at its end may stand at the last stable offset, before what is committed already.
        next = std::max(next, reader_->position(partition));
        if (next >= end) return next;
        if (steady_ms() > deadline) {
            return Status(Fault::kRetriable,
                          "reading " + partition.topic + "-" + std::to_string(partition.partition) +
                              " to offset " + std::to_string(end) + " took too long");
        }
        reader_->wait(kWaitMs);
    }
    return next;
}

}  // namespace millrace
