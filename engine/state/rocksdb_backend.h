// State in one RocksDB for the whole server. Bytes: docs/formats.md. Thread-safe.
#pragma once

#include <memory>

#include "engine/state/state_store.h"

namespace millrace {

/// REQUIRES: options.directory is not empty. State that is too damaged to be opened is dropped and
/// told to the server's log: its stores come back from their changelogs.
Result<std::unique_ptr<StateBackend>> open_rocksdb_backend(const BackendOptions& options);

}  // namespace millrace
