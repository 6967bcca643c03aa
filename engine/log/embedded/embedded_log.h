// Logs without a broker: topics in memory, or in a RocksDB directory that survives kill -9 (WAL, no
// sync). One log serves one process; within it any number of readers, writers and group members.
// Readers, writers and members may outlive the Log they came from.
#pragma once

#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/log/log.h"

namespace millrace {

class EmbeddedCore;

/// The log over these tables.
std::unique_ptr<Log> make_embedded_log(std::shared_ptr<EmbeddedCore> core);

/// REQUIRES: `clock` outlives the log and all that came from it.
std::unique_ptr<Log> open_memory_log(const Clock& clock);

/// Opens or creates the directory. kFatal when another process has it open, kCorruptState when its
/// contents cannot be read.
Result<std::unique_ptr<Log>> open_rocksdb_log(const std::string& dir, const Clock& clock);

}  // namespace millrace
