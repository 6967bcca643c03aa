// A regular expression in Java's dialect: RE2 where it can, which takes linear time, PCRE2 for what
// only backtracking does (look-around, back references). Immutable; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::functions {

class Regex {
public:
    /// Throws RowError when it is no pattern.
    explicit Regex(std::string_view pattern);
    ~Regex();
    Regex(const Regex&) = delete;
    Regex& operator=(const Regex&) = delete;

    /// [begin, end) of the match and its groups; groups that took no part are absent.
    using Span = std::optional<std::pair<size_t, size_t>>;
    using Match = std::vector<Span>;

    int num_groups() const;
    /// The first match at or behind `from`; empty when there is none.
    Match find(std::string_view text, size_t from) const;
    /// All matches, as Java's Matcher.find() walks them.
    std::vector<Match> find_all(std::string_view text) const;
    /// Group of this name, or -1.
    int group_of(const std::string& name) const;

private:
    struct Engine;
    struct Re2Engine;
    struct Pcre2Engine;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Engine> line_engine_;  ///< For texts whose line ends RE2 reads otherwise.
};

}  // namespace millrace::functions
