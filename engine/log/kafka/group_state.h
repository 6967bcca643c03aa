// What the broker knows of a group.
#pragma once

#include <string>

#include "engine/log/group_state.h"
#include "engine/log/kafka/client_handle.h"

namespace millrace {

/// By a client of its own, which ends with the call. Nothing in it: there is no such group.
Result<GroupState> ask_group_state(const SharedConfig& config, const std::string& group);

}  // namespace millrace
