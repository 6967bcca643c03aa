#include "engine/state/rocksdb_backend.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>

#include "engine/base/damaged.h"
#include "engine/state/expiry_filter.h"

namespace millrace {

namespace {

// Store numbers begin at 1; number 0 holds the backend's own facts, told apart by one letter.
constexpr char kMetaTag = 'm';
constexpr char kOriginTag = 'c';  // Which changelog a store partition is the state of.
constexpr char kNumberTag = 'n';  // The next store number.
constexpr char kOffsetTag = 'o';
constexpr char kStoreTag = 's';

rocksdb::Slice slice(ByteView bytes) {
    return {bytes.data(), bytes.size()};
}
ByteView view(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

std::string own_key(char tag, ByteView rest = {}) {
    std::string key;
    put_be32(key, 0);
    key.push_back(tag);
    key.append(rest);
    return key;
}

std::string prefix_of(StorePartition where) {
    std::string prefix;
    put_be32(prefix, where.store);
    put_be32(prefix, static_cast<uint32_t>(where.partition));
    return prefix;
}

std::string prefix_after(StorePartition where) {
    std::string prefix;
    const uint32_t partition = static_cast<uint32_t>(where.partition) + 1;
    put_be32(prefix, partition == 0 ? where.store + 1 : where.store);
    put_be32(prefix, partition);
    return prefix;
}

std::string offset_key(StorePartition where) {
    return own_key(kOffsetTag, prefix_of(where));
}

std::string origin_key(StorePartition where) {
    return own_key(kOriginTag, prefix_of(where));
}

Status to_status(const rocksdb::Status& status) {
    if (status.ok()) return Status::ok();
    return {status.IsCorruption() ? Fault::kCorruptState : Fault::kFatal,
            "state store: " + status.ToString()};
}

/// For reads in the middle of a task's work: nothing that stands behind the failure may be used.
[[noreturn, gnu::cold]] void fail(const rocksdb::Status& status) {
    const std::string message = "the state store cannot be read: " + status.ToString();
    if (status.IsCorruption()) throw DamagedBytes(message);
    throw std::runtime_error(message);
}

/// False: no such key.
bool exists(const rocksdb::Status& status) {
    if (!status.ok() && !status.IsNotFound()) fail(status);
    return status.ok();
}

/// The full key of a pair, built in a buffer that the thread uses again.
rocksdb::Slice full_key(StorePartition where, ByteView key) {
    thread_local std::string buffer;
    buffer.clear();
    put_be32(buffer, where.store);
    put_be32(buffer, static_cast<uint32_t>(where.partition));
    buffer.append(key);
    return buffer;
}

class RocksCursor final : public StoreCursor {
public:
    RocksCursor(rocksdb::DB& db, rocksdb::ReadOptions options, StorePartition where, ByteView from,
                ByteView to) {
        const std::string first = prefix_of(where) + std::string(from);
        end_ = to.empty() ? prefix_after(where) : prefix_of(where) + std::string(to);
        end_slice_ = end_;
        if (end_ < first) end_slice_ = first_ = first;
        options.iterate_upper_bound = &end_slice_;
        options.total_order_seek = true;
        iterator_.reset(db.NewIterator(options));
        iterator_->Seek(first);
    }
    bool valid() const override {
        if (iterator_->Valid()) return true;
        if (!iterator_->status().ok()) fail(iterator_->status());
        return false;
    }
    void next() override { iterator_->Next(); }
    ByteView key() const override { return view(iterator_->key()).substr(8); }
    ByteView value() const override { return view(iterator_->value()); }

private:
    std::string end_, first_;
    rocksdb::Slice end_slice_;
    std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksSnapshot final : public StateSnapshot {
public:
    explicit RocksSnapshot(std::shared_ptr<rocksdb::DB> db) : db_(std::move(db)) {
        snapshot_ = db_->GetSnapshot();
    }
    ~RocksSnapshot() override { db_->ReleaseSnapshot(snapshot_); }
    RocksSnapshot(const RocksSnapshot&) = delete;
    RocksSnapshot& operator=(const RocksSnapshot&) = delete;

    std::optional<std::string> get(StorePartition where, ByteView key) const override {
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_;
        std::string value;
        if (!exists(db_->Get(options, full_key(where, key), &value))) return std::nullopt;
        return value;
    }
    std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from,
                                      ByteView to) const override {
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_;
        return std::make_unique<RocksCursor>(*db_, options, where, from, to);
    }

private:
    std::shared_ptr<rocksdb::DB> db_;
    const rocksdb::Snapshot* snapshot_;
};

class RocksBackend final : public StateBackend {
public:
    RocksBackend(std::shared_ptr<rocksdb::DB> db, std::shared_ptr<ExpiryTable> expiries)
        : db_(std::move(db)), expiries_(std::move(expiries)) {}

    Status load_names();
    uint32_t store_number(const std::string& name) override;
    std::vector<std::string> store_names() override;
    Status drop_store(const std::string& name) override;

    std::optional<std::string> get(StorePartition where, ByteView key) override {
        std::string value;
        if (!read(where, key, value)) return std::nullopt;
        return value;
    }
    bool read(StorePartition where, ByteView key, std::string& value) override {
        return exists(db_->Get({}, full_key(where, key), &value));
    }
    std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from, ByteView to) override {
        return std::make_unique<RocksCursor>(*db_, rocksdb::ReadOptions{}, where, from, to);
    }

    Status apply_changes(std::span<const StateChange> changes,
                         const std::map<StorePartition, int64_t>& changelog_offsets) override;
    void expire(StorePartition where, Expiry expiry) override { expiries_->set(where, expiry); }
    std::optional<int64_t> changelog_offset(StorePartition where) override;
    Status clear(StorePartition where, const std::string& origin) override;
    std::string origin(StorePartition where) override {
        return get_own(origin_key(where)).value_or("");
    }
    std::shared_ptr<const StateSnapshot> snapshot() override {
        return std::make_shared<RocksSnapshot>(db_);
    }

    std::optional<std::string> get_meta(const std::string& key) override {
        return get_own(own_key(kMetaTag, key));
    }
    Status put_meta(const std::string& key, const std::string& value) override {
        rocksdb::WriteBatch batch;
        (void)batch.Put(own_key(kMetaTag, key), value);
        return write(batch);
    }

private:
    Status write(rocksdb::WriteBatch& batch, bool sync = false);
    std::optional<std::string> get_own(const std::string& key) {
        std::string value;
        if (!exists(db_->Get({}, key, &value))) return std::nullopt;
        return value;
    }

    std::shared_ptr<rocksdb::DB> db_;
    std::shared_ptr<ExpiryTable> expiries_;
    std::atomic<bool> is_broken_{false};  ///< By a failed write: RocksDB is to be mended first.
    std::mutex names_mutex_;
    std::map<std::string, uint32_t> numbers_;
    uint32_t next_number_ = 1;
};

Status RocksBackend::load_names() {
    const Status damaged{Fault::kCorruptState, "state store: its list of stores is damaged"};
    const std::string first = own_key(kStoreTag);
    std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator({}));
    for (iterator->Seek(first); iterator->Valid() && iterator->key().starts_with(first);
         iterator->Next()) {
        std::string name(view(iterator->key()).substr(first.size()));
        if (iterator->value().size() != 4) return damaged;
        numbers_[std::move(name)] = get_be32(iterator->value().data());
    }
    if (!iterator->status().ok()) return to_status(iterator->status());
    std::string next;
    const auto got = db_->Get({}, own_key(kNumberTag), &next);
    if (got.IsNotFound()) return numbers_.empty() ? Status::ok() : damaged;
    if (!got.ok()) return to_status(got);
    if (next.size() != 4) return damaged;
    next_number_ = get_be32(next.data());
    return Status::ok();
}

/// A write that failed, on a full disk for instance, keeps RocksDB from taking others until it has
/// been told to go on.
Status RocksBackend::write(rocksdb::WriteBatch& batch, bool sync) {
    if (is_broken_) {
        const auto resumed = db_->Resume();
        if (!resumed.ok()) return to_status(resumed);
        is_broken_ = false;
    }
    rocksdb::WriteOptions options;
    options.sync = sync;
    const auto status = db_->Write(options, &batch);
    if (!status.ok()) is_broken_ = true;
    return to_status(status);
}

uint32_t RocksBackend::store_number(const std::string& name) {
    std::lock_guard lock(names_mutex_);
    auto found = numbers_.find(name);
    if (found != numbers_.end()) return found->second;
    const uint32_t number = next_number_;
    std::string number_bytes, next_bytes;
    put_be32(number_bytes, number);
    put_be32(next_bytes, number + 1);
    rocksdb::WriteBatch batch;
    (void)batch.Put(own_key(kStoreTag, name), number_bytes);
    (void)batch.Put(own_key(kNumberTag), next_bytes);
    if (Status status = write(batch); !status) throw std::runtime_error(status.message());
    numbers_.emplace(name, number);
    next_number_ = number + 1;
    return number;
}

std::vector<std::string> RocksBackend::store_names() {
    std::lock_guard lock(names_mutex_);
    std::vector<std::string> names;
    for (const auto& [name, number] : numbers_) names.push_back(name);
    return names;
}

Status RocksBackend::drop_store(const std::string& name) {
    std::lock_guard lock(names_mutex_);
    auto found = numbers_.find(name);
    if (found == numbers_.end()) return Status::ok();
    const uint32_t number = found->second;
    std::string first, last;
    put_be32(first, number);
    put_be32(last, number + 1);
    auto* family = db_->DefaultColumnFamily();
    rocksdb::WriteBatch batch;
    (void)batch.DeleteRange(family, first, last);
    for (const char tag : {kOffsetTag, kOriginTag})
        (void)batch.DeleteRange(family, own_key(tag, first), own_key(tag, last));
    (void)batch.Delete(own_key(kStoreTag, name));
    if (Status status = write(batch); !status) return status;
    expiries_->forget(number);
    numbers_.erase(found);
    return Status::ok();
}

Status RocksBackend::apply_changes(std::span<const StateChange> changes,
                                   const std::map<StorePartition, int64_t>& changelog_offsets) {
    size_t bytes = 64 * changelog_offsets.size();
    for (const StateChange& change : changes) {
        bytes += 24 + change.key.size() + (change.value ? change.value->size() : 0);
    }
    rocksdb::WriteBatch batch(bytes);
    for (const StateChange& change : changes) {
        const rocksdb::Slice key = full_key(change.where, change.key);
        (void)(change.value ? batch.Put(key, slice(*change.value)) : batch.Delete(key));
    }
    for (const auto& [where, offset] : changelog_offsets) {
        std::string value;
        put_be64(value, static_cast<uint64_t>(offset));
        (void)batch.Put(offset_key(where), value);
    }
    return write(batch);
}

std::optional<int64_t> RocksBackend::changelog_offset(StorePartition where) {
    auto value = get_own(offset_key(where));
    if (!value || value->size() != 8) return std::nullopt;
    return static_cast<int64_t>(get_be64(value->data()));
}

Status RocksBackend::clear(StorePartition where, const std::string& origin) {
    rocksdb::WriteBatch batch;
    (void)batch.DeleteRange(db_->DefaultColumnFamily(), prefix_of(where), prefix_after(where));
    (void)batch.Delete(offset_key(where));
    (void)batch.Put(origin_key(where), origin);
    return write(batch, changelog_offset(where).has_value());
}

rocksdb::Options make_options(size_t memory_bytes, std::shared_ptr<ExpiryTable> expiries) {
    rocksdb::Options options;
    options.create_if_missing = true;
    // Block cache and memtables draw on one budget: memtables are charged to the cache.
    auto cache = rocksdb::NewLRUCache(memory_bytes, 2, false, 0.2);
    const size_t buffers = std::max<size_t>(memory_bytes / 3, 1 << 20);
    options.write_buffer_manager =
        std::make_shared<rocksdb::WriteBufferManager>(buffers, cache, false);
    options.write_buffer_size = std::clamp<size_t>(buffers / 2, 1 << 20, 64 << 20);
    options.arena_block_size = 64 << 10;  // An idle server holds one of these, not megabytes.
    options.max_write_buffer_number = 3;
    options.max_background_jobs = 2;
    options.max_total_wal_size = 2 * options.write_buffer_size;  // Bounds the replay at open.
    options.max_open_files = 512;
    options.keep_log_file_num = 2;
    options.max_log_file_size = 1 << 20;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.avoid_unnecessary_blocking_io = true;
    options.skip_stats_update_on_db_open = true;
    options.skip_checking_sst_file_sizes_on_db_open = true;
    options.level_compaction_dynamic_level_bytes = true;
    options.bytes_per_sync = 1 << 20;
    options.compression = rocksdb::kLZ4Compression;
    options.compaction_filter_factory = make_expiry_filter_factory(std::move(expiries));
    options.periodic_compaction_seconds = 24 * 3600;  // Expired windows leave cold files, too.

    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
    table.format_version = 5;
    table.block_size = 8 << 10;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

}  // namespace

Result<std::unique_ptr<StateBackend>> open_rocksdb_backend(const BackendOptions& options) {
    std::error_code error;
    std::filesystem::create_directories(options.directory, error);
    if (error) {
        return Status(Fault::kFatal,
                      "state store: cannot make " + options.directory + ": " + error.message());
    }
    auto expiries = std::make_shared<ExpiryTable>();
    rocksdb::DB* raw = nullptr;
    const auto opened =
        rocksdb::DB::Open(make_options(options.memory_bytes, expiries), options.directory, &raw);
    if (!opened.ok()) return to_status(opened);
    auto backend =
        std::make_unique<RocksBackend>(std::shared_ptr<rocksdb::DB>(raw), std::move(expiries));
    Status loaded = backend->load_names();
    if (!loaded) return loaded;
    return std::unique_ptr<StateBackend>(std::move(backend));
}

}  // namespace millrace
