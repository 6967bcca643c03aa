// How long a text that a function makes may become. One row must not take the server's memory.
#pragma once

#include <string_view>

#include "engine/base/error.h"

namespace millrace::functions {

constexpr size_t kMadeTextBytesMax = size_t{64} << 20;

/// Throws RowError when what has been made of a text so far is too long.
inline void need_room(std::string_view made) {
    if (made.size() > kMadeTextBytesMax)
        throw RowError("The text would be longer than " + std::to_string(kMadeTextBytesMax) +
                       " bytes");
}

}  // namespace millrace::functions
