// What a reader sleeps on: set by whoever brings records (an append, a client library's thread), by
// wake(). One waiter, any number of setters. Setting it again before the waiter has seen it costs
// one atomic.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace millrace {

class WaitSignal {
public:
    /// Any thread.
    void set();
    /// Returns and clears the signal as soon as it is set; false when the time is over. One thread.
    bool wait(int64_t timeout_ms);

private:
    std::atomic<bool> set_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
};

}  // namespace millrace
