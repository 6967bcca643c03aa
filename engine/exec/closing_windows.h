// EMIT FINAL: the stored windows that are still to be emitted, in the order in which they close:
// the index that the store keeps of them (state/closing_index.h). In memory is only how far it has
// been emitted, and some thousand entries of what comes next. Used by one worker.
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

    /// Its row has come to the store, or has gone from it.
    void add(StateStore& store, ByteView store_key);
    void remove(StateStore& store, ByteView store_key);
    /// Calls `emit(store key)` for what has closed at this stream time; false: for the first `max`
    /// windows only, and there are more. Then it is called again with the same time, before any
    /// other change.
    bool close(StateStore& store, int64_t stream_time_ms, size_t max,
               const std::function<void(ByteView)>& emit);
    /// Notes in the store how far windows have been emitted.
    void save(StateStore& store);

private:
    void load(StateStore& store);
    void fill(StateStore& store);
    std::string store_key_of(ByteView entry) const;

    const plan::WindowSpec window_;
    const StoreKey& key_;
    bool loaded_ = false;
    /// The index's first entries that are still to be emitted: all, or those up to `next_to_`.
    std::set<std::string, std::less<>> next_;
    bool all_next_ = false;
    std::string next_to_;
    std::string from_;            ///< Entries before this one are done.
    int64_t emitted_to_ms_ = -1;  ///< Everything that begins (sessions: ends) up to here is done.
    bool midway_ = false;         ///< And some of what comes after.
    int64_t saved_to_ms_ = -1;
    std::string saved_from_;
};

}  // namespace millrace::exec
