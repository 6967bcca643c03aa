// Whether a file has changed.
#pragma once

#include <string>

namespace millrace {

/// Whatever changes with the file; empty: it is not there.
std::string file_stamp(const std::string& path);

}  // namespace millrace
