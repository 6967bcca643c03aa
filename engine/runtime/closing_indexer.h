// Makes the index of closing windows (state/closing_index.h) of a store that has none yet: one that
// was written before there were such indexes. Once in the life of a store; whoever owns it calls
// step() until that says that it is done, and does other work in between. One thread at a time.
#pragma once

#include <memory>

#include "engine/state/state_store.h"

namespace millrace {

/// REQUIRES: the store has windows that EMIT FINAL closes, and is whole.
bool lacks_closing_index(StateBackend& state, StorePartition where);

class ClosingIndexer {
public:
    /// `suffix_bytes`: of the times in its keys.
    ClosingIndexer(StateBackend& state, StorePartition where, size_t suffix_bytes)
        : state_(state), where_(where), suffix_bytes_(suffix_bytes) {}

    /// Looks at so many rows at most; true when all have been.
    Result<bool> step(size_t max_rows);

private:
    StateBackend& state_;
    const StorePartition where_;
    const size_t suffix_bytes_;
    std::unique_ptr<StoreCursor> cursor_;
};

}  // namespace millrace
