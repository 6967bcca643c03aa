// Writes a store partition into its changelog, which has lost all that it had: the topic was
// deleted and made again. Has no loop of its own, as StateRestorer. One thread at a time.
#pragma once

#include <memory>

#include "engine/log/log.h"
#include "engine/state/state_store.h"

namespace millrace {

class ChangelogRewriter {
public:
    ChangelogRewriter(Log& log, StateBackend& state, StorePartition where,
                      TopicPartition changelog);

    /// Writes at most `max_records` more, with this time; true when all of it is there, and the
    /// state knows where its changelog goes on. What was begun is done again after a crash.
    Result<bool> step(size_t max_records, int64_t now_ms);
    int64_t num_records() const { return num_records_; }

private:
    Status finish();

    Log& log_;
    StateBackend& state_;
    const StorePartition where_;
    const TopicPartition changelog_;
    std::unique_ptr<LogWriter> writer_;
    std::unique_ptr<StoreCursor> cursor_;
    int64_t num_records_ = 0;
};

/// Was it begun and not ended?
bool rewrites_changelog(StateBackend& state, StorePartition where);

}  // namespace millrace
