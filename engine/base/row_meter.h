// What the evaluation of rows costs in memory and time, so that one row cannot take the machine.
// Whoever evaluates expressions opens a Metering; functions say when they are about to grow or have
// gone round a loop for long. Outside of a Metering nothing is counted. One meter a thread.
//
// The limits are those of a single row. Rows are evaluated many at a time: where they take more
// together, nobody knows which of them does, and the caller tries again with fewer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>

namespace millrace {

struct RowLimits {
    size_t bytes = 0;
    int64_t ms = 0;
};

/// The rows at hand take more than one row may. No RowError: it passes by functions that go on
/// after those.
class OverRowLimit : public std::exception {
public:
    explicit OverRowLimit(std::string message) : message_(std::move(message)) {}
    const char* what() const noexcept override { return message_.c_str(); }

private:
    std::string message_;
};

/// Somebody waits for this thread: what it does is given up, as if it had never begun.
class EvaluationInterrupted : public std::exception {
public:
    const char* what() const noexcept override { return "the evaluation was interrupted"; }
};

class RowMeter {
public:
    static RowMeter& here() {
        static thread_local RowMeter meter;
        return meter;
    }

    /// Before `bytes` more are taken. Throws OverRowLimit, EvaluationInterrupted.
    void grow(size_t bytes) {
        if (!metering_) return;
        bytes_ += bytes;
        if (bytes_ > limits_.bytes) fail_bytes();
        work(1 + bytes / kBytesAStep);
    }
    /// After so many steps of a loop, each as long as a comparison of two values. Throws likewise.
    void work(size_t steps) {
        if (!metering_) return;
        steps_ += steps;
        if (steps_ >= kStepsBetweenLooks) look();
    }

    size_t bytes() const { return bytes_; }
    /// Of an evaluation that has failed and left nothing.
    void give_back_to(size_t bytes) { bytes_ = bytes; }

private:
    friend class Metering;
    friend class MeteredFunction;
    friend class Interruptible;

    static constexpr size_t kBytesAStep = 64;
    static constexpr size_t kStepsBetweenLooks = size_t{1} << 16;

    [[noreturn]] void fail_bytes() const;
    [[noreturn]] void fail(const std::string& what) const;
    /// At the clock, and at who waits.
    void look();

    bool metering_ = false;
    size_t bytes_ = 0;
    size_t steps_ = 0;
    int64_t began_ms_ = 0;
    RowLimits limits_;
    const std::string* function_ = nullptr;
    const std::function<bool(int64_t)>* interrupt_ = nullptr;
};

/// Counts from here to the end of the scope. One inside another counts on with it.
class Metering {
public:
    explicit Metering(const RowLimits& limits);
    ~Metering();
    Metering(const Metering&) = delete;
    Metering& operator=(const Metering&) = delete;

private:
    bool outer_;
};

/// Whose work it is, for messages. `name` must outlive the scope.
class MeteredFunction {
public:
    explicit MeteredFunction(const std::string& name)
        : meter_(RowMeter::here()), before_(meter_.function_) {
        meter_.function_ = &name;
    }
    ~MeteredFunction() { meter_.function_ = before_; }
    MeteredFunction(const MeteredFunction&) = delete;
    MeteredFunction& operator=(const MeteredFunction&) = delete;

private:
    RowMeter& meter_;
    const std::string* before_;
};

/// For the time of the scope this thread's evaluations ask `wanted`, with the milliseconds that
/// the one at hand has taken, whether they shall be given up.
class Interruptible {
public:
    /// An ordinary row is done by then.
    static constexpr int64_t kPatienceMs = 250;

    explicit Interruptible(std::function<bool(int64_t evaluating_ms)> wanted)
        : wanted_(std::move(wanted)), before_(RowMeter::here().interrupt_) {
        RowMeter::here().interrupt_ = &wanted_;
    }
    ~Interruptible() { RowMeter::here().interrupt_ = before_; }
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;

private:
    std::function<bool(int64_t)> wanted_;
    const std::function<bool(int64_t)>* before_;
};

}  // namespace millrace
