// A LIKE pattern, compiled: the plain shapes ('abc%', '%abc', '%abc%', 'abc') are one search, the
// rest goes token by token. Immutable; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::exec {

class LikePattern {
public:
    /// Throws RowError when the pattern ends with its escape character.
    LikePattern(std::string_view pattern, std::string_view escape);

    bool matches(std::string_view text) const;

private:
    enum class Shape { kExact, kPrefix, kSuffix, kContains, kGeneral };
    struct Piece {
        bool any_run = false;  ///< A % stands before the piece.
        size_t skip = 0;       ///< Then this many single characters (_).
        std::string text;      ///< Then this.
    };
    bool matches_general(std::string_view text) const;
    static bool match_piece(const Piece& piece, std::string_view text, size_t& at);

    Shape shape_ = Shape::kExact;
    std::string literal_;
    bool leading_run_ = false;
    bool trailing_run_ = false;
    std::vector<Piece> pieces_;
};

}  // namespace millrace::exec
