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

void RunningQuery::fail(QueryError error, int64_t now_ms, int64_t backoff_initial_ms,
                        int64_t backoff_max_ms) {
    std::lock_guard lock(mutex_);
    error.timestamp_ms = now_ms;
    errors_.push_back(std::move(error));
    if (errors_.size() > kErrorsMax) errors_.pop_front();
    backoff_ms_ = failing_ ? std::min(backoff_ms_ * 2, backoff_max_ms) : backoff_initial_ms;
    failing_ = true;
    retry_at_ms_ = now_ms + backoff_ms_;
}

}  // namespace millrace
