// EMIT FINAL: the stored windows that are still to be emitted, in the order in which they close. In
// memory; read again from the store after a restart or an abort. Used by one worker.
//
// A window is emitted once, when stream time has passed its end and the grace; the order is start
// (sessions: end, then start), then key. Rules: semantics reference, section 10.3.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "engine/exec/store_key.h"
#include "engine/plan/steps.h"
#include "engine/state/state_store.h"

namespace millrace::exec {

class ClosingWindows {
public:
    ClosingWindows(const plan::WindowSpec& window, const StoreKey& key)
        : window_(window), key_(key) {}

    void add(StateStore& store, ByteView store_key);
    void remove(StateStore& store, ByteView store_key);
    /// Calls `emit(store key)` for what has closed at this stream time.
    void close(StateStore& store, int64_t stream_time_ms,
               const std::function<void(ByteView)>& emit);
    /// Notes in the store how far windows have been emitted.
    void save(StateStore& store);

private:
    std::string order_of(ByteView store_key) const;
    void load(StateStore& store);

    const plan::WindowSpec window_;
    const StoreKey& key_;
    bool loaded_ = false;
    std::set<std::string> waiting_;  ///< Times, then the store key.
    int64_t newest_start_ms_ = -1;   ///< Time windows: the largest start stored.
    int64_t emitted_to_ms_ = -1;  ///< Everything that begins (sessions: ends) up to here is done.
    int64_t saved_to_ms_ = -1;
};

}  // namespace millrace::exec
