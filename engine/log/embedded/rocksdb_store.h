// Records in one RocksDB, keyed by topic id, partition and offset. A commit is one WriteBatch,
// written to the WAL without a sync: it survives the process, whole or not at all.
#pragma once

#include <memory>
#include <string>

#include "engine/base/status.h"
#include "engine/log/embedded/log_store.h"

namespace millrace {

Result<std::unique_ptr<LogStore>> open_rocksdb_store(const std::string& dir);

}  // namespace millrace
