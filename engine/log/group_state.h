// What a log knows of a group of clients, for a log that other processes use, too.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/log/log.h"

namespace millrace {

/// Who is in a group, and what its partitions' offsets say about who wrote them. A member that has
/// died is still there until its session runs out.
struct GroupState {
    struct Member {
        std::string instance_id, host;
    };
    std::vector<Member> members;
    std::vector<GroupOffset> offsets;
};

/// Any thread; may block for some seconds.
using AskGroup =
    std::function<Result<GroupState>(const std::string& group, const std::string& topic)>;

}  // namespace millrace
