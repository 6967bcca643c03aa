#include "server/routes/work_pool.h"

#include <utility>

#include "engine/base/guard.h"

namespace millrace::server {

WorkPool::WorkPool(size_t num_threads, size_t queue_max) : queue_max_(queue_max) {
    for (size_t i = 0; i < num_threads; ++i) threads_.emplace_back([this] { loop(); });
}

WorkPool::~WorkPool() {
    stop();
}

bool WorkPool::post(std::function<void()> task) {
    {
        std::lock_guard lock(mutex_);
        if (stopped_ || queue_.size() >= queue_max_) return false;
        queue_.push_back(std::move(task));
    }
    wake_.notify_one();
    return true;
}

void WorkPool::stop() {
    std::deque<std::function<void()>> dropped;  // Destroyed outside the lock: they hold writers.
    {
        std::lock_guard lock(mutex_);
        stopped_ = true;
        dropped.swap(queue_);
    }
    wake_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void WorkPool::loop() {
    while (true) {
        std::function<void()> task;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
            if (stopped_) return;
            task = std::move(queue_.front());
            queue_.pop_front();
        }
        guarded("server", "a request", task);
    }
}

}  // namespace millrace::server
