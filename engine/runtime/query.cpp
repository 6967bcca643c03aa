#include "engine/runtime/query.h"

#include <algorithm>

namespace millrace {

QueryState RunningQuery::state() const {
    if (paused_) return QueryState::kPaused;
    return failing_ ? QueryState::kError : QueryState::kRunning;
}

std::vector<QueryError> RunningQuery::errors() const {
    std::lock_guard lock(mutex_);
    return {errors_.begin(), errors_.end()};
}

void RunningQuery::fail(QueryError error, int64_t steady_now_ms, int64_t backoff_initial_ms,
                        int64_t backoff_max_ms) {
    std::lock_guard lock(mutex_);
    errors_.push_back(std::move(error));
    if (errors_.size() > kErrorsMax) errors_.pop_front();
    backoff_ms_ = backoff_ms_ != 0 ? std::min(backoff_ms_ * 2, backoff_max_ms) : backoff_initial_ms;
    failing_ = true;
    retry_at_ms_ = steady_now_ms + backoff_ms_;
}

int64_t RunningQuery::well_at_ms() const {
    std::lock_guard lock(mutex_);
    return backoff_ms_ == 0 ? 0 : retry_at_ms_ + backoff_ms_;
}

void RunningQuery::prove() {
    std::lock_guard lock(mutex_);
    backoff_ms_ = 0;
    positions_doubted_ = false;
}

uint32_t RunningQuery::next_owner() {
    constexpr uint32_t kMost = 0x7fffffff;  // A writer keeps the lowest bit of a word for itself.
    static std::atomic<uint32_t> made{0};
    return made++ % kMost + 1;
}

}  // namespace millrace
