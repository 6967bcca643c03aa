// Files that are read as a whole.
#pragma once

#include <optional>
#include <string>

namespace millrace {

/// Its bytes; nothing, and errno says why, when it cannot be read.
std::optional<std::string> read_file(const std::string& path);

}  // namespace millrace
