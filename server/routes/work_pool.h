// A few threads for requests that wait or compute, so that I/O threads never do. Bounded: what does
// not fit is refused at once. post() is thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace millrace::server {

class WorkPool {
public:
    WorkPool(size_t num_threads, size_t queue_max);
    ~WorkPool();  ///< Stops.
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    /// False when the queue is full or the pool has stopped. A task should not throw: its client
    /// would never be answered.
    [[nodiscard]] bool post(std::function<void()> task);
    /// Waits for the tasks in progress; drops those that have not begun.
    void stop();

private:
    void loop();

    const size_t queue_max_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    bool stopped_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace millrace::server
