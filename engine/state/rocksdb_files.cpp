#include "engine/state/rocksdb_files.h"

#include <charconv>
#include <filesystem>

#include "engine/base/log.h"

namespace millrace {

namespace fs = std::filesystem;

namespace {

constexpr const char* kFilesLog = "state";
constexpr const char* kWholeFile = "WHOLE";
constexpr size_t kCopyBatchBytes = 1 << 20;

/// The N of "DIRECTORY-N"; 0: it is none.
int generation_of(const std::string& name, const std::string& directory_name) {
    if (!name.starts_with(directory_name + "-")) return 0;
    const char* first = name.data() + directory_name.size() + 1;
    const char* last = name.data() + name.size();
    int number = 0;
    auto [end, error] = std::from_chars(first, last, number);
    return error == std::errc() && end == last ? number : 0;
}

/// What is copied can be made again: one sync at the end will do.
rocksdb::WriteOptions unlogged() {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    return options;
}

}  // namespace

bool is_damage(const rocksdb::Status& status) {
    return status.IsCorruption() || status.IsPathNotFound();
}

StateFiles::StateFiles(const std::string& directory, rocksdb::Options options)
    : directory_(fs::absolute(directory + "/").lexically_normal().parent_path()),
      options_(std::move(options)) {}

std::string StateFiles::path_of(int generation) const {
    return generation == 0 ? directory_ : directory_ + "-" + std::to_string(generation);
}

int StateFiles::newest() const {
    const fs::path here(directory_);
    int newest = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(here.parent_path(), error)) {
        const int number = generation_of(entry.path().filename(), here.filename());
        if (number > newest && fs::exists(entry.path() / kWholeFile, error)) newest = number;
    }
    return newest;
}

void StateFiles::remove_others(int generation) const {
    const fs::path here(directory_);
    std::error_code error;
    std::vector<fs::path> others;
    for (const auto& entry : fs::directory_iterator(here.parent_path(), error)) {
        const int number = generation_of(entry.path().filename(), here.filename());
        if (number != 0 && number != generation) others.push_back(entry.path());
    }
    for (const fs::path& other : others) fs::remove_all(other, error);
    if (generation == 0) return;
    // The directory itself stays: it is the caller's.
    for (const auto& entry : fs::directory_iterator(here, error)) fs::remove_all(entry, error);
}

rocksdb::Status StateFiles::open(std::shared_ptr<rocksdb::DB>& db) {
    generation_ = newest();
    remove_others(generation_);
    rocksdb::DB* raw = nullptr;
    auto opened = rocksdb::DB::Open(options_, path_of(generation_), &raw);
    db.reset(raw);
    return is_damage(opened) ? start_over(db, opened.ToString()) : opened;
}

rocksdb::Status StateFiles::start_over(std::shared_ptr<rocksdb::DB>& db, const std::string& why) {
    const std::string path = path_of(generation_);
    log_error(kFilesLog,
              "the state in {} is damaged and is dropped; all stores are restored from their "
              "changelogs: {}",
              path, why);
    db.reset();
    rocksdb::DB* raw = nullptr;
    auto status = rocksdb::DestroyDB(path, options_);
    if (status.ok()) status = rocksdb::DB::Open(options_, path, &raw);
    db.reset(raw);
    return status;
}

rocksdb::Status StateFiles::begin_next(std::shared_ptr<rocksdb::DB>& db) {
    const std::string path = path_of(generation_ + 1);
    auto status = rocksdb::DestroyDB(path, options_);  // What an earlier attempt has left.
    rocksdb::DB* raw = nullptr;
    if (status.ok()) status = rocksdb::DB::Open(options_, path, &raw);
    db.reset(raw);
    return status;
}

rocksdb::Status StateFiles::finish_next(rocksdb::DB& db) {
    auto status = db.Flush({});
    if (status.ok())
        status = rocksdb::WriteStringToFile(options_.env, "",
                                            path_of(generation_ + 1) + "/" + kWholeFile, true);
    if (status.ok()) ++generation_;
    return status;
}

rocksdb::Status copy_range(rocksdb::DB& from, rocksdb::DB& to, const std::string& first,
                           const std::string& last, bool& whole) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.total_order_seek = true;
    const rocksdb::Slice end = last;
    options.iterate_upper_bound = &end;
    std::unique_ptr<rocksdb::Iterator> pairs(from.NewIterator(options));
    rocksdb::WriteBatch batch;
    rocksdb::Status written;
    for (pairs->Seek(first); written.ok() && pairs->Valid(); pairs->Next()) {
        (void)batch.Put(pairs->key(), pairs->value());
        if (batch.GetDataSize() < kCopyBatchBytes) continue;
        written = to.Write(unlogged(), &batch);
        batch.Clear();
    }
    whole = pairs->status().ok();
    if (!whole) {
        batch.Clear();
        (void)batch.DeleteRange(to.DefaultColumnFamily(), first, last);
    }
    return written.ok() ? to.Write(unlogged(), &batch) : written;
}

}  // namespace millrace
