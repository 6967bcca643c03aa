// Time is handed in, so that tests and simulation own it. Operators never read a clock: rows carry
// time.
#pragma once

#include <atomic>
#include <cstdint>

namespace millrace {

class Clock {
public:
    virtual ~Clock() = default;
    /// Milliseconds since the epoch, UTC.
    virtual int64_t now_ms() const = 0;
};

/// The machine's clock. Thread-safe.
class SystemClock final : public Clock {
public:
    int64_t now_ms() const override;
};

/// Stands still until told. Thread-safe.
class ManualClock final : public Clock {
public:
    explicit ManualClock(int64_t now_ms = 0) : now_ms_(now_ms) {}
    int64_t now_ms() const override { return now_ms_.load(); }
    void advance(int64_t delta_ms) { now_ms_ += delta_ms; }

private:
    std::atomic<int64_t> now_ms_;
};

/// Monotonic milliseconds, for intervals and time-outs.
int64_t steady_ms();

}  // namespace millrace
