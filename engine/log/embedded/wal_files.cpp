#include "engine/log/embedded/wal_files.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/log/embedded/rocksdb_cursor.h"

namespace millrace {

namespace {

rocksdb::Status sync_file(rocksdb::Env& env, const std::string& path) {
    std::unique_ptr<rocksdb::RandomRWFile> file;
    rocksdb::Status status = env.NewRandomRWFile(path, &file, rocksdb::EnvOptions());
    if (status.ok()) status = file->Sync();
    // One that has gone meanwhile is not needed: table files hold what it held.
    return !status.ok() && env.FileExists(path).IsNotFound() ? rocksdb::Status::OK() : status;
}

rocksdb::Status sync_names(rocksdb::Env& env, const std::string& dir) {
    std::unique_ptr<rocksdb::Directory> directory;
    rocksdb::Status status = env.NewDirectory(dir, &directory);
    return status.ok() ? directory->Fsync() : status;
}

}  // namespace

Status WalFiles::sync() {
    std::vector<std::string> names;
    rocksdb::Status status = env_.GetChildren(dir_, &names);
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".log"); });
    for (size_t i = 0; status.ok() && i < names.size(); ++i)
        status = sync_file(env_, dir_ + "/" + names[i]);
    const auto newest = std::max_element(names.begin(), names.end());
    if (status.ok() && newest != names.end() && *newest != newest_) {
        status = sync_names(env_, dir_);
        if (status.ok()) newest_ = *newest;
    }
    return log_status(status, dir_);
}

}  // namespace millrace
