#include "engine/log/wait_signal.h"

#include <chrono>

namespace millrace {

void WaitSignal::set() {
    // A read-modify-write, so that the waiter who clears it sees everything done before.
    if (set_.exchange(true)) return;
    { std::lock_guard lock(mutex_); }  // A waiter that has just looked is asleep after this.
    changed_.notify_one();
}

bool WaitSignal::wait(int64_t timeout_ms) {
    if (set_.exchange(false)) return true;
    if (timeout_ms <= 0) return false;
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                             [this] { return set_.exchange(false); });
}

}  // namespace millrace
