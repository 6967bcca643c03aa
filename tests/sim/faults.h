// All that goes wrong in a run: the log's seeded faults, and on top of them crashes and pauses at
// named points, partitions without a leader, reads that are refused, a state backend that fails.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "engine/log/embedded/memory_broker.h"
#include "engine/log/embedded/seeded_faults.h"
#include "tests/sim/trace.h"

namespace millrace::sim {

/// Chances of what SeededFaults does not know, each of 10,000 calls.
struct Rates {
    FaultRates log;
    int poll_refused = 0;  ///< A read of an input fails for good: the query that reads it fails.
    int state_read_fails = 0;
    int state_write_fails = 0;
};
/// `strength` 0: nothing; 3: a storm.
Rates random_rates(std::mt19937_64& random, int strength);

/// What happens once when a point is passed for the n-th time.
struct Ambush {
    enum class Kind { kCrash, kPause, kExpire, kLosesLeader };
    Kind kind = Kind::kCrash;
    std::string point;  ///< "before commit", "after apply", …
    int passes = 1;
    int64_t pause_ms = 0;
};

class Faults final : public SeededFaults {
public:
    Faults(uint64_t seed, const Rates& rates, ManualClock& clock, Trace& trace);

    Fate before(const CallSite& site) override;
    void idle(std::string_view client, int64_t timeout_ms) override;

    void lay(Ambush ambush) { ambush_ = std::move(ambush); }
    /// Takes a leader away for this long.
    void lose_leader(const TopicPartition& partition, int64_t for_ms);
    /// Gives leaders back whose time has come.
    void mend();
    /// No faults, no ambush, all leaders: the end of a run.
    void calm();

    /// The state backend's doors. before_read() throws.
    void before_read();
    Status before_write();
    void pass(std::string_view point, const CallSite& site);

private:
    bool hit(int rate);

    std::mt19937_64 random_;
    const Rates rates_;
    ManualClock& clock_;
    Trace& trace_;
    std::optional<Ambush> ambush_;
    std::map<TopicPartition, int64_t> leaderless_until_;
    bool calm_ = false;
};

/// A point to lie in wait at.
std::string random_point(std::mt19937_64& random);

}  // namespace millrace::sim
