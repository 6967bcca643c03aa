// A record of the command topic that this server cannot read: foreign bytes, a damaged command, one
// of a newer server. What is told of it, and whether it may be left out.
#pragma once

#include <cstdint>
#include <string>

#include "engine/catalog/catalog.h"

namespace millrace {

struct UnreadCommand {
    int64_t offset = 0;
    std::string id;  ///< Its key: of a command, the command's.
    std::string why;
    bool newer = false;  ///< A whole command, of a server that knows more than this one.
};

/// Does leaving it out lose no more than what it would have made? So it is for what was never a
/// command, and for a damaged one that made something of a new name. One that ended, changed or
/// replaced something would leave the commands behind it with another meaning, and what was ended
/// would run again. `before`: the catalog after all commands ahead of it.
bool may_be_left_out(const UnreadCommand& command, const Catalog& before);

}  // namespace millrace
