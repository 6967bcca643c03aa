#include "engine/base/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string_view>

namespace millrace {
namespace {

/// "max", or a number; of the first version's "no bound" is one that no machine has.
size_t bound_in(const std::string& path) {
    std::ifstream in(path);
    uint64_t bytes = 0;
    return in >> bytes ? static_cast<size_t>(bytes) : SIZE_MAX;
}

/// A group is bounded by those that it lies in as well.
size_t least_on_the_way(const std::string& base, std::string group, const char* file) {
    size_t least = bound_in(base + "/" + file);
    while (group.size() > 1 && group.starts_with('/')) {
        least = std::min(least, bound_in(base + group + "/" + file));
        group.resize(group.rfind('/'));
    }
    return least;
}

}  // namespace

size_t cgroup_memory_bytes(const std::string& own_groups, const std::string& root) {
    size_t least = SIZE_MAX;
    std::istringstream lines(own_groups);
    for (std::string line; std::getline(lines, line);) {
        const size_t first = line.find(':');
        const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string_view controllers =
            std::string_view(line).substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (controllers.empty()) {
            least = std::min(least, least_on_the_way(root, group, "memory.max"));
        } else if (controllers == "memory") {
            least =
                std::min(least, least_on_the_way(root + "/memory", group, "memory.limit_in_bytes"));
        }
    }
    return least;
}

size_t machine_memory_bytes() {
    const auto pages = static_cast<size_t>(std::max<long>(sysconf(_SC_PHYS_PAGES), 1));
    const auto page_bytes = static_cast<size_t>(std::max<long>(sysconf(_SC_PAGESIZE), 1));
    std::ifstream in("/proc/self/cgroup");
    std::stringstream groups;
    groups << in.rdbuf();
    return std::min(pages * page_bytes, cgroup_memory_bytes(groups.str(), "/sys/fs/cgroup"));
}

}  // namespace millrace
