#include "engine/base/file_stamp.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace millrace {

std::string file_stamp(const std::string& path) {
    struct stat state {};
    if (::stat(path.c_str(), &state) != 0) return "";
    return fmt::format("{} {} {} {}", state.st_ino, state.st_size, state.st_mtim.tv_sec,
                       state.st_mtim.tv_nsec);
}

}  // namespace millrace
