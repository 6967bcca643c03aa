// What the broker knows of a group.
#pragma once

#include <string>

#include "engine/log/group_state.h"
#include "engine/log/kafka/client_handle.h"

namespace millrace {

/// By a client of its own, which ends with the call. Nothing in it: there is no such group.
/// `topic`: whose partitions the group's offsets are for.
Result<GroupState> ask_group_state(const SharedConfig& config, const std::string& group,
                                   const std::string& topic);

}  // namespace millrace
