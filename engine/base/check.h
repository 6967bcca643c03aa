// Our own mistakes end the process with file, line and reason, in release builds too.
#pragma once

#include <string_view>

namespace millrace {

[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               std::string_view message);

}  // namespace millrace

#define MR_CHECK(condition, message)                                           \
    do {                                                                       \
        if (!(condition)) [[unlikely]]                                         \
            ::millrace::check_failed(__FILE__, __LINE__, #condition, message); \
    } while (false)
