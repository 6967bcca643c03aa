#include "engine/session/unread_command.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace millrace {

namespace {

/// "stream/`X`/create" in its parts. Names may have slashes.
struct CommandName {
    std::string_view kind, name, verb;
};

CommandName split(std::string_view id) {
    const size_t first = id.find('/');
    const size_t last = id.rfind('/');
    if (first == std::string_view::npos || first == last) return {};
    CommandName parts{id.substr(0, first), id.substr(first + 1, last - first - 1),
                      id.substr(last + 1)};
    std::string_view& name = parts.name;
    if (name.size() > 1 && name.front() == '`' && name.back() == '`')
        name = name.substr(1, name.size() - 2);
    return parts;
}

template <size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& all) {
    return std::find(all.begin(), all.end(), text) != all.end();
}

}  // namespace

bool may_be_left_out(const UnreadCommand& command, const Catalog& before) {
    static constexpr std::array<std::string_view, 7> kKinds = {
        "stream", "table", "type", "terminate", "pause", "resume", "cluster"};
    static constexpr std::array<std::string_view, 4> kVerbs = {"create", "drop", "alter",
                                                               "execute"};
    if (command.newer) return false;
    const CommandName parts = split(command.id);
    if (!is_one_of(parts.kind, kKinds) || !is_one_of(parts.verb, kVerbs)) return true;
    if (parts.verb != "create") return false;
    const std::string name(parts.name);
    return parts.kind == "type" ? !before.find_type(name) : !before.find_source(name);
}

}  // namespace millrace
