#include "engine/runtime/committer.h"

#include "engine/base/check.h"
#include "engine/base/guard.h"

namespace millrace {

Committer::Committer(bool threads, int turns, std::function<void()> wake)
    : threads_(threads), turns_(turns), wake_(std::move(wake)) {}

Committer::~Committer() {
    if (!thread_.joinable()) return;
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Committer::start(Work work) {
    MR_CHECK(!running_, "one commit at a time");
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

bool Committer::done() {
    if (!threads_) return turns_left_-- <= 0;
    std::lock_guard lock(mutex_);
    return result_.has_value();
}

Status Committer::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return result_.has_value(); });
    running_ = false;
    return std::exchange(result_, std::nullopt).value();
}

void Committer::loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stop_ || work_; });
        if (!work_) return;
        const Work work = std::exchange(work_, nullptr);
        lock.unlock();
        Status status;
        guarded(
            "runtime.commit", "a commit", [&] { status = work(); },
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
