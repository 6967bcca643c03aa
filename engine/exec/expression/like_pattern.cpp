#include "engine/exec/expression/like_pattern.h"

#include <cstdint>
#include <cstring>

#include "engine/base/error.h"
#include "engine/base/unicode.h"

namespace millrace::exec {
namespace {

/// Bytes of the UTF-8 character at `at`.
size_t character_bytes(std::string_view text, size_t at) {
    size_t size = 1;
    while (at + size < text.size() && continues_character(text[at + size])) ++size;
    return size;
}

/// Java's line terminators, which % and _ do not stand for (they are `.` of a regular expression).
bool is_line_end(std::string_view text, size_t at) {
    char c = text[at];
    if (c == '\n' || c == '\r') return true;
    if (c == '\xC2') return text.substr(at, 2) == "\xC2\x85";
    if (c == '\xE2') {
        std::string_view three = text.substr(at, 3);
        return three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9";
    }
    return false;
}

bool has_line_end(std::string_view text) {
    // Eight bytes at once: a line end has a byte below 0x0e or one above 0x7f.
    constexpr uint64_t kHigh = 0x8080808080808080u;
    constexpr uint64_t kFourteens = 0x0e0e0e0e0e0e0e0eu;
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        if ((word & kHigh) == 0 && ((word - kFourteens) & ~word & kHigh) == 0) continue;
        for (size_t i = at; i < at + 8; ++i)
            if (is_line_end(text, i)) return true;
    }
    for (; at < text.size(); ++at)
        if (is_line_end(text, at)) return true;
    return false;
}

}  // namespace

LikePattern::LikePattern(std::string_view pattern, std::string_view escape) {
    Piece piece;
    bool only_ends = true;  // No _, and % only at the ends.
    size_t runs_inside = 0;
    auto flush = [&] {
        if (piece.any_run || piece.skip > 0 || !piece.text.empty()) pieces_.push_back(piece);
        piece = {};
    };
    for (size_t at = 0; at < pattern.size();) {
        if (!escape.empty() && pattern.substr(at, escape.size()) == escape) {
            at += escape.size();
            if (at == pattern.size())
                throw RowError("LIKE pattern must not end with escape character");
            size_t size = character_bytes(pattern, at);
            piece.text += pattern.substr(at, size);
            at += size;
            continue;
        }
        char c = pattern[at++];
        if (c == '%') {
            // One that follows another says nothing new.
            if (piece.any_run && piece.skip == 0 && piece.text.empty()) continue;
            flush();
            piece.any_run = true;
            bool at_end = pattern.find_first_not_of('%', at) == std::string_view::npos;
            bool at_start = pieces_.empty();
            if (!at_end && !at_start) ++runs_inside;
        } else if (c == '_') {
            only_ends = false;
            if (!piece.text.empty()) {
                flush();
            }
            ++piece.skip;
        } else {
            piece.text += c;
        }
    }
    flush();

    if (pieces_.empty()) return;  // Shape kExact with empty text.
    for (const Piece& p : pieces_) literal_ += p.text;
    leading_run_ = pieces_.front().any_run;
    trailing_run_ =
        pieces_.back().any_run && pieces_.back().text.empty() && pieces_.back().skip == 0;
    if (!only_ends || runs_inside > 0) {
        shape_ = Shape::kGeneral;
    } else if (leading_run_ && trailing_run_) {
        shape_ = Shape::kContains;
    } else if (leading_run_) {
        shape_ = Shape::kSuffix;
    } else if (trailing_run_) {
        shape_ = Shape::kPrefix;
    }
}

bool LikePattern::matches(std::string_view text) const {
    switch (shape_) {
        case Shape::kExact:
            return text == literal_;
        case Shape::kPrefix:
            return text.starts_with(literal_) && !has_line_end(text.substr(literal_.size()));
        case Shape::kSuffix:
            return text.ends_with(literal_) &&
                   !has_line_end(text.substr(0, text.size() - literal_.size()));
        case Shape::kContains:
            // An empty text may have no address, which memmem must not be given.
            if (text.size() < literal_.size()) return false;
            if (!literal_.empty() &&
                !memmem(text.data(), text.size(), literal_.data(), literal_.size()))
                return false;
            return !has_line_end(text) || matches_general(text);
        case Shape::kGeneral:
            return matches_general(text);
    }
    return false;
}

bool LikePattern::match_piece(const Piece& piece, std::string_view text, size_t& at) {
    size_t next = at;
    for (size_t i = 0; i < piece.skip; ++i) {
        if (next >= text.size() || is_line_end(text, next)) return false;
        next += character_bytes(text, next);
    }
    if (text.substr(next, piece.text.size()) != piece.text) return false;
    at = next + piece.text.size();
    return true;
}

bool LikePattern::matches_general(std::string_view text) const {
    // Greedy with one point to come back to: the last %, which may always take one character more.
    size_t at = 0;
    size_t piece = 0;
    size_t retry_piece = pieces_.size();
    size_t retry_at = 0;
    while (true) {
        if (piece < pieces_.size()) {
            if (pieces_[piece].any_run) {
                retry_piece = piece;
                retry_at = at;
            }
            if (match_piece(pieces_[piece], text, at)) {
                ++piece;
                continue;
            }
        } else if (trailing_run_) {
            // No other choice of what the runs take helps against a line end behind the last piece.
            return !has_line_end(text.substr(at));
        } else if (at == text.size()) {
            return true;
        }
        if (retry_piece == pieces_.size()) return false;
        if (retry_at >= text.size() || is_line_end(text, retry_at)) return false;
        retry_at += character_bytes(text, retry_at);
        at = retry_at;
        piece = retry_piece;
        // The run takes one more: do not let the loop head take it for a new run.
        while (!match_piece(pieces_[piece], text, at)) {
            if (retry_at >= text.size() || is_line_end(text, retry_at)) return false;
            retry_at += character_bytes(text, retry_at);
            at = retry_at;
        }
        ++piece;
    }
}

}  // namespace millrace::exec
