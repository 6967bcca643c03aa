#include "engine/log/embedded/memory_store.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <mutex>

#include "engine/base/check.h"

namespace millrace {

namespace {

constexpr size_t kFirstChunkRecords = 8;
constexpr size_t kLargestChunkRecords = 4096;
constexpr size_t kFirstChunkBytes = 1024;
constexpr size_t kLargestChunkBytes = size_t{512} * 1024;

size_t size_of(const LogRecord& record) {
    return (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
}

/// Filled by the one thread that commits; readers look only at records below a published end.
struct Chunk {
    Chunk(int64_t base_offset, size_t records_max, size_t bytes_max)
        : base(base_offset),
          capacity(records_max),
          bytes_capacity(bytes_max),
          records(new LogRecord[records_max]),
          bytes(new char[bytes_max]) {}

    bool has_room(size_t num_bytes) const {
        return count < capacity && num_bytes <= bytes_capacity - bytes_used;
    }
    ByteView copy(ByteView source) {
        if (source.empty()) return ByteView("");
        char* place = bytes.get() + bytes_used;
        std::memcpy(place, source.data(), source.size());
        bytes_used += source.size();
        return {place, source.size()};
    }
    void add(const LogRecord& source) {
        LogRecord& record = records[count++];
        record.offset = source.offset;
        record.timestamp_ms = source.timestamp_ms;
        if (source.key) record.key = copy(*source.key);
        if (source.value) record.value = copy(*source.value);
        if (source.headers != nullptr && !source.headers->empty()) {
            record.headers = &headers.emplace_back(*source.headers);
        }
    }

    const int64_t base;
    const size_t capacity;
    const size_t bytes_capacity;
    size_t count = 0;
    size_t bytes_used = 0;
    const std::unique_ptr<LogRecord[]> records;
    const std::unique_ptr<char[]> bytes;
    std::deque<std::vector<Header>> headers;
};

class MemoryPartition final : public StorePartition {
public:
    void append(const LogRecord& record) {
        const size_t num_bytes = size_of(record);
        if (tail_ == nullptr || !tail_->has_room(num_bytes)) open_chunk(record.offset, num_bytes);
        tail_->add(record);
    }

    /// The chunk that holds `offset`, and the offset after the last record it will ever hold, or
    /// `end`.
    std::pair<std::shared_ptr<const Chunk>, int64_t> find(int64_t offset, int64_t end) const {
        std::lock_guard lock(mutex_);
        auto after = std::upper_bound(
            chunks_.begin(), chunks_.end(), offset,
            [](int64_t wanted, const auto& chunk) { return wanted < chunk->base; });
        if (after == chunks_.begin()) return {nullptr, end};
        int64_t chunk_end = after == chunks_.end() ? end : std::min(end, (*after)->base);
        return {*std::prev(after), chunk_end};
    }

    void truncate(int64_t begin) {
        std::lock_guard lock(mutex_);
        while (chunks_.size() > 1 && chunks_[1]->base <= begin) chunks_.pop_front();
        // The last chunk goes as well once all that it holds is forgotten.
        if (chunks_.size() == 1 &&
            chunks_[0]->base + static_cast<int64_t>(chunks_[0]->count) <= begin) {
            chunks_.clear();
            tail_ = nullptr;
        }
    }

private:
    void open_chunk(int64_t base, size_t num_bytes) {
        size_t records = kFirstChunkRecords;
        size_t bytes = kFirstChunkBytes;
        if (tail_ != nullptr) {
            records = std::min(tail_->capacity * 2, kLargestChunkRecords);
            bytes = std::min(tail_->bytes_capacity * 2, kLargestChunkBytes);
        }
        auto chunk = std::make_shared<Chunk>(base, records, std::max(bytes, num_bytes));
        tail_ = chunk.get();
        std::lock_guard lock(mutex_);
        chunks_.push_back(std::move(chunk));
    }

    mutable std::mutex mutex_;  ///< Guards the list, not what the chunks hold.
    std::deque<std::shared_ptr<Chunk>> chunks_;
    Chunk* tail_ = nullptr;
};

class MemoryBatch final : public LogBatch {
public:
    MemoryBatch(TopicPartition source, std::shared_ptr<const Chunk> chunk,
                std::span<const LogRecord> records)
        : source_(std::move(source)), chunk_(std::move(chunk)), records_(records) {}
    const TopicPartition& source() const override { return source_; }
    std::span<const LogRecord> records() const override { return records_; }
    size_t bytes() const override { return 0; }  // The records are the log's.

private:
    TopicPartition source_;
    std::shared_ptr<const Chunk> chunk_;
    std::span<const LogRecord> records_;
};

class MemoryCursor final : public StoreCursor {
public:
    explicit MemoryCursor(const MemoryPartition& partition) : partition_(partition) {}

    Result<std::unique_ptr<LogBatch>> read(const TopicPartition& source, int64_t from, int64_t end,
                                           size_t max_records, size_t) override {
        auto [chunk, chunk_end] = partition_.find(from, end);
        // Truncated between the caller's look at the begin and now.
        if (chunk == nullptr || chunk_end <= from) return std::unique_ptr<LogBatch>();
        auto count = std::min(static_cast<size_t>(chunk_end - from), max_records);
        std::span<const LogRecord> records(chunk->records.get() + (from - chunk->base), count);
        return std::unique_ptr<LogBatch>(
            std::make_unique<MemoryBatch>(source, std::move(chunk), records));
    }

private:
    const MemoryPartition& partition_;
};

class MemoryStore final : public LogStore {
public:
    std::string describe() const override { return "embedded (memory)"; }
    std::string cluster_id() const override { return "embedded-memory"; }
    Result<StoreContents> load() override { return StoreContents{}; }

    Result<StoredTopic> create(const std::string& name, const TopicConfig& config) override {
        StoredTopic topic{name, std::to_string(++last_topic_id_), config, {}};
        for (int32_t i = 0; i < config.partitions; ++i) {
            topic.partitions.push_back({std::make_unique<MemoryPartition>(), 0, 0, {}});
        }
        return topic;
    }
    Status drop(const std::string&, std::span<StorePartition* const>) override {
        return Status::ok();
    }
    Status commit(std::span<const PlacedRecord> records, std::span<const StoredOffset>) override {
        for (const PlacedRecord& placed : records) {
            static_cast<MemoryPartition*>(placed.partition)->append(placed.record);
        }
        return Status::ok();
    }
    Status truncate(StorePartition& partition, int64_t begin) override {
        static_cast<MemoryPartition&>(partition).truncate(begin);
        return Status::ok();
    }
    std::unique_ptr<StoreCursor> cursor(StorePartition& partition) override {
        return std::make_unique<MemoryCursor>(static_cast<const MemoryPartition&>(partition));
    }

private:
    int64_t last_topic_id_ = 0;
};

}  // namespace

std::unique_ptr<LogStore> make_memory_store() {
    return std::make_unique<MemoryStore>();
}

}  // namespace millrace
