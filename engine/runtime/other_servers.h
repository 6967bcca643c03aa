// Is this server alone with its service id? Looked at before it touches anything: two servers would
// disagree about statements and fence each other. Whoever starts it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "engine/base/process.h"
#include "engine/log/group_state.h"
#include "engine/runtime/options.h"

namespace millrace {

class OtherServers {
public:
    /// `ask`: null: no other process can use the log.
    OtherServers(const RuntimeContext& context, AskGroup ask)
        : context_(context), ask_(std::move(ask)) {}

    /// Ok: nobody else is at work. kRetriable: somebody was a moment ago, and may have died: look
    /// again. kFatal: another server is at work; the message names it.
    Status look();

private:
    Status judge(const GroupState::Member& member, const std::string& process);

    const RuntimeContext& context_;
    const AskGroup ask_;
    std::map<std::string, int64_t> seen_ms_;  ///< Since when, steady; by id.
};

/// What a worker calls itself to its slots' next owner: who it is, and which process. A member that
/// comes back keeps what it first told the group, so that alone does not tell them apart.
std::string slot_owner(const RuntimeContext& context, int worker);

}  // namespace millrace
