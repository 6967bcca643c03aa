#include "engine/runtime/catch_up_reader.h"

#include <algorithm>

namespace millrace {

namespace {

constexpr size_t kBatchRecords = 10000;
constexpr int64_t kWaitMs = 20;
constexpr size_t kBufferBytes = 16U << 20;

std::string text_of(const TopicPartition& partition) {
    return partition.topic + "-" + std::to_string(partition.partition);
}

}  // namespace

Status CatchUpReader::start(const TopicPartition& partition, int64_t from,
                            std::optional<OffsetRange> known) {
    auto range = known ? Result<OffsetRange>(*known) : log_.topics().offsets(partition);
    if (!range) return range.status();
    if (from > range->end) {
        return {Fault::kCorruptState, text_of(partition) + " ends at " +
                                          std::to_string(range->end) + ", before " +
                                          std::to_string(from)};
    }
    if (from > 0 && from < range->begin) {
        return {Fault::kCorruptState, text_of(partition) + " begins at " +
                                          std::to_string(range->begin) + ", after " +
                                          std::to_string(from)};
    }
    const Progress progress{std::max(from, range->begin), range->end, {}};
    if (progress.next < progress.end) {
        if (!reader_) {
            ReaderOptions options;
            options.client_id = "restore";
            options.read_committed = true;
            options.partition_buffer_bytes = kBufferBytes;
            reader_ = log_.reader(options);
        }
        Status status = reader_->assign({{partition, progress.next}});
        if (!status) return status;
    }
    progress_[partition] = progress;
    return Status::ok();
}

Result<bool> CatchUpReader::step(const TopicPartition& partition, size_t max_records,
                                 const Visit& visit) {
    Progress& at = progress_.at(partition);
    if (at.next >= at.end) return true;
    for (auto& [where, error] : reader_->take_errors()) {
        auto found = progress_.find(where);
        if (found != progress_.end() && error.fault() != Fault::kRetriable)
            found->second.error = error;
    }
    if (!at.error) return at.error;
    if (auto batch = reader_->poll(partition, max_records)) {
        for (const auto& record : batch->records()) {
            visit(record);
            at.next = record.offset + 1;
        }
    }
    // Past markers, aborted records and holes too, which are never shown.
    at.next = std::max(at.next, reader_->position(partition));
    return at.next >= at.end;
}

Result<OffsetRange> CatchUpReader::range(const TopicPartition& partition) const {
    return log_.topics().offsets(partition);
}

int64_t CatchUpReader::position(const TopicPartition& partition) const {
    return progress_.at(partition).next;
}

void CatchUpReader::stop(const TopicPartition& partition) {
    if (progress_.erase(partition) != 0 && reader_) reader_->unassign({partition});
}

std::string CatchUpReader::origin(const TopicPartition& partition) {
    TopicAdmin& topics = log_.topics();
    return topics.cluster_id() + "/" + topics.topic_id(partition.topic);
}

bool CatchUpReader::waiting() const {
    return std::any_of(progress_.begin(), progress_.end(),
                       [](const auto& entry) { return entry.second.next < entry.second.end; });
}

void CatchUpReader::wait(int64_t timeout_ms) {
    if (reader_) reader_->wait(timeout_ms);
}

Result<int64_t> CatchUpReader::read_to_end(const TopicPartition& partition, int64_t from,
                                           int64_t timeout_ms, const Visit& visit) {
    Status status = start(partition, from);
    if (!status) return status;
    auto position = finish(partition, timeout_ms, visit);
    stop(partition);
    return position;
}

Result<int64_t> CatchUpReader::finish(const TopicPartition& partition, int64_t timeout_ms,
                                      const Visit& visit) {
    const int64_t deadline = steady_.now_ms() + timeout_ms;
    for (;;) {
        const int64_t before = position(partition);
        auto done = step(partition, kBatchRecords, visit);
        if (!done) return done.status();
        if (*done) return position(partition);
        if (position(partition) != before) continue;
        if (steady_.now_ms() > deadline) {
            return Status(Fault::kRetriable, "reading " + text_of(partition) +
                                                 " to its end took too long, at offset " +
                                                 std::to_string(before));
        }
        wait(kWaitMs);
    }
}

}  // namespace millrace
