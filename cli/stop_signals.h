// SIGTERM and SIGINT as something to wait for, and the end of waiting for an orderly stop.
#pragma once

#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <thread>

namespace millrace::cli {

/// Made before any other thread is, so that they all inherit the mask and no handler runs anywhere.
class StopSignals {
public:
    /// Once told to stop, the program has this long until it is ended from here, with status 0:
    /// what is committed is on disk or in the log, and the rest is done again at the next start.
    explicit StopSignals(int64_t stop_within_ms);
    /// The program has stopped by itself.
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// True once a signal has come; -1 waits for ever.
    bool wait(int64_t timeout_ms);

private:
    void listen();

    const int64_t stop_within_ms_;
    sigset_t set_{};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool told_ = false;
    bool over_ = false;
    std::thread listener_;
};

}  // namespace millrace::cli
