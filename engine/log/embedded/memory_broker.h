// A broker in memory: a log that several processes share, one after the other or side by side, with
// what makes a broker harder to use than a list: transactions write as they go and hold readers of
// committed records back (the last stable offset), markers take offsets and reach partitions one by
// one, and every call can fail, lose its answer, come late or be the last one. For tests and
// simulation; deterministic as long as one thread drives all clients. Thread-safe.
//
//     ManualClock clock;
//     SeededFaults faults(seed, {});          // Or a plan of one's own, or none.
//     MemoryBroker broker(clock, &faults);
//     EngineOptions options;
//     options.log = broker.connect("server-1");
//     …
//     } catch (const SimulatedCrash&) {       // Or whenever the process should die.
//         broker.cut("server-1");
//         engine.reset();                     // State on disk stays; then connect() again.
//     }
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/base/clock.h"
#include "engine/log/embedded/fault_plan.h"
#include "engine/log/log.h"

namespace millrace {

class BrokerState;

class MemoryBroker {
public:
    /// REQUIRES: clock and plan outlive the broker and all its clients.
    explicit MemoryBroker(const Clock& clock, FaultPlan* faults = nullptr);
    ~MemoryBroker();
    MemoryBroker(const MemoryBroker&) = delete;
    MemoryBroker& operator=(const MemoryBroker&) = delete;

    /// A process's log. The same name may be given again once the client before was cut or is gone.
    std::unique_ptr<Log> connect(const std::string& client);
    /// The process is gone: nothing that its log, readers, writers and members still do has an
    /// effect. Its open transactions stay open until their time-out or until a writer of the same
    /// id comes; its group membership until its session runs out.
    void cut(const std::string& client);

    /// The same topics without plan and crashes: for looking, and for feeding inputs.
    Log& log();

    /// Aborts what is open under this transactional id and fences its writer, as a broker does when
    /// a transaction takes too long (that happens by the clock, too). False: nothing was open.
    bool expire_transaction(const std::string& transactional_id);
    /// Markers that have not reached their partitions; and lets the oldest of them do so.
    size_t num_held_markers() const;
    void write_held_markers(size_t max = SIZE_MAX);

private:
    std::shared_ptr<BrokerState> state_;
    std::unique_ptr<Log> log_;
};

}  // namespace millrace
