#include "engine/log/embedded/rocksdb_store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <random>

#include "engine/base/check.h"
#include "engine/log/embedded/disk_room.h"
#include "engine/log/embedded/log_syncer.h"
#include "engine/log/embedded/rocksdb_cursor.h"
#include "engine/log/embedded/rocksdb_keys.h"
#include "engine/log/embedded/rocksdb_recovery.h"
#include "engine/log/embedded/wal_files.h"
#include "engine/log/embedded/wal_scan.h"

namespace millrace {

namespace {

namespace keys = rocksdb_keys;

constexpr const char* kFormat = "1";
constexpr uint64_t kWalBytesMax = 128ULL << 20;
/// A range deletion costs every later read a little: deleted records are gathered up to this many.
constexpr int64_t kTruncateEvery = 10000;

constexpr int64_t kSyncEveryMs = 100;
/// So that every file of the write-ahead log has one.
constexpr size_t kMarkEveryBytes = 1 << 20;

rocksdb::Options make_options(const DiskLogOptions& with) {
    const auto memory = with.memory ? with.memory : make_rocksdb_memory(0, kLogMemoryBytes);
    rocksdb::BlockBasedTableOptions table;
    table.block_size = size_t{16} * 1024;  // Records are read in order.
    table.block_cache = memory->cache;
    rocksdb::Options options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    if (with.env != nullptr) options.env = with.env;
    options.create_if_missing = true;
    options.write_buffer_manager = memory->buffers;
    options.write_buffer_size = memory->log_buffer_bytes;
    options.max_total_wal_size = kWalBytesMax;
    options.compression = rocksdb::kLZ4Compression;
    options.max_background_jobs = 2;
    options.max_open_files = 256;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.keep_log_file_num = 2;
    options.stats_dump_period_sec = 0;
    return options;
}

class RocksStore final : public LogStore {
public:
    RocksStore(std::string dir, std::unique_ptr<rocksdb::DB> db, const DiskLogOptions& options)
        : dir_(std::move(dir)),
          db_(std::move(db)),
          room_(*db_->GetEnv(), dir_, options.disk_reserve_bytes),
          wal_(*db_->GetEnv(), dir_) {
        std::random_device random;
        mark_.life = static_cast<uint64_t>(random()) << 32 | random();
        write_options_.sync = options.sync == LogSync::kAlways;
        if (options.sync == LogSync::kGroup)
            syncer_ = std::make_unique<LogSyncer>([this] { return this->sync(); }, kSyncEveryMs);
    }

    std::string describe() const override { return fmt::format("embedded ({})", dir_); }
    std::string cluster_id() const override { return cluster_id_; }

    Result<StoreContents> load() override;
    Result<StoredTopic> create(const std::string& topic, const TopicConfig& config) override;
    Status drop(const std::string& topic, std::span<StorePartition* const> partitions) override;
    Status commit(std::span<const PlacedRecord> records,
                  std::span<const StoredOffset> offsets) override;
    Status make_durable() override { return syncer_ ? syncer_->wait() : Status::ok(); }
    Status truncate(StorePartition& partition, int64_t begin) override;
    Status erase(StorePartition& partition, std::span<const int64_t> offsets) override;
    Status keep_note(StorePartition& partition, const std::string& note) override;
    int64_t size_of(StorePartition& partition, int64_t begin, int64_t end) override;
    std::unique_ptr<StoreCursor> cursor(StorePartition& partition) override {
        return make_rocksdb_cursor(*db_, dir_, static_cast<RocksPartition&>(partition));
    }

private:
    Status load_facts();
    Result<StoredTopic> load_topic(ByteView name, ByteView bytes);
    Result<StoredPartition> load_partition(uint32_t topic_id, int32_t partition);
    /// Calls for every key that begins so; ends early with the first failure.
    Status for_each(const std::string& prefix,
                    const std::function<Status(ByteView key, ByteView value)>& call);
    /// Empty but for a mark, where it is time for one, which stands first; see wal_scan.h.
    rocksdb::WriteBatch& new_batch();
    /// What frees room is written whether or not there is any.
    Status write(rocksdb::WriteBatch& batch, bool frees_room = false);
    Status mend();
    Status sync();  ///< The syncer's thread.

    const std::string dir_;
    const std::unique_ptr<rocksdb::DB> db_;
    std::string cluster_id_;
    uint32_t next_topic_id_ = 1;
    rocksdb::WriteOptions write_options_;
    DiskRoom room_;
    WalFiles wal_;
    bool cannot_be_mended_ = false;
    bool is_broken_ = false;  // By a failed write; RocksDB takes nothing until it has been mended.
    WalMark mark_;            // As the last batch has it.
    size_t bytes_since_mark_ = kMarkEveryBytes;
    std::atomic<uint64_t> synced_{0};  // Sequence number up to which all is durable.
    rocksdb::WriteBatch batch_;        // Reused by all writes.
    std::string key_;
    std::string head_;
    std::unique_ptr<LogSyncer> syncer_;  // Last: its thread uses the others.
};

rocksdb::WriteBatch& RocksStore::new_batch() {
    batch_.Clear();
    const uint64_t synced = synced_;
    if (bytes_since_mark_ < kMarkEveryBytes && synced == mark_.synced) return batch_;
    mark_.synced = synced;
    bytes_since_mark_ = 0;
    batch_.PutLogData(mark_.encode());
    return batch_;
}

Status RocksStore::write(rocksdb::WriteBatch& batch, bool frees_room) {
    if (!frees_room) {
        if (Status room = room_.take(batch.GetDataSize()); !room) return room;
    }
    if (Status mended = mend(); !mended) return mended;
    const rocksdb::Status written = db_->Write(write_options_, &batch);
    if (!written.ok()) {
        is_broken_ = true;
        uint64_t entries = 0;
        db_->GetIntProperty(rocksdb::DB::Properties::kNumEntriesActiveMemTable, &entries);
        cannot_be_mended_ = entries == 0;
        if (written.IsNoSpace()) room_.note_full();
        return log_status(written, dir_);
    }
    bytes_since_mark_ += batch.GetDataSize();
    if (syncer_) syncer_->note_write();
    if (write_options_.sync) synced_ = db_->GetLatestSequenceNumber();
    return Status::ok();
}

/// After a write that failed RocksDB has to be told to go on; it writes what it has in memory to
/// files, so that nothing stands behind half a record in the write-ahead log.
Status RocksStore::mend() {
    if (!is_broken_) return Status::ok();
    // With nothing to write to files RocksDB keeps the file that has half a record at its end, and
    // ends the process (an assertion) when it is to write behind that.
    if (cannot_be_mended_) {
        return {Fault::kFatal,
                fmt::format("Log in {}: a write has failed, and this server cannot write there any "
                            "more until it has been started again.",
                            dir_)};
    }
    const rocksdb::Status resumed = db_->Resume();
    // Busy: it is at it already, by itself.
    if (resumed.IsBusy()) {
        return {Fault::kRetriable, fmt::format("Log in {}: it recovers from a failed write", dir_)};
    }
    if (!resumed.ok()) return log_status(resumed, dir_);
    is_broken_ = false;
    return Status::ok();
}

Status RocksStore::sync() {
    const uint64_t written = db_->GetLatestSequenceNumber();
    if (Status status = wal_.sync(); !status) return status;
    synced_ = written;
    return Status::ok();
}

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
    return log_status(iterator->status(), dir_);
}

Status RocksStore::load_facts() {
    std::string format;
    rocksdb::Status found = db_->Get({}, keys::meta_key("format"), &format);
    if (found.IsNotFound()) {
        cluster_id_ = random_cluster_id();
        rocksdb::WriteBatch& batch = new_batch();
        batch.Put(keys::meta_key("format"), kFormat);
        batch.Put(keys::meta_key("cluster"), cluster_id_);
        return write(batch);
    }
    if (!found.ok()) return log_status(found, dir_);
    if (format != kFormat) {
        return {Fault::kFatal, fmt::format("Log in {}: its format is {}, this program knows {}.",
                                           dir_, format, kFormat)};
    }
    if (auto got = db_->Get({}, keys::meta_key("cluster"), &cluster_id_); !got.ok()) {
        return log_status(got, dir_);
    }
    std::string next;
    rocksdb::Status got = db_->Get({}, keys::meta_key("next_topic"), &next);
    if (got.IsNotFound()) return Status::ok();
    if (!got.ok()) return log_status(got, dir_);
    if (next.size() != 4) return damaged_log(dir_, "the next topic id");
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
        if (!offset) return damaged_log(dir_, "a group offset");
        contents.offsets.push_back(std::move(*offset));
        return Status::ok();
    });
    if (!offsets) return offsets;
    return contents;
}

Result<StoredTopic> RocksStore::load_topic(ByteView name, ByteView bytes) {
    auto decoded = keys::decode_topic(bytes);
    if (!decoded) return damaged_log(dir_, fmt::format("topic '{}'", name));
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
        return got.ok() ? damaged_log(dir_, "the begin of a partition") : log_status(got, dir_);
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
    if (!iterator->status().ok()) return log_status(iterator->status(), dir_);
    got = db_->Get({}, place->note_key, &stored.note);
    if (!got.ok() && !got.IsNotFound()) return log_status(got, dir_);
    stored.place = std::move(place);
    return stored;
}

Result<StoredTopic> RocksStore::create(const std::string& topic, const TopicConfig& config) {
    const uint32_t id = next_topic_id_;
    std::string next;
    put_be32(next, id + 1);
    rocksdb::WriteBatch& batch = new_batch();
    batch.Put(keys::meta_key("next_topic"), next);
    batch.Put(keys::topic_key(topic), keys::encode_topic(id, config));
    if (Status written = write(batch); !written) return written;
    ++next_topic_id_;
    StoredTopic made{topic, std::to_string(id), config, {}};
    for (int32_t i = 0; i < config.partitions; ++i) {
        made.partitions.push_back({std::make_unique<RocksPartition>(id, i), 0, 0, {}});
    }
    return made;
}

Status RocksStore::drop(const std::string& topic, std::span<StorePartition* const> partitions) {
    MR_CHECK(!partitions.empty(), "a topic has partitions");
    const uint32_t id = static_cast<const RocksPartition*>(partitions.front())->id;
    rocksdb::WriteBatch& batch = new_batch();
    batch.Delete(keys::topic_key(topic));
    for (char kind : {'a', 'b', 'r'}) {
        const std::string prefix = keys::topic_prefix(kind, id);
        batch.DeleteRange(prefix, keys::after_prefix(prefix));
    }
    return write(batch, true);
}

Status RocksStore::commit(std::span<const PlacedRecord> records,
                          std::span<const StoredOffset> offsets) {
    if (records.empty() && offsets.empty()) return Status::ok();
    rocksdb::WriteBatch& batch = new_batch();
    for (const auto& [place, record] : records) {
        key_ = static_cast<const RocksPartition*>(place)->record_prefix;
        put_be64(key_, static_cast<uint64_t>(record.offset));
        head_.clear();
        keys::encode_record_head(record, head_);
        const ByteView value = record.value.value_or(ByteView());
        const rocksdb::Slice key_parts[] = {key_};
        const rocksdb::Slice value_parts[] = {head_, {value.data(), value.size()}};
        batch.Put(rocksdb::SliceParts(key_parts, 1), rocksdb::SliceParts(value_parts, 2));
    }
    for (const StoredOffset& stored : offsets) {
        batch.Put(keys::offset_key(stored), keys::encode_offset(stored.offset));
    }
    return write(batch);
}

Status RocksStore::truncate(StorePartition& partition, int64_t begin) {
    auto& place = static_cast<RocksPartition&>(partition);
    std::string value;
    put_be64(value, static_cast<uint64_t>(begin));
    rocksdb::WriteBatch& batch = new_batch();
    batch.Put(place.begin_key, value);
    if (begin - place.deleted_to >= kTruncateEvery) {
        batch.DeleteRange(place.record_key(place.deleted_to), place.record_key(begin));
        place.deleted_to = begin;
    }
    return write(batch, true);
}

Status RocksStore::erase(StorePartition& partition, std::span<const int64_t> offsets) {
    auto& place = static_cast<RocksPartition&>(partition);
    rocksdb::WriteBatch& batch = new_batch();
    for (const int64_t offset : offsets) batch.Delete(place.record_key(offset));
    return write(batch, true);
}

Status RocksStore::keep_note(StorePartition& partition, const std::string& note) {
    rocksdb::WriteBatch& batch = new_batch();
    batch.Put(static_cast<RocksPartition&>(partition).note_key, note);
    return write(batch, true);
}

int64_t RocksStore::size_of(StorePartition& partition, int64_t begin, int64_t end) {
    auto& place = static_cast<RocksPartition&>(partition);
    const std::string first = place.record_key(begin);
    const std::string last = place.record_key(end);
    const rocksdb::Range range(first, last);
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    uint64_t size = 0;
    (void)db_->GetApproximateSizes(options, db_->DefaultColumnFamily(), &range, 1, &size);
    return static_cast<int64_t>(size);
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

Result<std::unique_ptr<LogStore>> open_rocksdb_store(const std::string& dir,
                                                     const DiskLogOptions& options) {
    std::error_code failed;
    std::filesystem::create_directories(dir, failed);
    if (failed) {
        return Status(Fault::kFatal, fmt::format("Log in {}: {}", dir, failed.message()));
    }
    // Records are nobody else's business on this machine.
    std::filesystem::permissions(dir, std::filesystem::perms::owner_all, failed);
    if (is_locked(dir)) {
        return Status(Fault::kFatal, fmt::format("Log in {}: another process has it open.", dir));
    }
    const rocksdb::Options db_options = make_options(options);
    if (Status whole = check_log_files(dir, db_options, options.on_damage); !whole) return whole;
    rocksdb::DB* db = nullptr;
    rocksdb::Status opened = rocksdb::DB::Open(db_options, dir, &db);
    if (!opened.ok()) return log_status(opened, dir);
    return std::unique_ptr<LogStore>(
        std::make_unique<RocksStore>(dir, std::unique_ptr<rocksdb::DB>(db), options));
}

}  // namespace millrace
