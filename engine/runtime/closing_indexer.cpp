#include "engine/runtime/closing_indexer.h"

#include "engine/state/closing_index.h"

namespace millrace {

bool lacks_closing_index(StateBackend& state, StorePartition where) {
    return !state.get(where, kIndexedKey);
}

Result<bool> ClosingIndexer::step(size_t max_rows) {
    if (!cursor_) cursor_ = state_.scan(where_, {}, ByteView(&kReservedPrefix, 1));
    std::vector<StateWrite> writes;
    for (size_t i = 0; i < max_rows && cursor_->valid(); ++i, cursor_->next()) {
        std::string entry = closing_key(cursor_->key(), suffix_bytes_);
        if (!entry.empty()) writes.push_back({where_, std::move(entry), ""});
    }
    const bool done = !cursor_->valid();
    if (done) writes.push_back({where_, std::string(kIndexedKey), ""});
    if (Status applied = state_.apply(writes, {}); !applied) return applied;
    return done;
}

}  // namespace millrace
