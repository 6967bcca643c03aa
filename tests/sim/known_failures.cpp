#include "tests/sim/known_failures.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace millrace::sim {

KnownFailures read_known_failures(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    KnownFailures known;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words(line);
        uint64_t seed = 0;
        KnownFailure failure;
        if (!(words >> seed >> failure.kind)) throw std::runtime_error("not a seed: " + line);
        std::getline(words >> std::ws, failure.why);
        known[seed] = std::move(failure);
    }
    return known;
}

}  // namespace millrace::sim
