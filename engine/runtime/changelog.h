// What a commit writes to the changelogs of stores. The worker's thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "engine/runtime/transaction.h"
#include "engine/state/state_store.h"

namespace millrace {

/// Of each store partition that has one: the partition of its changelog topic, and the owner of
/// its records.
struct Changelog {
    TopicPartition source;
    uint32_t owner = 0;
};
using ChangelogMap = std::map<StorePartition, Changelog>;

/// Where each store partition's changelog stands after its records. Shared, since a delivery report
/// may come after a failed commit has returned.
using ChangelogOffsets = std::shared_ptr<std::map<StorePartition, int64_t>>;

/// Writes all changes of the overlay. The offsets are known once the transaction is committed.
ChangelogOffsets write_changelog(const Overlay& overlay, const ChangelogMap& changelogs,
                                 Transaction& transaction, int64_t now_ms);

}  // namespace millrace
