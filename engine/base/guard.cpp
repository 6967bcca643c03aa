#include "engine/base/guard.h"

#include "engine/base/log.h"

namespace millrace {

void report_escaped(std::string_view logger, std::string_view doing, const char* what) noexcept {
    try {
        log_error(logger, "{} failed: {}", doing, what);
    } catch (...) {
        // Out of memory, most likely: there is nobody left to tell.
    }
}

}  // namespace millrace
