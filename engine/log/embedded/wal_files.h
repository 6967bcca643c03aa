// Syncs the write-ahead log of an open RocksDB beside its back: RocksDB's own SyncWAL() ends the
// process (an assertion) when a write to the same file has just failed, on a full disk for
// instance. One thread.
#pragma once

#include <rocksdb/env.h>

#include <string>

#include "engine/base/status.h"

namespace millrace {

class WalFiles {
public:
    WalFiles(rocksdb::Env& env, std::string dir) : env_(env), dir_(std::move(dir)) {}

    /// What RocksDB has written to them by now is on the disk afterwards.
    Status sync();

private:
    rocksdb::Env& env_;
    const std::string dir_;
    std::string newest_;  ///< The newest file whose name is on the disk.
};

}  // namespace millrace
