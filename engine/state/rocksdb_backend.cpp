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
#include <set>
#include <shared_mutex>

#include "engine/base/damaged.h"
#include "engine/base/log.h"
#include "engine/log/embedded/rocksdb_memory.h"
#include "engine/state/expiry_filter.h"
#include "engine/state/rocksdb_files.h"

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
    return {is_damage(status) ? Fault::kCorruptState : Fault::kFatal,
            "state store: " + status.ToString()};
}

/// What has been seen of damage. Outlives the backend where a snapshot does.
struct Damage {
    std::atomic<bool> seen{false};
    std::atomic<bool> mended{false};     ///< Since the start: not all store partitions are here.
    std::shared_mutex mutex;             ///< Above it nothing.
    std::set<StorePartition> here = {};  ///< Once mended.

    bool gone(StorePartition where) {
        if (!mended.load(std::memory_order_acquire)) return false;
        std::shared_lock lock(mutex);
        return here.count(where) == 0;
    }
};

/// For reads in the middle of a task's work: nothing that stands behind the failure may be used.
[[noreturn, gnu::cold]] void fail(const rocksdb::Status& status, Damage& damage) {
    const std::string message = "the state store cannot be read: " + status.ToString();
    if (!is_damage(status)) throw std::runtime_error(message);
    damage.seen = true;
    throw DamagedBytes(message);
}

/// False: no such key.
bool exists(const rocksdb::Status& status, Damage& damage) {
    if (!status.ok() && !status.IsNotFound()) fail(status, damage);
    return status.ok();
}

void need_here(StorePartition where, Damage& damage) {
    if (damage.gone(where)) [[unlikely]]
        throw DamagedBytes("its file was damaged, and it is to be restored from its changelog");
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
    RocksCursor(rocksdb::DB& db, Damage& damage, rocksdb::ReadOptions options, StorePartition where,
                ByteView from, ByteView to)
        : damage_(damage) {
        need_here(where, damage);
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
        if (!iterator_->status().ok()) fail(iterator_->status(), damage_);
        return false;
    }
    void next() override { iterator_->Next(); }
    ByteView key() const override { return view(iterator_->key()).substr(8); }
    ByteView value() const override { return view(iterator_->value()); }

private:
    Damage& damage_;
    std::string end_, first_;
    rocksdb::Slice end_slice_;
    std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksSnapshot final : public StateSnapshot {
public:
    RocksSnapshot(std::shared_ptr<rocksdb::DB> db, std::shared_ptr<Damage> damage)
        : db_(std::move(db)), damage_(std::move(damage)) {
        snapshot_ = db_->GetSnapshot();
    }
    ~RocksSnapshot() override { db_->ReleaseSnapshot(snapshot_); }
    RocksSnapshot(const RocksSnapshot&) = delete;
    RocksSnapshot& operator=(const RocksSnapshot&) = delete;

    std::optional<std::string> get(StorePartition where, ByteView key) const override {
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_;
        std::string value;
        need_here(where, *damage_);
        if (!exists(db_->Get(options, full_key(where, key), &value), *damage_)) return std::nullopt;
        return value;
    }
    std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from,
                                      ByteView to) const override {
        rocksdb::ReadOptions options;
        options.snapshot = snapshot_;
        return std::make_unique<RocksCursor>(*db_, *damage_, options, where, from, to);
    }

private:
    std::shared_ptr<rocksdb::DB> db_;
    std::shared_ptr<Damage> damage_;
    const rocksdb::Snapshot* snapshot_;
};

class RocksBackend final : public StateBackend {
public:
    RocksBackend(StateFiles files, std::shared_ptr<ExpiryTable> expiries)
        : files_(std::move(files)), expiries_(std::move(expiries)) {}

    Status open();
    uint32_t store_number(const std::string& name) override;
    std::vector<std::string> store_names() override;
    Status drop_store(const std::string& name) override;

    std::optional<std::string> get(StorePartition where, ByteView key) override {
        std::string value;
        if (!read(where, key, value)) return std::nullopt;
        return value;
    }
    bool read(StorePartition where, ByteView key, std::string& value) override {
        rocksdb::DB& files = db();  // First: of older ones all may be read.
        need_here(where, *damage_);
        return exists(files.Get({}, full_key(where, key), &value), *damage_);
    }
    std::unique_ptr<StoreCursor> scan(StorePartition where, ByteView from, ByteView to) override {
        return std::make_unique<RocksCursor>(db(), *damage_, rocksdb::ReadOptions{}, where, from,
                                             to);
    }

    Status apply_changes(std::span<const StateChange> changes,
                         const std::map<StorePartition, int64_t>& changelog_offsets) override;
    void expire(StorePartition where, Expiry expiry) override { expiries_->set(where, expiry); }
    std::optional<int64_t> changelog_offset(StorePartition where) override;
    Status clear(StorePartition where, const std::string& origin) override;
    std::string origin(StorePartition where) override {
        return get_own(origin_key(where)).value_or("");
    }
    Status set_origin(StorePartition where, const std::string& origin) override {
        rocksdb::WriteBatch batch;
        (void)batch.Put(origin_key(where), origin);
        return write(batch);
    }
    std::shared_ptr<const StateSnapshot> snapshot() override {
        std::shared_lock lock(files_mutex_);
        return std::make_shared<RocksSnapshot>(dbs_.back(), damage_);
    }

    std::optional<std::string> get_meta(const std::string& key) override {
        return get_own(own_key(kMetaTag, key));
    }
    Status put_meta(const std::string& key, const std::string& value) override {
        rocksdb::WriteBatch batch;
        (void)batch.Put(own_key(kMetaTag, key), value);
        return write(batch);
    }

    bool damaged() const override { return damage_->seen; }
    Status mend() override;
    int64_t mends() const override { return mends_; }

private:
    /// Reads need no lock: files that do not count any more stay open.
    rocksdb::DB& db() { return *db_.load(std::memory_order_acquire); }
    Status load_names();
    Status write(rocksdb::WriteBatch& batch, bool sync = false);
    rocksdb::Status copy_names(rocksdb::DB& to);
    rocksdb::Status copy_stores(rocksdb::DB& to, std::set<StorePartition>& whole);
    std::optional<std::string> get_own(const std::string& key) {
        std::string value;
        if (!exists(db().Get({}, key, &value), *damage_)) return std::nullopt;
        return value;
    }

    StateFiles files_;
    std::shared_mutex files_mutex_;                  ///< Shared: writes, which mend() holds up.
    std::vector<std::shared_ptr<rocksdb::DB>> dbs_;  ///< The last one counts.
    std::atomic<rocksdb::DB*> db_{nullptr};
    const std::shared_ptr<Damage> damage_ = std::make_shared<Damage>();
    std::atomic<int64_t> mends_{0};
    std::shared_ptr<ExpiryTable> expiries_;
    std::atomic<bool> needs_new_files_{false};
    std::atomic<bool> is_broken_{false};  ///< By a failed write: RocksDB is to be mended first.
    std::mutex names_mutex_;
    std::map<std::string, uint32_t> numbers_;
    uint32_t next_number_ = 1;
};

Status RocksBackend::load_names() {
    Status damaged{Fault::kCorruptState, "state store: its list of stores is damaged"};
    const std::string first = own_key(kStoreTag);
    std::unique_ptr<rocksdb::Iterator> iterator(db().NewIterator({}));
    for (iterator->Seek(first); iterator->Valid() && iterator->key().starts_with(first);
         iterator->Next()) {
        std::string name(view(iterator->key()).substr(first.size()));
        if (iterator->value().size() != 4) return damaged;
        numbers_[std::move(name)] = get_be32(iterator->value().data());
    }
    if (!iterator->status().ok()) return to_status(iterator->status());
    std::string next;
    const auto got = db().Get({}, own_key(kNumberTag), &next);
    if (got.IsNotFound()) return numbers_.empty() ? Status::ok() : damaged;
    if (!got.ok()) return to_status(got);
    if (next.size() != 4) return damaged;
    next_number_ = get_be32(next.data());
    return Status::ok();
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
    rocksdb::WriteBatch batch;
    (void)batch.DeleteRange(first, last);
    for (const char tag : {kOffsetTag, kOriginTag})
        (void)batch.DeleteRange(own_key(tag, first), own_key(tag, last));
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
        if (damage_->gone(change.where))
            return {Fault::kCorruptState, "state store: a store was given up meanwhile"};
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
    (void)batch.DeleteRange(prefix_of(where), prefix_after(where));
    (void)batch.Delete(offset_key(where));
    (void)batch.Put(origin_key(where), origin);
    Status status = write(batch, !origin.empty() && changelog_offset(where));
    if (status && damage_->mended) {
        std::lock_guard lock(damage_->mutex);
        damage_->here.insert(where);
    }
    return status;
}

/// A write that failed, on a full disk for instance, keeps RocksDB from taking others until it has
/// been told to go on.
Status RocksBackend::write(rocksdb::WriteBatch& batch, bool sync) {
    rocksdb::WriteOptions options;
    options.sync = sync;
    std::shared_lock lock(files_mutex_);
    if (needs_new_files_) return {Fault::kFatal, "state store: a write has failed"};
    if (is_broken_) {
        const auto resumed = db().Resume();
        if (is_damage(resumed)) damage_->seen = true;
        if (!resumed.ok()) return to_status(resumed);
        is_broken_ = false;
    }
    const auto status = db().Write(options, &batch);
    if (!status.ok()) {
        is_broken_ = true;
        // With nothing to write to files RocksDB cannot go on behind half a record: new ones are
        // made.
        uint64_t entries = 0;
        db().GetIntProperty(rocksdb::DB::Properties::kNumEntriesActiveMemTable, &entries);
        needs_new_files_ = entries == 0;
        if (needs_new_files_) damage_->seen = true;
    }
    if (is_damage(status)) damage_->seen = true;
    return to_status(status);
}

// ---- files ----

Status RocksBackend::open() {
    dbs_.emplace_back();
    auto opened = files_.open(dbs_.back());
    if (!opened.ok()) return to_status(opened);
    db_ = dbs_.back().get();
    Status loaded = load_names();
    if (loaded.fault() != Fault::kCorruptState) return loaded;
    numbers_.clear();
    opened = files_.start_over(dbs_.back(), loaded.message());
    db_ = dbs_.back().get();
    return to_status(opened);
}

Status RocksBackend::mend() {
    std::lock_guard names_lock(names_mutex_);
    std::lock_guard files_lock(files_mutex_);
    if (!damage_->seen) return Status::ok();  // Somebody else has done it.
    std::shared_ptr<rocksdb::DB> next;
    std::set<StorePartition> whole;
    auto status = files_.begin_next(next);
    if (status.ok()) status = copy_names(*next);
    if (status.ok()) status = copy_stores(*next, whole);
    if (status.ok()) status = files_.finish_next(*next);
    if (!status.ok()) return to_status(status);
    log_error("state",
              "files are damaged: {} store partitions are kept, all others are restored "
              "from their changelogs",
              whole.size());
    dbs_.push_back(std::move(next));
    {
        std::lock_guard lock(damage_->mutex);
        damage_->here = std::move(whole);
    }
    damage_->mended.store(true, std::memory_order_release);
    db_.store(dbs_.back().get(), std::memory_order_release);
    damage_->seen = false;
    is_broken_ = false;
    needs_new_files_ = false;
    ++mends_;
    return Status::ok();
}

rocksdb::Status RocksBackend::copy_names(rocksdb::DB& to) {
    rocksdb::WriteBatch batch;
    std::string next;
    put_be32(next, next_number_);
    (void)batch.Put(own_key(kNumberTag), next);
    for (const auto& [name, number] : numbers_) {
        std::string bytes;
        put_be32(bytes, number);
        (void)batch.Put(own_key(kStoreTag, name), bytes);
    }
    return to.Write({}, &batch);
}

/// With the other own facts, as many as can be read.
rocksdb::Status RocksBackend::copy_stores(rocksdb::DB& to, std::set<StorePartition>& whole) {
    const std::string offsets = own_key(kOffsetTag);
    std::unique_ptr<rocksdb::Iterator> own(db().NewIterator({}));
    rocksdb::WriteBatch batch;
    for (own->Seek(own_key('\0'));
         own->Valid() && own->key().starts_with(prefix_of({0, 0}).substr(0, 4)); own->Next()) {
        const ByteView key = view(own->key());
        const char tag = key.size() > 4 ? key[4] : '\0';
        if (tag == kStoreTag || tag == kNumberTag) continue;
        if (tag == kOffsetTag && key.size() == offsets.size() + 8) {
            const char* at = key.data() + offsets.size();
            const StorePartition where{get_be32(at), static_cast<int32_t>(get_be32(at + 4))};
            bool readable = false;
            auto status = copy_range(db(), to, prefix_of(where), prefix_after(where), readable);
            if (!status.ok()) return status;
            if (!readable) continue;
            whole.insert(where);
        }
        (void)batch.Put(own->key(), own->value());
    }
    return to.Write({}, &batch);
}

rocksdb::Options make_options(const RocksMemory& memory, std::shared_ptr<ExpiryTable> expiries) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_manager = memory.buffers;
    options.write_buffer_size = memory.state_buffer_bytes;
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
    options.periodic_compaction_seconds =
        uint64_t{24} * 3600;  // Expired windows leave cold files, too.

    rocksdb::BlockBasedTableOptions table;
    table.block_cache = memory.cache;
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
    constexpr size_t kOwnBytes = 64ULL << 20;
    const auto memory = options.memory ? options.memory : make_rocksdb_memory(kOwnBytes, 0);
    StateFiles files(options.directory, make_options(*memory, expiries));
    auto backend = std::make_unique<RocksBackend>(std::move(files), std::move(expiries));
    if (Status opened = backend->open(); !opened) return opened;
    return std::unique_ptr<StateBackend>(std::move(backend));
}

}  // namespace millrace
