// The seeds that are known to fail, from a text file: `SEED KIND why`, one a line; # begins a
// comment. A ratchet: a seed that is named must fail in that way, any other must pass.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace millrace::sim {

struct KnownFailure {
    std::string kind, why;
};
using KnownFailures = std::map<uint64_t, KnownFailure>;

/// Throws std::runtime_error: there is no such file, or a line that cannot be read.
KnownFailures read_known_failures(const std::string& path);

}  // namespace millrace::sim
