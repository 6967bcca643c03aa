// The place of an error in its statement, shown. Stateless; any thread.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace millrace::sql {

/// Where the error is in the script: where it says, else where the name is that it is about. Line
/// 0: nobody knows.
Position fault_position(std::string_view script, const StatementError& error);

/// The script's line with a caret below the error's column; empty when its place is not known.
std::string fault_excerpt(std::string_view script, const StatementError& error);

}  // namespace millrace::sql
