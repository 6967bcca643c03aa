// Runs an engine as a child process and measures it until its whole output stands in the sink
// topic.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct WatchOptions {
    std::string brokers;
    std::string sink;
    std::string
        sum_field;  ///< Empty: count records; else add up this field over each key's latest value.
    uint64_t wanted = 0;
    double limit_s = 300;
    std::vector<std::string> command;
};

/// One JSON line on stdout: wall and CPU seconds until the output was complete, peak memory. 0 when
/// the output was exactly what was wanted. The child gets SIGTERM then, and SIGKILL after 20 s.
int run_watch(const WatchOptions& options);

}  // namespace bench
