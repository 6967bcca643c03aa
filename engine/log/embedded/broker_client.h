// One process's view of a MemoryBroker: the embedded log's own reader, writer, member and admin
// behind a door where the fault plan stands. Each object belongs to the thread that its kind does.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/log/embedded/embedded_core.h"
#include "engine/log/embedded/fault_plan.h"

namespace millrace {

class BrokerState;

/// One connected process.
struct BrokerClient {
    BrokerClient(std::shared_ptr<BrokerState> with, std::string called)
        : state(std::move(with)), name(std::move(called)) {}

    /// Asks the plan, makes the call unless it says no, and answers as it says. `R`: Status or
    /// Result.
    template <class R, class Call>
    R run(CallSite site, Call&& call);
    /// In place of sleeping; false: there is no plan, sleep.
    bool idle(int64_t timeout_ms);

    const std::shared_ptr<BrokerState> state;
    const std::string name;
    std::atomic<bool> cut{false};
};

/// What a broker's clients share.
class BrokerState {
public:
    BrokerState(const Clock& clock, FaultPlan* plan);

    /// The tables behind all of it.
    const std::shared_ptr<EmbeddedCore>& core() const { return core_; }
    FaultPlan* plan() const { return plan_; }

    static std::shared_ptr<BrokerClient> connect(const std::shared_ptr<BrokerState>& state,
                                                 const std::string& name);
    void cut(const std::string& name);

    /// `call` takes place after so many more calls.
    void later(int64_t calls, std::function<void()> call);
    /// A call comes: what was put off until now takes place.
    void count_call();
    /// What a dead process leaves behind: its destructors must not tidy up. Ends with the broker.
    void bury(std::shared_ptr<void> remains);

private:
    FaultPlan* const plan_;
    const std::shared_ptr<EmbeddedCore> core_;
    std::mutex mutex_;
    std::multimap<std::string, std::weak_ptr<BrokerClient>> clients_;
    int64_t calls_ = 0;
    std::multimap<int64_t, std::function<void()>> late_;  ///< By calls_.
    std::vector<std::shared_ptr<void>> buried_;
};

std::unique_ptr<Log> make_broker_log(std::shared_ptr<BrokerClient> client);

}  // namespace millrace
