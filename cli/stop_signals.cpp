#include "cli/stop_signals.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>

#include "engine/base/log.h"

namespace millrace::cli {

StopSignals::StopSignals(int64_t stop_within_ms) : stop_within_ms_(stop_within_ms) {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    // A script has put it in the background: Ctrl-C in its terminal is for others.
    struct sigaction interrupt = {};
    sigaction(SIGINT, nullptr, &interrupt);
    if (interrupt.sa_handler != SIG_IGN) sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    listener_ = std::thread([this] { listen(); });
}

StopSignals::~StopSignals() {
    {
        std::lock_guard lock(mutex_);
        over_ = true;
    }
    changed_.notify_all();
    // It may still listen: this signal is its own.
    // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread): blocked, and taken by sigwait.
    pthread_kill(listener_.native_handle(), SIGTERM);
    listener_.join();
}

void StopSignals::listen() {
    int signal = 0;
    while (sigwait(&set_, &signal) != 0) {
    }
    std::unique_lock lock(mutex_);
    told_ = true;
    changed_.notify_all();
    const auto within = std::chrono::milliseconds(stop_within_ms_);
    if (changed_.wait_for(lock, within, [this] { return over_; })) return;
    log_warn("server", "not stopped after {} ms, ended: what is not committed is done again",
             stop_within_ms_);
    _exit(0);
}

bool StopSignals::wait(int64_t timeout_ms) {
    std::unique_lock lock(mutex_);
    if (timeout_ms < 0) {
        changed_.wait(lock, [this] { return told_; });
        return true;
    }
    return changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [this] { return told_; });
}

}  // namespace millrace::cli
