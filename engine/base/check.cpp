#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

#include "engine/base/damaged.h"

namespace millrace {

void check_failed(const char* file, int line, const char* condition, std::string_view message) {
    std::fprintf(stderr, "millrace: %s:%d: check failed: %s: %.*s\n", file, line, condition,
                 static_cast<int>(message.size()), message.data());
    std::fflush(stderr);
    std::abort();
}

void throw_damaged(const char* what) {
    throw DamagedBytes(what);
}

}  // namespace millrace
