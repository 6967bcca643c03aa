// Clients of the log that nobody needs any more: to end one waits for its threads, which a worker
// has no time for. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/log/log.h"

namespace millrace {

class Retired {
public:
    void put(std::shared_ptr<LogWriter> writer) {
        if (!writer) return;
        std::lock_guard lock(mutex_);
        writers_.push_back(std::move(writer));
    }
    /// Ends them; by whoever can wait.
    void bury() {
        std::vector<std::shared_ptr<LogWriter>> writers;
        {
            std::lock_guard lock(mutex_);
            writers.swap(writers_);
        }
    }

private:
    std::mutex mutex_;
    std::vector<std::shared_ptr<LogWriter>> writers_;
};

}  // namespace millrace
