// Looks through the write-ahead log of a closed RocksDB before that does: RocksDB replays it up to
// the first place that is not whole and drops the rest in silence. Here the place is named, and it
// is told whether what stood there had been made durable.
//
// The writer helps: its batches begin with a mark (WriteBatch::PutLogData, in the write-ahead log
// only) that says which opening of the log wrote them, and up to which sequence number that opening
// had synced by then. A hole above what its opening had synced is what a loss of power leaves;
// below, it is damage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"

namespace millrace {

struct WalMark {
    uint64_t life = 0;    ///< A number drawn at each opening.
    uint64_t synced = 0;  ///< All up to this sequence number was durable.

    std::string encode() const;
    static std::optional<WalMark> decode(ByteView blob);
};

struct WalHole {
    std::string file;
    uint64_t at = 0;  ///< Byte of the file.
    std::string what;
    bool acknowledged = false;  ///< What stood there had been synced.
    /// What is whole behind the hole, as WriteBatches; it cannot be replayed without what is not.
    std::vector<std::string> batches_behind;
};

/// The first hole, if any; files that cannot be read are holes.
std::optional<WalHole> find_wal_hole(const std::string& dir);

}  // namespace millrace
