// Names near to one that means nothing, for "did you mean". Stateless; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Names near to `wanted` in any letter case, nearest first; what is too far to have been meant is
/// left out.
std::vector<std::string> nearest_names(std::string_view wanted,
                                       const std::vector<std::string>& names, size_t max = 3);

}  // namespace millrace
