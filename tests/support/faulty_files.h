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

    /// From now on a write fails half way, or none any more.
    void set_full(bool full) { full_ = full; }
    /// What is told of the disk; 0: the truth.
    void tell_free(uint64_t bytes) { told_free_ = bytes; }
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
    /// By these a file that somebody else writes is synced.
    rocksdb::Status NewRandomRWFile(const std::string& name,
                                    std::unique_ptr<rocksdb::RandomRWFile>* result,
                                    const rocksdb::EnvOptions& options) override {
        rocksdb::Status made = target()->NewRandomRWFile(name, result, options);
        if (made.ok()) *result = std::make_unique<Handle>(*this, name, std::move(*result));
        return made;
    }
    rocksdb::Status GetFreeSpace(const std::string& path, uint64_t* bytes) override {
        if (told_free_ == 0) return target()->GetFreeSpace(path, bytes);
        *bytes = told_free_;
        return rocksdb::Status::OK();
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
            if (!files_.full_) return file_->Append(data);
            (void)file_->Append({data.data(), data.size() / 2});
            return rocksdb::Status::NoSpace("the test has filled the disk");
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

    class Handle final : public rocksdb::RandomRWFileWrapper {
    public:
        Handle(FaultyFiles& files, std::string name, std::unique_ptr<rocksdb::RandomRWFile> file)
            : RandomRWFileWrapper(file.get()),
              files_(files),
              name_(std::move(name)),
              file_(std::move(file)) {}
        rocksdb::Status Sync() override {
            ++files_.num_syncs_;
            const uint64_t size = std::filesystem::file_size(name_);
            rocksdb::Status status = file_->Sync();
            if (status.ok()) files_.note(name_, size);
            return status;
        }

    private:
        FaultyFiles& files_;
        const std::string name_;
        const std::unique_ptr<rocksdb::RandomRWFile> file_;
    };

    void note(const std::string& name, uint64_t synced) {
        std::lock_guard lock(mutex_);
        synced_[name] = synced;
    }

    std::atomic<bool> full_{false};
    std::atomic<uint64_t> told_free_{0};
    std::atomic<int64_t> num_syncs_{0};
    std::mutex mutex_;
    std::map<std::string, uint64_t> synced_;  ///< Bytes of each file that was written.
};

}  // namespace millrace::test
