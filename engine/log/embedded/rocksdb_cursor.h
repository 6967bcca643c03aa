// How an embedded log's partitions lie in RocksDB, and how one is read forward.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "engine/log/embedded/log_store.h"
#include "engine/log/embedded/rocksdb_keys.h"

namespace millrace {

class RocksPartition final : public StorePartition {
public:
    RocksPartition(uint32_t topic_id, int32_t partition)
        : begin_key(rocksdb_keys::partition_prefix('b', topic_id, partition)),
          note_key(rocksdb_keys::partition_prefix('a', topic_id, partition)),
          record_prefix(rocksdb_keys::partition_prefix('r', topic_id, partition)),
          record_end(rocksdb_keys::after_prefix(record_prefix)),
          id(topic_id) {}

    std::string record_key(int64_t offset) const {
        std::string key = record_prefix;
        put_be64(key, static_cast<uint64_t>(offset));
        return key;
    }

    const std::string begin_key;
    const std::string note_key;
    const std::string record_prefix;
    const std::string record_end;
    const uint32_t id;
    /// Records below were deleted; from here to the begin they wait for it.
    int64_t deleted_to = 0;
};

/// What a failure of the log in `dir` is to its users.
Status log_status(const rocksdb::Status& status, const std::string& dir);
Status damaged_log(const std::string& dir, std::string_view what);

/// All three must outlive the cursor.
std::unique_ptr<StoreCursor> make_rocksdb_cursor(rocksdb::DB& db, const std::string& dir,
                                                 const RocksPartition& partition);

}  // namespace millrace
