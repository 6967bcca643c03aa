// One run: servers on a memory broker, queries, input, faults, all from one seed and on one thread;
// then calm, rest, and the comparison with the model.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/check.h"

namespace millrace::sim {

struct SimOptions {
    uint64_t seed = 1;
    int servers = 1;
    int queries = 0;        ///< 0: one to four, by the seed.
    int seconds = 60;       ///< Of the simulated clock, before the calm.
    size_t shown_max = 60;  ///< Events shown of a run that fails.
};

struct Outcome {
    std::optional<Failure> failure;
    uint64_t digest = 0;  ///< Of all events: the same seed gives the same.
    std::deque<std::string> last_events;
    std::string summary;  ///< What the run was made of.
};

Outcome simulate(const SimOptions& options);

}  // namespace millrace::sim
