// A regular expression in Java's dialect: RE2 where it can, which takes linear time, PCRE2 for what
// only backtracking does (look-around, back references). Patterns may come from records: how long
// and how nested one is, what it keeps and how far it backtracks are all bounded. Immutable; any
// thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::functions {

class Regex {
public:
    static constexpr size_t kPatternBytesMax = 32 << 10;

    /// Throws RowError when it is no pattern, or one beyond the bounds.
    explicit Regex(std::string_view pattern);
    ~Regex();
    Regex(const Regex&) = delete;
    Regex& operator=(const Regex&) = delete;

    /// [begin, end) of the match and its groups; groups that took no part are absent.
    using Span = std::optional<std::pair<size_t, size_t>>;
    using Match = std::vector<Span>;

    int num_groups() const;
    /// Group of this name, or -1.
    int group_of(const std::string& name) const;

private:
    struct Engine;
    struct Re2Engine;
    struct Pcre2Engine;
    struct Scratch;

    const Engine& engine_for(std::string_view text) const;

    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Engine> line_engine_;  ///< For texts whose line ends RE2 reads otherwise.

public:
    /// The matches in a text one after the other, as Java's Matcher.find() walks them, in one pass:
    /// what is to be known of the text is looked at once.
    class Walk {
    public:
        /// Spans of the groups up to `groups` are wanted; 0: of the match alone, which is cheaper.
        /// REQUIRES: groups <= num_groups(); regex and text outlive it.
        Walk(const Regex& regex, std::string_view text, int groups);
        ~Walk();
        Walk(const Walk&) = delete;
        Walk& operator=(const Walk&) = delete;

        /// Null behind the last; valid until the next call. Throws RowError when the pattern
        /// backtracks without end.
        const Match* next();

    private:
        const Engine& engine_;
        const std::string_view text_;
        const size_t groups_;
        size_t from_ = 0;
        Match match_;
        std::unique_ptr<Scratch> scratch_;  ///< Made by engines that need one.
    };
};

}  // namespace millrace::functions
