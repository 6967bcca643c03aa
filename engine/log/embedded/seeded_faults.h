// A fault plan whose every decision follows from one seed: the same seed, engine and order of calls
// give the same faults. Thread-safe as far as one thread drives all clients.
#pragma once

#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/log/embedded/fault_plan.h"

namespace millrace {

/// Chances, each of 10,000 calls of its kind.
struct FaultRates {
    int admin_fails = 0;          ///< List, describe, create, remove, offsets, …: kRetriable.
    int admin_answer_lost = 0;    ///< Create and remove took place, the answer says kRetriable.
    int write_fails = 0;          ///< kRetriable from a write.
    int transaction_fails = 0;    ///< Begin and send_offsets: kAbortable.
    int commit_fails = 0;         ///< kAbortable: the transaction is lost.
    int commit_answer_lost = 0;   ///< It took place, the answer says kRetriable.
    int commit_late = 0;          ///< kRetriable now, and it takes place later.
    int transaction_expires = 0;  ///< Ahead of a commit: aborted by the log, its writer fenced.
    int marker_held = 0;          ///< Of each marker of a transaction.
    int poll_empty = 0;           ///< Records are there but do not come yet.
    int64_t calls_late_max = 40;  ///< How many calls a held marker or late commit waits at most.
};

class SeededFaults : public FaultPlan {
public:
    SeededFaults(uint64_t seed, const FaultRates& rates) : random_(seed), rates_(rates) {}

    Fate before(const CallSite& site) override;
    void after(const CallSite& site) override;
    int64_t marker_delay(const TopicPartition& partition) override;

    /// Called at both ends of every call, `point` being its name: "before commit", "after poll".
    /// The place for a caller's crashes (throw SimulatedCrash{point}), pauses and topics that go
    /// away.
    std::function<void(std::string_view point, const CallSite& site)> on_point;
    /// Expires a transaction: MemoryBroker::expire_transaction.
    std::function<void(const std::string& transactional_id)> expire;

    /// No faults from here on (crash points are still told): lets an engine come to rest.
    void heal() { healed_ = true; }
    /// Takes the partition's leader away, or gives it one: it is neither written nor read
    /// meanwhile.
    void set_leader(const TopicPartition& partition, bool present);
    size_t num_faults() const { return num_faults_; }

private:
    bool hit(int rate);
    Fate fail(Fault fault, const CallSite& site);
    Fate commit_fate(const CallSite& site);

    std::mt19937_64 random_;
    const FaultRates rates_;
    std::set<TopicPartition> leaderless_;
    bool healed_ = false;
    size_t num_faults_ = 0;
};

}  // namespace millrace
