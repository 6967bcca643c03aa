// What happened in a run, event by event: the last ones are shown when it fails, and the digest of
// all of them tells whether two runs were the same.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <string>

#include "engine/base/clock.h"

namespace millrace::sim {

class Trace {
public:
    Trace(const Clock& clock, size_t shown_max)
        : clock_(clock), began_ms_(clock.now_ms()), shown_max_(shown_max) {}

    template <class... Args>
    void note(fmt::format_string<Args...> format, Args&&... args) {
        add(fmt::format("{:>8} {}", clock_.now_ms() - began_ms_,
                        fmt::format(format, std::forward<Args>(args)...)));
    }
    uint64_t digest() const { return digest_; }
    const std::deque<std::string>& last() const { return last_; }

private:
    void add(std::string line) {
        for (char c : line) digest_ = (digest_ ^ static_cast<uint8_t>(c)) * 1099511628211ULL;
        last_.push_back(std::move(line));
        if (last_.size() > shown_max_) last_.pop_front();
    }

    const Clock& clock_;
    const int64_t began_ms_;
    const size_t shown_max_;
    uint64_t digest_ = 14695981039346656037ULL;
    std::deque<std::string> last_;
};

}  // namespace millrace::sim
