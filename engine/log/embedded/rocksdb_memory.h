// What RocksDB holds in memory for the whole server: one block cache, which the write buffers of
// the state and of the embedded log are charged to. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>

namespace rocksdb {
class Cache;
class WriteBufferManager;
}  // namespace rocksdb

namespace millrace {

struct RocksMemory {
    std::shared_ptr<rocksdb::Cache> cache;
    std::shared_ptr<rocksdb::WriteBufferManager> buffers;
    /// Of one write buffer. Each database changes over to the next one before all together are
    /// full: then the one that writes would be made to flush for what the other one holds.
    size_t state_buffer_bytes = 0;
    size_t log_buffer_bytes = 0;
};

/// `state_bytes` for the state, `log_bytes` for an embedded log; 0: there is none.
std::shared_ptr<const RocksMemory> make_rocksdb_memory(size_t state_bytes, size_t log_bytes);

/// What a log of its own is given when there is enough.
inline constexpr size_t kLogMemoryBytes = 72ULL << 20;

}  // namespace millrace
