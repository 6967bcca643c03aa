#include "server/access/jaas_file.h"

#include <string_view>
#include <vector>

#include "engine/base/text.h"

namespace millrace::server {

namespace {

/// Words, quoted texts without their quotes, and the characters { } = ; by themselves; comments are
/// left out.
std::vector<std::string> jaas_words(std::string_view text) {
    constexpr std::string_view kMarks = "{}=;";
    std::vector<std::string> words;
    for (size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (kBlanks.find(c) != std::string_view::npos) {
            ++at;
        } else if (c == '#' || text.substr(at, 2) == "//") {
            at = std::min(text.find('\n', at), text.size());
        } else if (text.substr(at, 2) == "/*") {
            at = std::min(text.find("*/", at + 2), text.size() - 2) + 2;
        } else if (c == '"' || c == '\'') {
            const size_t end = std::min(text.find(c, at + 1), text.size());
            words.emplace_back(text.substr(at + 1, end - at - 1));
            at = end + 1;
        } else if (kMarks.find(c) != std::string_view::npos) {
            words.emplace_back(1, c);
            ++at;
        } else {
            const size_t end = std::min(text.find_first_of(" \t\r\n\v\f{}=;\"'", at), text.size());
            words.emplace_back(text.substr(at, end - at));
            at = end;
        }
    }
    return words;
}

}  // namespace

Result<std::string> users_file_of_jaas(const std::string& text, const std::string& section) {
    const auto words = jaas_words(text);
    size_t at = 0;
    while (at + 1 < words.size() && (words[at] != section || words[at + 1] != "{")) ++at;
    if (at + 1 >= words.size()) {
        return Status(Fault::kFatal,
                      "it has no section '" + section + "', which authentication.realm names");
    }
    bool is_known_module = false;
    for (at += 2; at < words.size() && words[at] != "}"; ++at) {
        if (words[at].ends_with("LoginModule"))
            is_known_module = words[at].ends_with(".PropertyFileLoginModule");
        const bool is_file = words[at] == "file" && at + 2 < words.size() && words[at + 1] == "=";
        if (is_file && is_known_module) return words[at + 2];
    }
    return Status(Fault::kFatal, "its section '" + section +
                                     "' has no PropertyFileLoginModule with a file=\"…\"; others "
                                     "are not known");
}

}  // namespace millrace::server
