// Drops pairs of windowed stores that are out of retention while RocksDB compacts. Thread-safe.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <map>
#include <memory>
#include <mutex>

#include "engine/state/state_store.h"

namespace millrace {

/// What is out of retention, by store partition. Written by workers, read when a compaction begins.
class ExpiryTable {
public:
    void set(StorePartition where, Expiry expiry);
    void forget(uint32_t store);
    std::map<StorePartition, Expiry> current() const;

private:
    mutable std::mutex mutex_;
    std::map<StorePartition, Expiry> expiries_;
};

std::shared_ptr<rocksdb::CompactionFilterFactory> make_expiry_filter_factory(
    std::shared_ptr<ExpiryTable> expiries);

}  // namespace millrace
