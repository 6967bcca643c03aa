#include "engine/log/embedded/rocksdb_store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "engine/base/check.h"
#include "engine/log/embedded/byte_arena.h"
#include "engine/log/embedded/rocksdb_keys.h"

namespace millrace {

namespace {

namespace keys = rocksdb_keys;

constexpr const char* kFormat = "1";
constexpr size_t kWriteBufferBytes = 32 << 20;
constexpr size_t kBlockCacheBytes = 8 << 20;
constexpr uint64_t kWalBytesMax = 128 << 20;
constexpr size_t kReservedRecordsMax = 4096;
/// A range deletion costs every later read a little: deleted records are gathered up to this many.
constexpr int64_t kTruncateEvery = 10000;

rocksdb::Options make_options() {
    rocksdb::BlockBasedTableOptions table;
    table.block_size = 16 * 1024;  // Records are read in order.
    table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
    rocksdb::Options options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.create_if_missing = true;
    options.write_buffer_size = kWriteBufferBytes;
    options.max_total_wal_size = kWalBytesMax;
    options.compression = rocksdb::kLZ4Compression;
    options.max_background_jobs = 2;
    options.max_open_files = 256;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.keep_log_file_num = 2;
    options.stats_dump_period_sec = 0;
    return options;
}

Status to_status(const rocksdb::Status& status, const std::string& dir) {
    if (status.ok()) return Status::ok();
    Fault fault = Fault::kFatal;
    if (status.IsCorruption()) fault = Fault::kCorruptState;
    if (status.IsNoSpace()) fault = Fault::kRetriable;
    return {fault, fmt::format("Log in {}: {}", dir, status.ToString())};
}

Status damaged(const std::string& dir, std::string_view what) {
    return {Fault::kCorruptState, fmt::format("Log in {}: {} is damaged.", dir, what)};
}

class RocksPartition final : public StorePartition {
public:
    RocksPartition(uint32_t topic_id, int32_t partition)
        : begin_key(keys::partition_prefix('b', topic_id, partition)),
          record_prefix(keys::partition_prefix('r', topic_id, partition)),
          record_end(keys::after_prefix(record_prefix)),
          id(topic_id) {}

    std::string record_key(int64_t offset) const {
        std::string key = record_prefix;
        put_be64(key, static_cast<uint64_t>(offset));
        return key;
    }

    const std::string begin_key;
    const std::string record_prefix;
    const std::string record_end;
    const uint32_t id;
    int64_t deleted_to =
        0;  ///< Records below were deleted; from here to the begin they wait for it.
};

class RocksBatch final : public LogBatch {
public:
    RocksBatch(TopicPartition source, size_t expected) : source_(std::move(source)) {
        records_.reserve(expected);
    }
    const TopicPartition& source() const override { return source_; }
    std::span<const LogRecord> records() const override { return records_; }

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
        if (!iterator_ || next_ != from) seek(from);
        const size_t wanted = std::min(max_records, static_cast<size_t>(end - from));
        auto batch = std::make_unique<RocksBatch>(source, std::min(wanted, kReservedRecordsMax));
        while (iterator_->Valid() && batch->records().size() < wanted) {
            const rocksdb::Slice key = iterator_->key();
            const auto offset = static_cast<int64_t>(get_be64(key.data() + key.size() - 8));
            if (offset >= end) break;
            const rocksdb::Slice value = iterator_->value();
            if (!batch->add(offset, {value.data(), value.size()})) {
                return damaged(dir_, fmt::format("record {} of {}", offset, source.topic));
            }
            next_ = offset + 1;
            iterator_->Next();
            if (batch->num_bytes() >= max_bytes) break;
        }
        if (!iterator_->Valid()) {
            rocksdb::Status status = iterator_->status();
            // At its end it would see nothing of what comes, and hold on to old files.
            iterator_.reset();
            if (!status.ok()) return to_status(status, dir_);
        }
        if (batch->records().empty()) return std::unique_ptr<LogBatch>();
        return std::unique_ptr<LogBatch>(std::move(batch));
    }

private:
    void seek(int64_t from) {
        rocksdb::ReadOptions options;
        options.iterate_upper_bound = &upper_bound_;
        options.fill_cache = false;
        iterator_.reset(db_.NewIterator(options));
        iterator_->Seek(partition_.record_key(from));
    }

    rocksdb::DB& db_;
    const std::string& dir_;
    const RocksPartition& partition_;
    const rocksdb::Slice upper_bound_;
    std::unique_ptr<rocksdb::Iterator> iterator_;
    int64_t next_ = -1;  ///< Where the iterator stands.
};

class RocksStore final : public LogStore {
public:
    RocksStore(std::string dir, std::unique_ptr<rocksdb::DB> db)
        : dir_(std::move(dir)), db_(std::move(db)) {}

    std::string describe() const override { return fmt::format("embedded ({})", dir_); }
    std::string cluster_id() const override { return cluster_id_; }

    Result<StoreContents> load() override;
    Result<StoredTopic> create(const std::string& topic, const TopicConfig& config) override;
    Status drop(const std::string& topic, std::span<StorePartition* const> partitions) override;
    Status commit(std::span<const PlacedRecord> records,
                  std::span<const StoredOffset> offsets) override;
    Status truncate(StorePartition& partition, int64_t begin) override;
    std::unique_ptr<StoreCursor> cursor(StorePartition& partition) override {
        return std::make_unique<RocksCursor>(*db_, dir_, static_cast<RocksPartition&>(partition));
    }

private:
    Status load_facts();
    Result<StoredTopic> load_topic(ByteView name, ByteView bytes);
    Result<StoredPartition> load_partition(uint32_t topic_id, int32_t partition);
    /// Calls for every key that begins so; ends early with the first failure.
    Status for_each(const std::string& prefix,
                    const std::function<Status(ByteView key, ByteView value)>& call);
    Status write(rocksdb::WriteBatch& batch) {
        return to_status(db_->Write(rocksdb::WriteOptions(), &batch), dir_);
    }

    const std::string dir_;
    const std::unique_ptr<rocksdb::DB> db_;
    std::string cluster_id_;
    uint32_t next_topic_id_ = 1;
    rocksdb::WriteBatch batch_;  // Reused by commits.
    std::string key_;
    std::string head_;
};

std::string random_cluster_id() {
    std::random_device device;
    std::string bytes;
    for (int i = 0; i < 4; ++i) put_be32(bytes, device());
    std::string id = base64_encode(bytes).substr(0, 22);
    std::replace(id.begin(), id.end(), '+', '-');
    std::replace(id.begin(), id.end(), '/', '_');
    return id;
}

Status RocksStore::for_each(const std::string& prefix,
                            const std::function<Status(ByteView, ByteView)>& call) {
    const std::string end = keys::after_prefix(prefix);
    const rocksdb::Slice upper_bound(end);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper_bound;
    std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options));
    for (iterator->Seek(prefix); iterator->Valid(); iterator->Next()) {
        const rocksdb::Slice key = iterator->key();
        const rocksdb::Slice value = iterator->value();
        Status status = call({key.data(), key.size()}, {value.data(), value.size()});
        if (!status) return status;
    }
    return to_status(iterator->status(), dir_);
}

Status RocksStore::load_facts() {
    std::string format;
    rocksdb::Status found = db_->Get({}, keys::meta_key("format"), &format);
    if (found.IsNotFound()) {
        cluster_id_ = random_cluster_id();
        rocksdb::WriteBatch batch;
        batch.Put(keys::meta_key("format"), kFormat);
        batch.Put(keys::meta_key("cluster"), cluster_id_);
        return write(batch);
    }
    if (!found.ok()) return to_status(found, dir_);
    if (format != kFormat) {
        return {Fault::kFatal, fmt::format("Log in {}: its format is {}, this program knows {}.",
                                           dir_, format, kFormat)};
    }
    if (auto got = db_->Get({}, keys::meta_key("cluster"), &cluster_id_); !got.ok()) {
        return to_status(got, dir_);
    }
    std::string next;
    rocksdb::Status got = db_->Get({}, keys::meta_key("next_topic"), &next);
    if (got.IsNotFound()) return Status::ok();
    if (!got.ok()) return to_status(got, dir_);
    if (next.size() != 4) return damaged(dir_, "the next topic id");
    next_topic_id_ = get_be32(next.data());
    return Status::ok();
}

Result<StoreContents> RocksStore::load() {
    if (Status facts = load_facts(); !facts) return facts;
    StoreContents contents;
    Status topics = for_each("t", [&](ByteView key, ByteView value) {
        auto topic = load_topic(key.substr(1), value);
        if (!topic) return topic.status();
        contents.topics.push_back(std::move(*topic));
        return Status::ok();
    });
    if (!topics) return topics;
    Status offsets = for_each("g", [&](ByteView key, ByteView value) {
        auto offset = keys::decode_offset(key, value);
        if (!offset) return damaged(dir_, "a group offset");
        contents.offsets.push_back(std::move(*offset));
        return Status::ok();
    });
    if (!offsets) return offsets;
    return contents;
}

Result<StoredTopic> RocksStore::load_topic(ByteView name, ByteView bytes) {
    auto decoded = keys::decode_topic(bytes);
    if (!decoded) return damaged(dir_, fmt::format("topic '{}'", name));
    StoredTopic topic{std::string(name), std::to_string(decoded->id), decoded->config, {}};
    for (int32_t i = 0; i < decoded->config.partitions; ++i) {
        auto partition = load_partition(decoded->id, i);
        if (!partition) return partition.status();
        topic.partitions.push_back(std::move(*partition));
    }
    return topic;
}

Result<StoredPartition> RocksStore::load_partition(uint32_t topic_id, int32_t partition) {
    auto place = std::make_unique<RocksPartition>(topic_id, partition);
    StoredPartition stored;
    std::string begin;
    rocksdb::Status got = db_->Get({}, place->begin_key, &begin);
    if (got.ok() && begin.size() == 8) {
        stored.begin = static_cast<int64_t>(get_be64(begin.data()));
    } else if (!got.IsNotFound()) {
        return got.ok() ? damaged(dir_, "the begin of a partition") : to_status(got, dir_);
    }
    // The end is after the last record, or the begin when all were deleted.
    stored.end = stored.begin;
    const rocksdb::Slice lower_bound(place->record_prefix);
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_bound;
    std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options));
    iterator->SeekForPrev(place->record_end);
    if (iterator->Valid() && iterator->key().starts_with(place->record_prefix)) {
        const rocksdb::Slice key = iterator->key();
        const auto last = static_cast<int64_t>(get_be64(key.data() + key.size() - 8));
        stored.end = std::max(stored.begin, last + 1);
    }
    if (!iterator->status().ok()) return to_status(iterator->status(), dir_);
    stored.place = std::move(place);
    return stored;
}

Result<StoredTopic> RocksStore::create(const std::string& topic, const TopicConfig& config) {
    const uint32_t id = next_topic_id_;
    std::string next;
    put_be32(next, id + 1);
    rocksdb::WriteBatch batch;
    batch.Put(keys::meta_key("next_topic"), next);
    batch.Put(keys::topic_key(topic), keys::encode_topic(id, config));
    if (Status written = write(batch); !written) return written;
    ++next_topic_id_;
    StoredTopic made{topic, std::to_string(id), config, {}};
    for (int32_t i = 0; i < config.partitions; ++i) {
        made.partitions.push_back({std::make_unique<RocksPartition>(id, i), 0, 0});
    }
    return made;
}

Status RocksStore::drop(const std::string& topic, std::span<StorePartition* const> partitions) {
    MR_CHECK(!partitions.empty(), "a topic has partitions");
    const uint32_t id = static_cast<const RocksPartition*>(partitions.front())->id;
    rocksdb::WriteBatch batch;
    batch.Delete(keys::topic_key(topic));
    for (char kind : {'b', 'r'}) {
        const std::string prefix = keys::topic_prefix(kind, id);
        batch.DeleteRange(prefix, keys::after_prefix(prefix));
    }
    return write(batch);
}

Status RocksStore::commit(std::span<const PlacedRecord> records,
                          std::span<const StoredOffset> offsets) {
    if (records.empty() && offsets.empty()) return Status::ok();
    batch_.Clear();
    for (const auto& [place, record] : records) {
        key_ = static_cast<const RocksPartition*>(place)->record_prefix;
        put_be64(key_, static_cast<uint64_t>(record.offset));
        head_.clear();
        keys::encode_record_head(record, head_);
        const ByteView value = record.value.value_or(ByteView());
        const rocksdb::Slice key_parts[] = {key_};
        const rocksdb::Slice value_parts[] = {head_, {value.data(), value.size()}};
        batch_.Put(rocksdb::SliceParts(key_parts, 1), rocksdb::SliceParts(value_parts, 2));
    }
    for (const StoredOffset& stored : offsets) {
        batch_.Put(keys::offset_key(stored), keys::encode_offset(stored.offset));
    }
    return write(batch_);
}

Status RocksStore::truncate(StorePartition& partition, int64_t begin) {
    auto& place = static_cast<RocksPartition&>(partition);
    std::string value;
    put_be64(value, static_cast<uint64_t>(begin));
    rocksdb::WriteBatch batch;
    batch.Put(place.begin_key, value);
    if (begin - place.deleted_to >= kTruncateEvery) {
        batch.DeleteRange(place.record_key(place.deleted_to), place.record_key(begin));
        place.deleted_to = begin;
    }
    return write(batch);
}

}  // namespace

namespace {

/// Does somebody have the database open? RocksDB has no code for it, so its lock is tried.
bool is_locked(const std::string& dir) {
    rocksdb::FileLock* lock = nullptr;
    rocksdb::Env* env = rocksdb::Env::Default();
    const std::string file = dir + "/LOCK";
    if (!env->FileExists(file).ok()) return false;
    if (!env->LockFile(file, &lock).ok()) return true;
    env->UnlockFile(lock);
    return false;
}

}  // namespace

Result<std::unique_ptr<LogStore>> open_rocksdb_store(const std::string& dir) {
    std::error_code failed;
    std::filesystem::create_directories(dir, failed);
    if (failed) {
        return Status(Fault::kFatal, fmt::format("Log in {}: {}", dir, failed.message()));
    }
    // Records are nobody else's business on this machine.
    std::filesystem::permissions(dir, std::filesystem::perms::owner_all, failed);
    rocksdb::DB* db = nullptr;
    rocksdb::Status opened = rocksdb::DB::Open(make_options(), dir, &db);
    if (!opened.ok()) {
        if (opened.IsIOError() && is_locked(dir)) {
            return Status(Fault::kFatal,
                          fmt::format("Log in {}: another process has it open.", dir));
        }
        return to_status(opened, dir);
    }
    return std::unique_ptr<LogStore>(
        std::make_unique<RocksStore>(dir, std::unique_ptr<rocksdb::DB>(db)));
}

}  // namespace millrace
