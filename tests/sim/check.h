// Compares what a reader of committed records sees in a query's sink with what the model expects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "tests/sim/model.h"

namespace millrace::sim {

struct Failure {
    std::string kind;  ///< "doubled/filter", "lost/stream-stream", "wrong/aggregate", …
    std::string detail;
};

enum class Strictness {
    kExactlyOnce,
    kAtLeastOnce,  ///< Rows may come again, and be counted again; nothing is lost or invented.
    kSafetyOnly,   ///< The query has ended: what it has told must be true, each row once.
};

/// Nothing: all is as it should be.
std::optional<Failure> check_sink(Log& log, const Query& query, const Expected& expected,
                                  Strictness strictness);

}  // namespace millrace::sim
