// Room for what is read ahead of a client that takes an answer as it likes.
#pragma once

#include <cstddef>

#include "engine/base/error.h"
#include "engine/base/memory_governor.h"

namespace millrace {

/// A part of kAnswers. Throws StatementError(kTooMany) when there is no room.
inline MemoryLease answer_memory(MemoryGovernor& memory, size_t bytes) {
    MemoryLease lease = MemoryLease::try_take(memory, MemoryHolder::kAnswers, bytes);
    if (!lease) {
        refuse(ErrorKind::kTooMany,
               "The answers that are being read hold as much memory as they may "
               "(millrace.memory.bytes). Try again when some have ended.");
    }
    return lease;
}

}  // namespace millrace
