// Which process this is, in words that another one can make something of.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// Names this process among all that there have been: "host/namespace:pid:start".
const std::string& this_process();

/// What can be told here of a process that named itself so.
enum class ProcessState { kRuns, kGone, kUnknown };
/// kUnknown: it is of another machine or container, or the text is no such name.
ProcessState state_of_process(std::string_view name);

/// "process 17 on host a" of such a name; the text itself when it is none.
std::string shown_process(std::string_view name);

}  // namespace millrace
