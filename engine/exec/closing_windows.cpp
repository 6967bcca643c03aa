#include "engine/exec/closing_windows.h"

#include <algorithm>

#include "engine/exec/retention.h"

namespace millrace::exec {

namespace {

const std::string& emitted_key() {
    static const std::string key = std::string(1, kReservedPrefix) + "emitted-to";
    return key;
}

}  // namespace

std::string ClosingWindows::order_of(ByteView store_key) const {
    // The suffix is the times, in the order wanted.
    std::string order(store_key.substr(store_key.size() - key_.suffix_bytes()));
    order.append(store_key);
    return order;
}

void ClosingWindows::load(StateStore& store) {
    if (loaded_) return;
    loaded_ = true;
    if (const auto value = store.get(emitted_key()); value && value->size() == 8) {
        emitted_to_ms_ = saved_to_ms_ = static_cast<int64_t>(get_be64(value->data()));
    }
    for (auto cursor = store.scan({}, ByteView(&kReservedPrefix, 1)); cursor->valid();
         cursor->next()) {
        const Window window = key_.read_window(cursor->key());
        newest_start_ms_ = std::max(newest_start_ms_, window.start_ms);
        const int64_t time_ms = key_.session() ? window.end_ms : window.start_ms;
        if (time_ms > emitted_to_ms_) waiting_.insert(order_of(cursor->key()));
    }
}

void ClosingWindows::add(StateStore& store, ByteView store_key) {
    load(store);
    newest_start_ms_ = std::max(newest_start_ms_, key_.read_window(store_key).start_ms);
    waiting_.insert(order_of(store_key));
}

void ClosingWindows::remove(StateStore& store, ByteView store_key) {
    load(store);
    waiting_.erase(order_of(store_key));
}

void ClosingWindows::close(StateStore& store, int64_t stream_time_ms,
                           const std::function<void(ByteView)>& emit) {
    load(store);
    // Closed: start <= T - grace - size; sessions: end < T - grace - gap.
    const int64_t closed_to_ms =
        stream_time_ms - window_.grace_ms - window_.size_ms - (key_.session() ? 1 : 0);
    if (closed_to_ms <= emitted_to_ms_) return;
    const int64_t retention_ms = retention_of(window_);
    while (!waiting_.empty() && get_time(waiting_.begin()->data()) <= closed_to_ms) {
        const std::string order = std::move(waiting_.extract(waiting_.begin()).value());
        // A jump of time over windows that had already closed loses them, as in Kafka Streams. By
        // one less than reads do (readable_from): a window that closes as its retention ends is
        // told.
        const bool lost =
            !key_.session() && get_time(order.data()) < newest_start_ms_ - retention_ms;
        if (!lost) emit(ByteView(order).substr(key_.suffix_bytes()));
    }
    emitted_to_ms_ = closed_to_ms;
}

void ClosingWindows::save(StateStore& store) {
    if (emitted_to_ms_ == saved_to_ms_) return;
    std::string value;
    put_be64(value, static_cast<uint64_t>(emitted_to_ms_));
    store.put(emitted_key(), value);
    saved_to_ms_ = emitted_to_ms_;
}

}  // namespace millrace::exec
