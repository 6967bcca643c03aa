#include "engine/exec/closing_windows.h"

#include <iterator>

#include "engine/base/damaged.h"
#include "engine/exec/retention.h"
#include "engine/state/closing_index.h"

namespace millrace::exec {

namespace {

constexpr size_t kHeldMax = 4096;
constexpr size_t kHeldAtOnce = kHeldMax / 2;

const std::string& emitted_key() {
    static const std::string key = std::string(1, kReservedPrefix) + "emitted-to";
    return key;
}

/// Where the entries of later windows begin.
std::string entries_after(int64_t time_ms) {
    std::string from(kClosingPrefix);
    if (time_ms < INT64_MAX) put_time(from, time_ms + 1);
    return time_ms < INT64_MAX ? from : std::string(kClosingEnd);
}

int64_t time_of(ByteView entry) {
    return get_time(entry.data() + kClosingPrefix.size());
}

}  // namespace

void ClosingWindows::load(StateStore& store) {
    if (loaded_) return;
    loaded_ = true;
    std::string value;
    if (const auto stored = store.get(emitted_key())) value.assign(*stored);
    if (value.size() >= 8) emitted_to_ms_ = static_cast<int64_t>(get_be64(value.data()));
    midway_ = value.size() > 8;
    from_ = midway_ ? value.substr(8) : entries_after(emitted_to_ms_);
    saved_to_ms_ = emitted_to_ms_;
    saved_from_ = from_;
    fill(store);
}

void ClosingWindows::fill(StateStore& store) {
    next_.clear();
    auto cursor = store.scan(from_, kClosingEnd);
    for (; cursor->valid() && next_.size() < kHeldAtOnce; cursor->next()) {
        need_intact(cursor->key().size() >= kClosingPrefix.size() + key_.suffix_bytes(),
                    "an entry of closing windows is cut short");
        next_.emplace_hint(next_.end(), cursor->key());
    }
    all_next_ = !cursor->valid();
    next_to_ = next_.empty() ? from_ : *next_.rbegin();
}

void ClosingWindows::add(StateStore& store, ByteView store_key) {
    load(store);
    std::string entry = closing_key(store_key, key_.suffix_bytes());
    store.put(entry, {});
    if (!all_next_ && entry > next_to_) return;
    next_.insert(std::move(entry));
    if (next_.size() <= kHeldMax) return;
    next_.erase(std::next(next_.begin(), kHeldAtOnce), next_.end());
    all_next_ = false;
    next_to_ = *next_.rbegin();
}

void ClosingWindows::remove(StateStore& store, ByteView store_key) {
    load(store);
    const std::string entry = closing_key(store_key, key_.suffix_bytes());
    store.erase(entry);
    next_.erase(entry);
}

std::string ClosingWindows::store_key_of(ByteView entry) const {
    entry.remove_prefix(kClosingPrefix.size());
    std::string key(entry.substr(key_.suffix_bytes()));
    key.append(entry.substr(0, key_.suffix_bytes()));
    return key;
}

bool ClosingWindows::close(StateStore& store, int64_t stream_time_ms, size_t max,
                           const std::function<void(ByteView)>& emit) {
    load(store);
    // Closed: start <= T - grace - size; sessions: end < T - grace - gap.
    const int64_t closed_to_ms =
        stream_time_ms - window_.grace_ms - window_.size_ms - (key_.session() ? 1 : 0);
    if (closed_to_ms <= emitted_to_ms_) return true;
    // A jump of time over windows that had already closed loses them, as in Kafka Streams. By one
    // less than reads do (readable_from): a window that closes as its retention ends is told.
    const int64_t lost_before_ms =
        key_.session() ? INT64_MIN : newest_window(window_, stream_time_ms) - retention_of(window_);
    for (;;) {
        if (next_.empty() && !all_next_) fill(store);
        if (next_.empty() || time_of(*next_.begin()) > closed_to_ms) break;
        if (max-- == 0) {
            midway_ = true;
            return false;
        }
        from_ = std::move(next_.extract(next_.begin()).value());
        if (time_of(from_) >= lost_before_ms) emit(store_key_of(from_));
        from_.push_back('\0');  // What comes behind it.
    }
    emitted_to_ms_ = closed_to_ms;
    midway_ = false;
    from_ = entries_after(emitted_to_ms_);
    return true;
}

void ClosingWindows::save(StateStore& store) {
    if (!loaded_ || (emitted_to_ms_ == saved_to_ms_ && from_ == saved_from_)) return;
    std::string value;
    put_be64(value, static_cast<uint64_t>(emitted_to_ms_));
    if (midway_) value.append(from_);
    store.put(emitted_key(), value);
    saved_to_ms_ = emitted_to_ms_;
    saved_from_ = from_;
}

}  // namespace millrace::exec
