#include "engine/state/memory_backend.h"
#include "engine/state/rocksdb_backend.h"
#include "engine/state/state_store.h"

namespace millrace {

Status StateBackend::apply(const std::vector<StateWrite>& writes,
                           const std::map<StorePartition, int64_t>& changelog_offsets) {
    std::vector<StateChange> changes;
    changes.reserve(writes.size());
    for (const StateWrite& write : writes) {
        StateChange change{write.where, write.key, std::nullopt};
        if (write.value) change.value = *write.value;
        changes.push_back(change);
    }
    return apply_changes(changes, changelog_offsets);
}

Result<std::unique_ptr<StateBackend>> open_backend(const BackendOptions& options) {
    if (options.directory.empty()) {
        return std::unique_ptr<StateBackend>(std::make_unique<MemoryBackend>());
    }
    return open_rocksdb_backend(options);
}

}  // namespace millrace
