// Files for RocksDB that know how much of them a loss of power would leave, and that can be told
// that the disk is full. Thread-safe.
#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace millrace::test {

class FaultyFiles final : public rocksdb::EnvWrapper {
public:
    FaultyFiles() : EnvWrapper(rocksdb::Env::Default()) {}

    /// From now on nothing more can be written, or again.
    void set_full(bool full) { full_ = full; }
    int64_t num_syncs() const { return num_syncs_; }

    /// What a loss of power at this moment would leave of `from`: of every file what was synced.
    void leave_synced(const std::filesystem::path& from, const std::filesystem::path& to) {
        std::filesystem::create_directories(to);
        std::lock_guard lock(mutex_);
        for (const auto& entry : std::filesystem::directory_iterator(from)) {
            if (!entry.is_regular_file()) continue;
            const auto copy = to / entry.path().filename();
            std::filesystem::copy_file(entry.path(), copy);
            auto synced = synced_.find(entry.path().string());
            if (synced != synced_.end()) std::filesystem::resize_file(copy, synced->second);
        }
    }

    rocksdb::Status NewWritableFile(const std::string& name,
                                    std::unique_ptr<rocksdb::WritableFile>* result,
                                    const rocksdb::EnvOptions& options) override {
        rocksdb::Status made = target()->NewWritableFile(name, result, options);
        if (!made.ok()) return made;
        note(name, 0);
        *result = std::make_unique<File>(*this, name, std::move(*result));
        return made;
    }
    rocksdb::Status RenameFile(const std::string& from, const std::string& to) override {
        std::lock_guard lock(mutex_);
        auto found = synced_.find(from);
        if (found != synced_.end()) synced_[to] = found->second;
        return target()->RenameFile(from, to);
    }

private:
    class File final : public rocksdb::WritableFileWrapper {
    public:
        File(FaultyFiles& files, std::string name, std::unique_ptr<rocksdb::WritableFile> file)
            : WritableFileWrapper(file.get()),
              files_(files),
              name_(std::move(name)),
              file_(std::move(file)) {}
        rocksdb::Status Append(const rocksdb::Slice& data) override {
            if (files_.full_) return rocksdb::Status::NoSpace("the test has filled the disk");
            return file_->Append(data);
        }
        rocksdb::Status Append(const rocksdb::Slice& data,
                               const rocksdb::DataVerificationInfo&) override {
            return Append(data);
        }
        rocksdb::Status Sync() override {
            ++files_.num_syncs_;
            const uint64_t size = file_->GetFileSize();
            rocksdb::Status status = file_->Sync();
            if (status.ok()) files_.note(name_, size);
            return status;
        }
        rocksdb::Status Fsync() override { return Sync(); }

    private:
        FaultyFiles& files_;
        const std::string name_;
        const std::unique_ptr<rocksdb::WritableFile> file_;
    };

    void note(const std::string& name, uint64_t synced) {
        std::lock_guard lock(mutex_);
        synced_[name] = synced;
    }

    std::atomic<bool> full_{false};
    std::atomic<int64_t> num_syncs_{0};
    std::mutex mutex_;
    std::map<std::string, uint64_t> synced_;  ///< Bytes of each file that was written.
};

}  // namespace millrace::test
