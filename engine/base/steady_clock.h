// The machine's monotonic time as a Clock: intervals and time-outs are measured by one that is
// handed in, so that a simulation can own them too. Thread-safe.
#pragma once

#include "engine/base/clock.h"

namespace millrace {

class SteadyClock final : public Clock {
public:
    int64_t now_ms() const override { return steady_ms(); }
};

}  // namespace millrace
