#include "engine/base/process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <iterator>

namespace millrace {

namespace {

/// Ticks from the machine's start to the process's; empty: there is no such process.
std::string start_of(std::string_view pid) {
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    // The second field, the program's name, may have blanks and brackets in it.
    size_t at = text.rfind(')');
    if (at == std::string::npos) return "";
    constexpr int kBlanksToStart = 20;
    for (int blanks = 0; blanks < kBlanksToStart && at != std::string::npos; ++blanks) {
        at = text.find(' ', at + 1);
    }
    if (at == std::string::npos) return "";
    return text.substr(at + 1, text.find(' ', at + 1) - at - 1);
}

std::string this_place() {
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    std::array<char, 64> space{};  // "pid:[4026531836]"
    if (readlink("/proc/self/ns/pid", space.data(), space.size() - 1) < 0) space[0] = '?';
    std::string digits;
    for (char c : std::string_view(space.data())) {
        if (c >= '0' && c <= '9') digits += c;
    }
    return std::string(host.data()) + "/" + digits;
}

struct Parts {
    std::string_view place, pid, start;
};

Parts parts_of(std::string_view name) {
    const size_t last = name.rfind(':');
    if (last == std::string_view::npos || last == 0) return {};
    const size_t first = name.rfind(':', last - 1);
    if (first == std::string_view::npos) return {};
    return {name.substr(0, first), name.substr(first + 1, last - first - 1), name.substr(last + 1)};
}

}  // namespace

const std::string& this_process() {
    static const std::string name =
        fmt::format("{}:{}:{}", this_place(), getpid(), start_of("self"));
    return name;
}

ProcessState state_of_process(std::string_view name) {
    const Parts parts = parts_of(name);
    if (parts.pid.empty() || parts.start.empty()) return ProcessState::kUnknown;
    if (parts.pid.find_first_not_of("0123456789") != std::string_view::npos)
        return ProcessState::kUnknown;
    if (parts.place != parts_of(this_process()).place) return ProcessState::kUnknown;
    return start_of(parts.pid) == parts.start ? ProcessState::kRuns : ProcessState::kGone;
}

std::string shown_process(std::string_view name) {
    const Parts parts = parts_of(name);
    if (parts.pid.empty()) return std::string(name);
    return fmt::format("process {} on host {}", parts.pid,
                       parts.place.substr(0, parts.place.rfind('/')));
}

}  // namespace millrace
