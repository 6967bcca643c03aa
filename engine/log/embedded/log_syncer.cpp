#include "engine/log/embedded/log_syncer.h"

#include <chrono>

#include "engine/base/log.h"

namespace millrace {

namespace {

constexpr auto kAfterFailure = std::chrono::milliseconds(100);

}  // namespace

LogSyncer::LogSyncer(std::function<Status()> sync, int64_t interval_ms)
    : sync_(std::move(sync)), interval_ms_(interval_ms), thread_([this] { loop(); }) {}

LogSyncer::~LogSyncer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    thread_.join();
}

void LogSyncer::note_write() {
    std::lock_guard lock(mutex_);
    if (written_++ == synced_) wake_.notify_all();
}

Status LogSyncer::wait() {
    std::unique_lock lock(mutex_);
    const uint64_t target = written_;
    const uint64_t failures_before = failures_;
    if (synced_ >= target) return Status::ok();
    ++num_waiting_;
    wake_.notify_all();
    done_.wait(lock, [&] { return synced_ >= target || failures_ != failures_before; });
    --num_waiting_;
    return synced_ >= target ? Status::ok() : failure_;
}

void LogSyncer::loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return stopping_ || written_ > synced_; });
        // From the first write on that no sync has covered.
        wake_.wait_for(lock, std::chrono::milliseconds(interval_ms_),
                       [&] { return stopping_ || num_waiting_ > 0; });
        if (written_ == synced_) return;
        const uint64_t target = written_;
        lock.unlock();
        Status status = sync_();
        lock.lock();
        if (status) {
            synced_ = target;
        } else {
            if (failures_++ == 0) log_error("log", "{}", status.message());
            failure_ = std::move(status);
        }
        done_.notify_all();
        if (failures_ == 0 || synced_ == target) continue;
        if (stopping_) return;
        wake_.wait_for(lock, kAfterFailure, [&] { return stopping_; });
    }
}

}  // namespace millrace
