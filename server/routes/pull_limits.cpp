#include "server/routes/pull_limits.h"

#include <algorithm>
#include <string>

#include "engine/base/error.h"
#include "engine/config/get.h"

namespace millrace::server {

namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kMegabyte = 1 << 20;

}  // namespace

PullLimits::PullLimits(const Config& config)
    : per_second_(config.get<"ksql.query.pull.max.qps">()),
      at_a_time_(config.get<"ksql.query.pull.max.concurrent.requests">()),
      bytes_an_hour_(config.get<"ksql.query.pull.max.hourly.bandwidth.megabytes">() * kMegabyte),
      ready_(static_cast<double>(per_second_)) {}

PullLimits::Admission PullLimits::admit(int64_t now_ms) {
    std::lock_guard lock(mutex_);
    const auto rate = static_cast<double>(per_second_);
    const auto waited_ms = static_cast<double>(now_ms - std::exchange(ready_at_ms_, now_ms));
    ready_ = std::min(rate, ready_ + rate * waited_ms / 1000);
    if (ready_ < 1) {
        refuse(ErrorKind::kRateLimited,
               "Host is at rate limit for pull queries. Currently set to " +
                   std::to_string(per_second_) + ".0 qps.");
    }
    if (running_ >= at_a_time_) {
        refuse(ErrorKind::kRateLimited,
               "Host is at concurrency limit for pull queries. Currently set to " +
                   std::to_string(at_a_time_) + " maximum concurrent requests.");
    }
    forget_before(now_ms / kMinuteMs);
    if (sent_bytes_ > bytes_an_hour_)
        refuse(ErrorKind::kRateLimited, "Host is at bandwidth rate limit for pull queries.");
    ready_ -= 1;
    ++running_;
    return Admission(*this);
}

void PullLimits::left() {
    std::lock_guard lock(mutex_);
    --running_;
}

void PullLimits::sent(size_t bytes, int64_t now_ms) {
    std::lock_guard lock(mutex_);
    forget_before(now_ms / kMinuteMs);
    sent_[static_cast<size_t>(minute_) % kMinutes] += static_cast<int64_t>(bytes);
    sent_bytes_ += static_cast<int64_t>(bytes);
}

void PullLimits::forget_before(int64_t minute) {
    if (minute - minute_ >= static_cast<int64_t>(kMinutes)) {
        sent_.fill(0);
        sent_bytes_ = 0;
        minute_ = minute;
    }
    while (minute_ < minute) {
        ++minute_;
        sent_bytes_ -= std::exchange(sent_[static_cast<size_t>(minute_) % kMinutes], 0);
    }
}

}  // namespace millrace::server
