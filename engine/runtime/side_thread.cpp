#include "engine/runtime/side_thread.h"

#include "engine/base/check.h"
#include "engine/base/guard.h"

namespace millrace {

SideThread::SideThread(bool threads, int turns, std::function<void()> wake)
    : threads_(threads), turns_(turns), wake_(std::move(wake)) {}

SideThread::~SideThread() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void SideThread::start(Work work) {
    MR_CHECK(!running_, "one piece of work at a time");
    running_ = true;
    if (!threads_) {
        turns_left_ = turns_;
        result_ = work();
        return;
    }
    if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
    {
        std::lock_guard lock(mutex_);
        result_.reset();
        work_ = std::move(work);
    }
    changed_.notify_all();
}

bool SideThread::done() {
    if (!threads_) return turns_left_-- <= 0;
    std::lock_guard lock(mutex_);
    return result_.has_value();
}

Status SideThread::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return result_.has_value(); });
    running_ = false;
    return std::exchange(result_, std::nullopt).value();
}

void SideThread::loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stop_ || work_; });
        if (!work_) return;
        const Work work = std::exchange(work_, nullptr);
        lock.unlock();
        Status status;
        guarded(
            "runtime.worker", "work beside a worker", [&] { status = work(); },
            [&](const std::string& reason) { status = Status(Fault::kFatal, reason); });
        lock.lock();
        result_ = std::move(status);
        lock.unlock();
        changed_.notify_all();
        wake_();
        lock.lock();
    }
}

}  // namespace millrace
