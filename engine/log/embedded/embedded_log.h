// Logs without a broker: topics in memory, or in a RocksDB directory that survives kill -9, and a
// loss of power as far as LogSync says. One log serves one process; within it any number of
// readers, writers and group members. Readers, writers and members may outlive the Log they came
// from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/log/embedded/rocksdb_memory.h"
#include "engine/log/log.h"

namespace rocksdb {
class Env;
}

namespace millrace {

class EmbeddedCore;

/// The log over these tables.
std::unique_ptr<Log> make_embedded_log(std::shared_ptr<EmbeddedCore> core);

/// REQUIRES: `clock` outlives the log and all that came from it.
std::unique_ptr<Log> open_memory_log(const Clock& clock);

/// What has been acknowledged (flush(), commit(), create(), remove()) outlives a loss of power …
enum class LogSync {
    kGroup,   ///< … always. Records can be read a little before; one sync serves all who wait.
    kAlways,  ///< … always, and so does what can be read: each write is synced by itself.
    kNever,   ///< … as far as the operating system has written it by then.
};

/// What an open does when acknowledged records are damaged.
enum class OnDamage {
    kStop,  ///< It fails.
    kCut,   ///< The log ends at the damage; its files are kept aside.
};

struct DiskLogOptions {
    LogSync sync = LogSync::kGroup;
    OnDamage on_damage = OnDamage::kStop;
    /// With less than this free nothing is written, and writers are told so (kRetriable).
    uint64_t disk_reserve_bytes = 64 << 20;
    std::shared_ptr<const RocksMemory> memory = nullptr;  ///< Null: its own.
    rocksdb::Env* env = nullptr;  ///< The machine's files, unless a test gives others.
};

/// Opens or creates the directory. kFatal when another process has it open, kCorruptState when its
/// contents are damaged. After a loss of power the log may lack what no sync had covered, from some
/// write on: that is told to the server's log.
Result<std::unique_ptr<Log>> open_rocksdb_log(const std::string& dir, const Clock& clock,
                                              const DiskLogOptions& options = {});

}  // namespace millrace
