#include "engine/log/embedded/rocksdb_cursor.h"

#include <fmt/format.h>
#include <rocksdb/iterator.h>

#include <algorithm>

#include "engine/log/embedded/byte_arena.h"

namespace millrace {

namespace {

namespace keys = rocksdb_keys;

constexpr size_t kReservedRecordsMax = 4096;

class RocksBatch final : public LogBatch {
public:
    RocksBatch(TopicPartition source, size_t expected) : source_(std::move(source)) {
        records_.reserve(expected);
    }
    const TopicPartition& source() const override { return source_; }
    std::span<const LogRecord> records() const override { return records_; }
    size_t bytes() const override { return num_bytes_ + records_.capacity() * sizeof(LogRecord); }

    /// False when the bytes are damaged.
    bool add(int64_t offset, ByteView bytes) {
        LogRecord& record = records_.emplace_back();
        record.offset = offset;
        std::vector<Header> headers;
        if (!keys::decode_record(arena_.copy(bytes), record, headers)) return false;
        if (!headers.empty()) {
            headers_.push_back(std::make_unique<std::vector<Header>>(std::move(headers)));
            record.headers = headers_.back().get();
        }
        num_bytes_ += bytes.size();
        return true;
    }
    size_t num_bytes() const { return num_bytes_; }

private:
    TopicPartition source_;
    ByteArena arena_;
    std::vector<LogRecord> records_;
    std::vector<std::unique_ptr<std::vector<Header>>> headers_;
    size_t num_bytes_ = 0;
};

class RocksCursor final : public StoreCursor {
public:
    RocksCursor(rocksdb::DB& db, const std::string& dir, const RocksPartition& partition)
        : db_(db), dir_(dir), partition_(partition), upper_bound_(partition.record_end) {}

    Result<std::unique_ptr<LogBatch>> read(const TopicPartition& source, int64_t from, int64_t end,
                                           size_t max_records, size_t max_bytes) override {
        // Not kept from one read to the next: it would see nothing of what comes, and hold on to
        // files and write buffers of long ago, whose memory nobody counts.
        const std::unique_ptr<rocksdb::Iterator> iterator = seek(from);
        const size_t wanted = std::min(max_records, static_cast<size_t>(end - from));
        auto batch = std::make_unique<RocksBatch>(source, std::min(wanted, kReservedRecordsMax));
        while (iterator->Valid() && batch->records().size() < wanted) {
            const rocksdb::Slice key = iterator->key();
            const auto offset = static_cast<int64_t>(get_be64(key.data() + key.size() - 8));
            if (offset >= end) break;
            const rocksdb::Slice value = iterator->value();
            if (!batch->add(offset, {value.data(), value.size()})) {
                return damaged_log(dir_, fmt::format("record {} of {}", offset, source.topic));
            }
            iterator->Next();
            if (batch->num_bytes() >= max_bytes) break;
        }
        if (!iterator->status().ok()) return log_status(iterator->status(), dir_);
        if (batch->records().empty()) return std::unique_ptr<LogBatch>();
        return std::unique_ptr<LogBatch>(std::move(batch));
    }

private:
    std::unique_ptr<rocksdb::Iterator> seek(int64_t from) const {
        rocksdb::ReadOptions options;
        options.iterate_upper_bound = &upper_bound_;
        options.fill_cache = false;
        std::unique_ptr<rocksdb::Iterator> iterator(db_.NewIterator(options));
        iterator->Seek(partition_.record_key(from));
        return iterator;
    }

    rocksdb::DB& db_;
    const std::string& dir_;
    const RocksPartition& partition_;
    const rocksdb::Slice upper_bound_;
};

}  // namespace

Status log_status(const rocksdb::Status& status, const std::string& dir) {
    if (status.ok()) return Status::ok();
    Fault fault = Fault::kFatal;
    if (status.IsCorruption()) fault = Fault::kCorruptState;
    if (status.IsNoSpace()) fault = Fault::kRetriable;
    return {fault, fmt::format("Log in {}: {}", dir, status.ToString())};
}

Status damaged_log(const std::string& dir, std::string_view what) {
    return {Fault::kCorruptState, fmt::format("Log in {}: {} is damaged.", dir, what)};
}

std::unique_ptr<StoreCursor> make_rocksdb_cursor(rocksdb::DB& db, const std::string& dir,
                                                 const RocksPartition& partition) {
    return std::make_unique<RocksCursor>(db, dir, partition);
}

}  // namespace millrace
