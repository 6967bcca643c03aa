#include "engine/runtime/query.h"

#include <algorithm>

namespace millrace {

namespace {

uint64_t splitmix64(uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

}  // namespace

QueryState RunningQuery::state() const {
    if (paused_) return QueryState::kPaused;
    if (failing_) return QueryState::kError;
    return restores.total() ? QueryState::kRestoring : QueryState::kRunning;
}

std::vector<QueryError> RunningQuery::errors() const {
    std::lock_guard lock(mutex_);
    return {errors_.begin(), errors_.end()};
}

void RunningQuery::note(QueryError error) {
    std::lock_guard lock(mutex_);
    errors_.push_back(std::move(error));
    if (errors_.size() > kErrorsMax) errors_.pop_front();
}

void RunningQuery::note_lost(const std::string& topic, int64_t wall_ms) {
    const bool own = std::any_of(subtopologies_.begin(), subtopologies_.end(),
                                 [&](const auto& s) { return s.output_topic == topic; });
    if (!own) return;
    note({wall_ms,
          "Internal topic " + topic +
              " was deleted, or records of it were: what the query had not read of it is lost, and "
              "its result lacks those rows. To count all of them again, DROP " +
              plan_->sink_name + " and create it again.",
          "SYSTEM"});
}

void RunningQuery::fail(QueryError error, int64_t steady_now_ms, int64_t backoff_initial_ms,
                        int64_t backoff_max_ms) {
    note(std::move(error));
    std::lock_guard lock(mutex_);
    backoff_ms_ = backoff_ms_ != 0 ? std::min(backoff_ms_ * 2, backoff_max_ms) : backoff_initial_ms;
    failing_ = true;
    retry_at_ms_ = steady_now_ms + backoff_ms_;
}

void RunningQuery::fail_by_damage(QueryError error, const std::vector<StorePartition>& stores,
                                  int64_t steady_now_ms, int64_t backoff_initial_ms,
                                  int64_t backoff_max_ms) {
    state_seen = false;
    bool first = true;
    {
        std::lock_guard lock(mutex_);
        for (const StorePartition& store : stores) first = given_up_.insert(store).second && first;
        if (first) backoff_ms_ = 0;
    }
    fail(std::move(error), steady_now_ms, backoff_initial_ms, backoff_max_ms);
    if (first) retry_at_ms_ = steady_now_ms;
}

void RunningQuery::report_damage(const StorePartition& store, const std::string& what) {
    std::lock_guard lock(mutex_);
    reported_.try_emplace(store, what);
    damage_reported_ = true;
}

std::optional<std::string> RunningQuery::take_reported(const StorePartition& store) {
    std::lock_guard lock(mutex_);
    auto found = reported_.find(store);
    if (found == reported_.end()) return std::nullopt;
    std::string what = std::move(found->second);
    reported_.erase(found);
    damage_reported_ = !reported_.empty();
    return what;
}

int64_t RunningQuery::well_at_ms() const {
    std::lock_guard lock(mutex_);
    return backoff_ms_ == 0 ? 0 : retry_at_ms_ + backoff_ms_;
}

void RunningQuery::prove() {
    std::lock_guard lock(mutex_);
    backoff_ms_ = 0;
    given_up_.clear();
    positions_doubted_ = false;
}

TimeBoard* RunningQuery::time_board(const std::string& topic) const {
    auto found = time_boards_.find(topic);
    return found == time_boards_.end() ? nullptr : found->second.get();
}

void RunningQuery::make_time_boards(int64_t now_ms) {
    // Far from any that another life of the query began with, even in the same millisecond.
    const uint64_t first = splitmix64(static_cast<uint64_t>(now_ms) ^ splitmix64(owner_));
    for (const auto& writer : subtopologies_) {
        if (writer.root->as<plan::RepartitionStep>() == nullptr) continue;
        const bool joined = std::any_of(
            subtopologies_.begin(), subtopologies_.end(), [&](const plan::SubTopology& reader) {
                return reader.inputs.size() > 1 &&
                       std::any_of(reader.inputs.begin(), reader.inputs.end(),
                                   [&](const auto& in) { return in.topic == writer.output_topic; });
            });
        const int32_t writers = partitions(static_cast<size_t>(writer.index));
        if (writers > 1 || joined) {
            time_boards_[writer.output_topic] =
                std::make_unique<TimeBoard>(static_cast<size_t>(writers), first);
        }
    }
}

uint32_t RunningQuery::next_owner() {
    constexpr uint32_t kMost = 0x7fffffff;  // A writer keeps the lowest bit of a word for itself.
    static std::atomic<uint32_t> made{0};
    return made++ % kMost + 1;
}

}  // namespace millrace
