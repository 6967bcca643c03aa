// Makes what was written durable, for many writers by one sync. Who waits is served at once; what
// nobody waits for is synced within the interval. Thread-safe; has a thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/base/status.h"

namespace millrace {

class LogSyncer {
public:
    /// `sync` makes durable all that had been written when it was called. Called by this thread.
    LogSyncer(std::function<Status()> sync, int64_t interval_ms);
    /// Syncs once more when something waits for it.
    ~LogSyncer();
    LogSyncer(const LogSyncer&) = delete;
    LogSyncer& operator=(const LogSyncer&) = delete;

    void note_write();
    /// Returns when all that was noted before the call is durable, or could not be made so.
    Status wait();

private:
    void loop();

    const std::function<Status()> sync_;
    const int64_t interval_ms_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    // Under mutex_.
    uint64_t written_ = 0;
    uint64_t synced_ = 0;
    uint64_t failures_ = 0;
    Status failure_;
    int num_waiting_ = 0;
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace millrace
