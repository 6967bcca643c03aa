#include "engine/base/clock.h"

#include <chrono>

namespace millrace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

int64_t SystemClock::now_ms() const {
    return duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int64_t steady_ms() {
    return duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace millrace
