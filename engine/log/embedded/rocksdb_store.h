// Records in one RocksDB, keyed by topic id, partition and offset. A commit is one WriteBatch,
// written to the WAL: it survives the process, whole or not at all. The WAL is synced as LogSync
// says; after a loss of power the log is what it was after some write, with all those before it.
#pragma once

#include <memory>
#include <string>

#include "engine/base/status.h"
#include "engine/log/embedded/embedded_log.h"
#include "engine/log/embedded/log_store.h"

namespace millrace {

Result<std::unique_ptr<LogStore>> open_rocksdb_store(const std::string& dir,
                                                     const DiskLogOptions& options);

}  // namespace millrace
