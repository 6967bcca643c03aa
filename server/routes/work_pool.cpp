#include "server/routes/work_pool.h"

#include <chrono>
#include <exception>
#include <utility>

#include "engine/base/guard.h"

namespace millrace::server {

namespace {
constexpr std::chrono::seconds kIdleTime(10);
}

WorkPool::WorkPool(size_t threads_max, size_t queue_max)
    : threads_max_(threads_max), queue_max_(queue_max) {}

WorkPool::~WorkPool() {
    stop();
}

bool WorkPool::post(std::function<void()> task) {
    join_ended();
    {
        std::lock_guard lock(mutex_);
        if (stopped_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(task));
        const bool wanted = idle_ < queue_.size() && threads_.size() < threads_max_;
        if (wanted && !add_thread() && threads_.empty()) {
            queue_.pop_back();
            return false;
        }
    }
    wake_.notify_one();
    return true;
}

/// False: the system has none to give.
bool WorkPool::add_thread() {
    const size_t before = threads_.size();
    try {
        const auto self = threads_.emplace(threads_.end());  // Nothing may fail once it runs.
        *self = std::thread([this, self] { loop(self); });
        return true;
    } catch (const std::exception&) {
        if (threads_.size() > before) threads_.pop_back();
        return false;
    }
}

void WorkPool::join_ended() {
    std::list<std::thread> ended;
    {
        std::lock_guard lock(mutex_);
        ended.swap(ended_);
    }
    for (auto& thread : ended) thread.join();
}

void WorkPool::stop() {
    std::deque<std::function<void()>> dropped;  // Destroyed outside the lock: they hold writers.
    std::list<std::thread> threads;
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
        dropped.swap(queue_);
        threads.swap(threads_);
    }
    wake_.notify_all();
    for (auto& thread : threads) thread.join();
    join_ended();
}

void WorkPool::loop(std::list<std::thread>::iterator self) {
    std::unique_lock lock(mutex_);
    while (!stopped_) {
        ++idle_;
        const bool woken =
            wake_.wait_for(lock, kIdleTime, [this] { return stopped_ || !queue_.empty(); });
        --idle_;
        if (stopped_) return;
        if (!woken) {
            ended_.splice(ended_.end(), threads_, self);
            return;
        }
        std::function<void()> task = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        guarded("server", "a request", task);
        task = nullptr;
        lock.lock();
    }
}

}  // namespace millrace::server
