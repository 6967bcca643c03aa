// Compares the job's five result topics with the truth. Single-threaded; a handful of threads
// inside librdkafka.
#pragma once

#include <cstdint>
#include <string>

namespace job {

struct CheckOptions {
    std::string brokers;
    int wait_seconds = 120;  ///< How long the results may take to become right.
    int quiet_seconds = 3;   ///< How long they must then stay as they are.
    bool exact = true;       ///< False: rows of streams may come more than once (at least once).
    uint64_t clicks = 0;     ///< Input records that must be there first.
};

/// Exit status of the program: 0 when every row is right.
int check_truth(const CheckOptions& options);

}  // namespace job
