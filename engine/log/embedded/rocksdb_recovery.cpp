#include "engine/log/embedded/rocksdb_recovery.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "engine/base/log.h"
#include "engine/log/embedded/rocksdb_cursor.h"
#include "engine/log/embedded/rocksdb_keys.h"
#include "engine/log/embedded/wal_scan.h"

namespace millrace {

namespace {

namespace keys = rocksdb_keys;

constexpr size_t kPlacesNamedMax = 8;
constexpr const char* kAside = "damaged";

/// Topic id and partition.
using Place = std::pair<uint32_t, int32_t>;

/// What batches behind a hole would have put.
class Behind final : public rocksdb::WriteBatch::Handler {
public:
    rocksdb::Status PutCF(uint32_t, const rocksdb::Slice& key,
                          const rocksdb::Slice& value) override {
        const ByteView bytes(key.data(), key.size());
        if (const auto record = keys::decode_record_key(bytes)) {
            int64_t& last = last_[{record->topic_id, record->partition}];
            last = std::max(last, record->offset);
        } else if (bytes.starts_with('t')) {
            if (auto topic = keys::decode_topic({value.data(), value.size()}))
                names_[topic->id] = bytes.substr(1);
        }
        return rocksdb::Status::OK();
    }
    rocksdb::Status DeleteCF(uint32_t, const rocksdb::Slice&) override {
        return rocksdb::Status::OK();
    }
    rocksdb::Status DeleteRangeCF(uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
        return rocksdb::Status::OK();
    }

    /// The last offset of each partition that there would be.
    std::map<Place, int64_t> last_;
    std::map<uint32_t, std::string> names_;
};

int64_t end_of(rocksdb::DB& db, const RocksPartition& partition) {
    std::unique_ptr<rocksdb::Iterator> iterator(db.NewIterator({}));
    iterator->SeekForPrev(partition.record_end);
    if (!iterator->Valid()) return 0;
    const auto last = keys::decode_record_key({iterator->key().data(), iterator->key().size()});
    const bool here = last && iterator->key().starts_with(partition.record_prefix);
    return here ? last->offset + 1 : 0;
}

/// "topic a, partition 0: 17 records from offset 5 on; …", as far as that can be told.
std::string lost_records(const std::string& dir, rocksdb::Options options, const WalHole& hole) {
    Behind behind;
    for (const std::string& batch : hole.batches_behind)
        (void)rocksdb::WriteBatch(batch).Iterate(&behind);
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::OpenForReadOnly(options, dir, &opened).ok()) return "";
    const std::unique_ptr<rocksdb::DB> db(opened);
    std::unique_ptr<rocksdb::Iterator> topics(db->NewIterator({}));
    for (topics->Seek("t"); topics->Valid() && topics->key().starts_with("t"); topics->Next()) {
        if (auto topic = keys::decode_topic({topics->value().data(), topics->value().size()}))
            behind.names_[topic->id] = topics->key().ToString().substr(1);
    }
    std::string text;
    size_t num_places = 0;
    for (const auto& [place, last] : behind.last_) {
        const int64_t end = end_of(*db, RocksPartition(place.first, place.second));
        if (last < end || ++num_places > kPlacesNamedMax) continue;
        auto name = behind.names_.find(place.first);
        text += fmt::format(
            "{}topic {}, partition {}: {} records from offset {} on", text.empty() ? "" : "; ",
            name == behind.names_.end() ? "?" : name->second, place.second, last + 1 - end, end);
    }
    if (num_places > kPlacesNamedMax)
        text += fmt::format("; and {} more partitions", num_places - kPlacesNamedMax);
    return text;
}

/// Copies without taking room, and where that cannot be: copies.
Status keep_aside(const std::string& dir) {
    std::error_code error;
    std::filesystem::path aside;
    for (int number = 1; aside.empty() || std::filesystem::exists(aside); ++number)
        aside = std::filesystem::path(dir) / fmt::format("{}-{}", kAside, number);
    std::filesystem::create_directories(aside, error);
    for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
        if (error || entry.path().extension() != ".log") continue;
        const auto to = aside / entry.path().filename();
        std::filesystem::create_hard_link(entry.path(), to, error);
        if (error) std::filesystem::copy_file(entry.path(), to, error);
        if (error) break;
    }
    if (!error) return Status::ok();
    return {Fault::kFatal, fmt::format("Log in {}: its damaged files cannot be kept in {}: {}", dir,
                                       aside.string(), error.message())};
}

/// Without this file RocksDB takes the directory for a new one.
Status check_root(const std::string& dir) {
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::path(dir) / "CURRENT", error)) return Status::ok();
    for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("MANIFEST-") || name.ends_with(".sst"))
            return damaged_log(dir, "it has records, but its file CURRENT is missing: it");
    }
    return Status::ok();
}

}  // namespace

Status check_log_files(const std::string& dir, const rocksdb::Options& options,
                       OnDamage on_damage) {
    if (Status root = check_root(dir); !root) return root;
    const auto hole = find_wal_hole(dir);
    if (!hole) return Status::ok();
    const std::string lost = lost_records(dir, options, *hole);
    std::string where = fmt::format("{}, byte {}: {}", hole->file, hole->at, hole->what);
    if (!lost.empty()) where += " (" + lost + ")";
    if (!hole->acknowledged) {
        log_warn(
            "log",
            "Log in {} is not whole at its end, as after a loss of power; what stood there had "
            "not been synced and is lost: {}",
            dir, where);
        return Status::ok();
    }
    if (on_damage == OnDamage::kCut) {
        log_error("log", "Log in {} is damaged and cut, as millrace.log.damaged says: {}", dir,
                  where);
        return keep_aside(dir);
    }
    return {Fault::kCorruptState,
            fmt::format("Log in {} is damaged: {}. Records that were acknowledged are lost from "
                        "there on. Put a copy of the directory in its place, or start once with "
                        "millrace.log.damaged=cut to go on with what stands before the damage.",
                        dir, where)};
}

}  // namespace millrace
