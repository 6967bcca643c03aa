// Right results, made without any engine, and wrong ones that differ in a single row: what the
// judge itself is tested with.
#pragma once

#include <cstdint>
#include <string>

namespace job {

/// Writes the result topics for the first `clicks` clicks of topic raw_clicks. `flaw` is "none",
/// or one of "missing", "twice", "value", "tier", "count", "no-tombstone", "window", "timestamp".
void write_fake_results(const std::string& brokers, uint64_t clicks, const std::string& flaw);

}  // namespace job
