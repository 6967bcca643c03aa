// Records in chunks: an array of records and one block of bytes behind them. Batches share the
// chunk, so reading copies nothing, and truncation frees a chunk when its last batch is gone.
#pragma once

#include <memory>

#include "engine/log/embedded/log_store.h"

namespace millrace {

std::unique_ptr<LogStore> make_memory_store();

}  // namespace millrace
