// The part of EmbeddedCore that ends transactions: by time, by decision, and by a marker in each
// partition that they have written to.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/log/embedded/embedded_core.h"

namespace millrace {

void EmbeddedCore::tick() {
    if (num_held_ == 0 && num_open_ == 0) return;
    std::lock_guard append_lock(append_mutex_);
    std::lock_guard lock(mutex_);
    expire_overdue();
    if (markers_.empty()) return;
    ++calls_;
    write_markers_if([this](const Marker& marker) { return marker.due <= calls_; });
}

std::unique_lock<std::mutex> EmbeddedCore::lock_markers() {
    return marked() ? std::unique_lock(append_mutex_) : std::unique_lock<std::mutex>();
}

void EmbeddedCore::expire_overdue() {
    const int64_t now_ms = clock_.now_ms();
    for (auto& [id, state] : transactions_) {
        if (!state.open || now_ms - state.began_ms <= state.timeout_ms) continue;
        ++state.epoch;
        decide(id, state, false);
    }
}

bool EmbeddedCore::expire(const std::string& id) {
    std::lock_guard append_lock(append_mutex_);
    std::lock_guard lock(mutex_);
    auto found = transactions_.find(id);
    if (found == transactions_.end() || !found->second.open) return false;
    ++found->second.epoch;
    decide(id, found->second, false);
    return true;
}

Result<int64_t> EmbeddedCore::append_open(const std::string& id, int64_t epoch,
                                          const TopicHandle& topic, int32_t partition,
                                          LogRecord record) {
    tick();
    EmbeddedPartition& target = topic->at(partition);
    std::lock_guard append_lock(append_mutex_);
    if (topic->removed) {
        return Status(Fault::kAbortable, fmt::format("Topic '{}' was removed.", topic->name));
    }
    {
        std::lock_guard lock(mutex_);
        if (Status owner = check_owner(id, epoch); !owner) return owner;
    }
    record.offset = target.next;
    PlacedRecord placed{target.place.get(), record};
    if (Status written = store_->commit({&placed, 1}, {}); !written) return written;
    ++target.next;
    std::lock_guard lock(mutex_);
    TransactionState& state = transactions_[id];
    // Where a late answer to an earlier commit has ended the transaction under its writer, what is
    // written now belongs to none that the coordinator knows: it hangs until the writer's next
    // transaction ends (the hole that KIP-890 closes).
    if (!state.open && state.touched.empty()) state.number = ++last_transaction_;
    const std::pair place{topic, partition};
    if (std::find(state.touched.rbegin(), state.touched.rend(), place) == state.touched.rend()) {
        state.touched.push_back(place);
    }
    target.visibility.add_open(state.number, record.offset);
    EmbeddedPartition* touched = &target;
    publish({&touched, 1}, {});
    return record.offset;
}

void EmbeddedCore::decide(const std::string& id, TransactionState& state, bool commit) {
    if (!state.open) return;
    state.open = false;
    --num_open_;
    if (!commit || !marked()) state.pending.clear();
    if (marked()) {
        for (auto& [topic, partition] : state.touched) {
            const int64_t due = calls_ + marker_delay_({topic->name, partition});
            markers_.push_back({due, id, state.number, commit, topic, partition});
        }
        state.touched.clear();
        if (!state.pending.empty()) {
            const TopicPartition offsets{kOffsetsMarkerTopic, 0};
            markers_.push_back(
                {calls_ + marker_delay_(offsets), id, state.number, commit, nullptr, 0});
        }
        write_markers_if([this](const Marker& marker) { return marker.due <= calls_; });
    }
    transaction_ended_.notify_all();
}

void EmbeddedCore::write_markers_if(const std::function<bool(const Marker&)>& wanted) {
    for (auto marker = markers_.begin(); marker != markers_.end();) {
        if (!wanted(*marker)) {
            ++marker;
            continue;
        }
        write_marker(*marker);
        marker = markers_.erase(marker);
    }
    num_held_ = markers_.size();
}

void EmbeddedCore::write_marker(const Marker& marker) {
    if (marker.topic == nullptr) {
        auto& pending = transactions_[marker.id].pending;
        publish({}, pending);
        pending.clear();
        transaction_ended_.notify_all();
        return;
    }
    if (marker.topic->removed) return;
    EmbeddedPartition& target = marker.topic->at(marker.partition);
    LogRecord record;
    record.offset = target.next++;
    record.timestamp_ms = clock_.now_ms();
    PlacedRecord placed{target.place.get(), record};
    Status written = store_->commit({&placed, 1}, {});
    MR_CHECK(written.is_ok(), "a store in memory takes every marker");
    target.visibility.end(marker.transaction, marker.commit, record.offset);
    EmbeddedPartition* touched = &target;
    publish({&touched, 1}, {});
}

size_t EmbeddedCore::num_held_markers() {
    return num_held_;
}

void EmbeddedCore::write_held_markers(size_t max) {
    std::lock_guard append_lock(append_mutex_);
    std::lock_guard lock(mutex_);
    write_markers_if([&](const Marker&) { return max > 0 && max-- > 0; });
}

}  // namespace millrace
