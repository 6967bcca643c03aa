// How planning says no to a statement's meaning. Any thread.
#pragma once

#include <string>

#include "engine/base/error.h"

namespace millrace::plan {

/// Throws StatementError(kStatement); with a position, the place at fault.
[[noreturn]] inline void refuse(const std::string& message, Position position = {}) {
    throw StatementError(ErrorKind::kStatement, message, position);
}

}  // namespace millrace::plan
