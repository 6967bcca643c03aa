// One server of a simulation: an engine without threads that can die at any call and come back,
// with or without its disk.
#pragma once

#include <memory>
#include <string>

#include "engine/session/engine.h"
#include "tests/sim/faults.h"

namespace millrace::sim {

/// What all servers of a run share.
struct Surroundings {
    ManualClock& clock;
    Faults& faults;
    MemoryBroker& broker;
    Trace& trace;
    std::map<std::string, std::string> properties;
    int commit_turns;  ///< See RuntimeOptions.
};

class Server {
public:
    Server(Surroundings& around, std::string name);
    ~Server();

    /// Starts when it is down; else a turn. True when something was done.
    bool turn();
    /// False: refused, or it died meanwhile; what has become of the statement is not known.
    bool execute(const std::string& statement);
    void crash();
    /// As crash(), and what was on its disk is gone.
    void crash_for_good();
    /// Ends in good order.
    void stop();

    bool started() const { return engine_ && engine_->started(); }
    Engine& engine() { return *engine_; }
    const std::string& name() const { return name_; }
    /// Why the last statement was refused.
    const std::string& refusal() const { return refusal_; }

private:
    void make_engine();

    Surroundings& around_;
    const std::string name_;
    std::shared_ptr<StateBackend> disk_;
    std::unique_ptr<Engine> engine_;
    std::string refusal_;
};

}  // namespace millrace::sim
