// Waits for the log beside a worker: the end of a transaction over hundreds of partitions, or what
// there is to know of topics, takes a broker long enough to be felt by rows that have no part in
// it. One piece of work at a time.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/base/status.h"

namespace millrace {

class SideThread {
public:
    using Work = std::function<Status()>;

    /// `threads`: on a thread of its own, made with the first work; `wake` is called there when
    /// work has ended. Else start() does the work, and done() says so when it has been asked
    /// `turns` times (deterministic tests).
    SideThread(bool threads, int turns, std::function<void()> wake);
    ~SideThread();

    /// Is it worth a start() at all?
    bool waits_apart() const { return threads_ || turns_ > 0; }
    /// REQUIRES: !running().
    void start(Work work);
    bool running() const { return running_; }
    /// Has what was started ended?
    bool done();
    /// Waits for it, and is not running() any more.
    Status wait();

private:
    void loop();

    const bool threads_;
    const int turns_;
    const std::function<void()> wake_;
    bool running_ = false;  ///< The owner's thread only, as turns_left_.
    int turns_left_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    Work work_;  ///< Null: none is waiting.
    std::optional<Status> result_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace millrace
