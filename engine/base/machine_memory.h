// How much memory this process may use at most.
#pragma once

#include <cstddef>
#include <string>

namespace millrace {

/// Of the machine, or less where a control group bounds it (as containers do).
size_t machine_memory_bytes();
/// What this process uses of it unless it is told otherwise: a quarter.
inline size_t own_memory_bytes() {
    return machine_memory_bytes() / 4;
}

/// The least of the bounds of the control groups named by the text of /proc/self/cgroup, read under
/// `root` (/sys/fs/cgroup); SIZE_MAX: none bounds it.
size_t cgroup_memory_bytes(const std::string& own_groups, const std::string& root);

}  // namespace millrace
