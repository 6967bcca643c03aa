#include "cli/json_text.h"

#include <utility>

#include "engine/base/text.h"

namespace millrace::cli {

namespace {

void append_pretty(std::string& out, const JsonTree& value, size_t depth) {
    if (value.is_array()) {
        out += "[ ";
        for (const JsonTree& item : value.items) {
            if (&item != &value.items.front()) out += ", ";
            append_pretty(out, item, depth);
        }
        out += value.items.empty() ? "]" : " ]";
    } else if (value.is_object()) {
        if (value.members.empty()) {
            out += "{ }";
            return;
        }
        out += '{';
        for (const auto& [name, member] : value.members) {
            out += &name != &value.members.front().first ? ",\n" : "\n";
            out.append(2 * (depth + 1), ' ');
            append_json_string(out, name);
            out += " : ";
            append_pretty(out, member, depth + 1);
        }
        out += '\n';
        out.append(2 * depth, ' ');
        out += '}';
    } else {
        append_json(out, value);
    }
}

}  // namespace

std::string pretty_json(const JsonTree& value) {
    std::string out;
    append_pretty(out, value, 0);
    return out;
}

std::vector<std::string> JsonObjectScanner::add(std::string_view piece) {
    std::vector<std::string> done;
    for (char c : piece) {
        if (depth_ == 0 && c != '{') continue;  // Brackets, commas and line ends between objects.
        object_ += c;
        if (in_string_) {
            if (escaped_) {
                escaped_ = false;
            } else if (c == '\\') {
                escaped_ = true;
            } else if (c == '"') {
                in_string_ = false;
            }
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{') {
            ++depth_;
        } else if (c == '}' && --depth_ == 0) {
            done.push_back(std::exchange(object_, {}));
        }
    }
    return done;
}

}  // namespace millrace::cli
