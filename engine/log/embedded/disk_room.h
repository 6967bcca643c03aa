// Is there room on the disk for what is to be written? RocksDB that runs out of it in the middle of
// a write has to be mended first, so writes end while there is still a reserve: for the files that
// RocksDB makes of what was written, and for the state behind it. One thread at a time.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <string>

#include "engine/base/status.h"

namespace millrace {

class DiskRoom {
public:
    DiskRoom(rocksdb::Env& env, std::string dir, uint64_t reserve_bytes)
        : env_(env), dir_(std::move(dir)), reserve_bytes_(reserve_bytes) {}

    /// Ok: so many bytes can be written. kRetriable: not at the moment. Asks the system now and
    /// then, and every time while there is no room.
    Status take(uint64_t num_bytes);
    /// What was taken last could not be written all the same.
    void note_full() { is_full_ = true; }

private:
    rocksdb::Env& env_;
    const std::string dir_;
    const uint64_t reserve_bytes_;
    uint64_t unasked_bytes_ = 0;  ///< May still be written before the system is asked again.
    int64_t asked_ms_ = 0;
    bool is_full_ = false;
};

}  // namespace millrace
