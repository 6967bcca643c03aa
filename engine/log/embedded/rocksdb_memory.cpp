#include "engine/log/embedded/rocksdb_memory.h"

#include <rocksdb/cache.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>

namespace millrace {

std::shared_ptr<const RocksMemory> make_rocksdb_memory(size_t state_bytes, size_t log_bytes) {
    constexpr size_t kLeast = 1 << 20;
    constexpr size_t kMost = 64 << 20;
    auto memory = std::make_shared<RocksMemory>();
    // Blocks of the state are read again and again, records of a log once: there nearly all is for
    // what is written, in two buffers.
    const size_t state_buffers = std::max(state_bytes / 3, kLeast);
    memory->state_buffer_bytes = std::clamp(state_buffers / 2, kLeast, kMost);
    memory->log_buffer_bytes = std::clamp(log_bytes / 9 * 4, kLeast, kMost);
    const size_t log_buffers = log_bytes == 0 ? 0 : 2 * memory->log_buffer_bytes;
    memory->cache = rocksdb::NewLRUCache(state_bytes + log_bytes, 2, false, 0.2);
    memory->buffers = std::make_shared<rocksdb::WriteBufferManager>(state_buffers + log_buffers,
                                                                    memory->cache, false);
    return memory;
}

}  // namespace millrace
