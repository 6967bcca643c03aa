// A few threads for requests that wait or compute, so that I/O threads never do. They come as they
// are needed, and go when they have had nothing to do for a while. Bounded: what does not fit is
// refused at once. post() is thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace millrace::server {

class WorkPool {
public:
    WorkPool(size_t threads_max, size_t queue_max);
    ~WorkPool();  ///< Stops.
    WorkPool(const WorkPool&) = delete;
    WorkPool& operator=(const WorkPool&) = delete;

    /// False when the queue is full or the pool has stopped. A task should not throw: its client
    /// would never be answered.
    [[nodiscard]] bool post(std::function<void()> task);
    /// Waits for the tasks in progress; drops those that have not begun.
    void stop();

private:
    bool add_thread();
    void loop(std::list<std::thread>::iterator self);
    void join_ended();

    const size_t threads_max_;
    const size_t queue_max_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    bool stopped_ = false;
    size_t idle_ = 0;  ///< Threads that wait for a task.
    std::list<std::thread> threads_;
    std::list<std::thread> ended_;  ///< Out of their loop. Lists: going over costs no memory.
};

}  // namespace millrace::server
