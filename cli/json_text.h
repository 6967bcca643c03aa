// JSON on its way to the screen, and from a server's stream. Functions, and a scanner for one
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json_tree.h"

namespace millrace::cli {

/// As ksqlDB's shell prints it: objects over lines, arrays along the line, `"a" : 1`.
std::string pretty_json(const JsonTree& value);

/// Finds whole JSON objects in a stream of pieces such as `[{…},\n{…}]`, whatever the cuts.
class JsonObjectScanner {
public:
    /// Takes in a piece; gives the objects that are complete by now.
    std::vector<std::string> add(std::string_view piece);
    /// How much there is of the one that is not.
    size_t num_pending_bytes() const { return object_.size(); }

private:
    std::string object_;
    int depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace millrace::cli
