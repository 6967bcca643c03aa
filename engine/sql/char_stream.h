// Statement text as the lexer reads it: bytes, with ASCII letters upper-cased for matching only.
// Token text keeps the user's spelling. Bytes, not code points: nothing can be invalid, and names
// and keywords are ASCII anyway. Owned by one parse; lives on its thread.
#pragma once

#include <antlr4-runtime.h>

#include <string>
#include <string_view>

namespace millrace::sql {

class SqlCharStream final : public antlr4::CharStream {
public:
    /// REQUIRES: `text` outlives the stream.
    explicit SqlCharStream(std::string_view text) : text_(text) {}

    void consume() override {
        if (index_ < text_.size()) ++index_;
    }
    size_t LA(ssize_t offset) override {
        if (offset == 0) return 0;
        const ssize_t at = static_cast<ssize_t>(index_) + (offset > 0 ? offset - 1 : offset);
        if (at < 0 || at >= static_cast<ssize_t>(text_.size())) return antlr4::IntStream::EOF;
        const auto c = static_cast<unsigned char>(text_[static_cast<size_t>(at)]);
        return c >= 'a' && c <= 'z' ? static_cast<size_t>(c - ('a' - 'A')) : c;
    }
    ssize_t mark() override { return -1; }
    void release(ssize_t) override {}
    size_t index() override { return index_; }
    void seek(size_t index) override { index_ = index < text_.size() ? index : text_.size(); }
    size_t size() override { return text_.size(); }
    std::string getSourceName() const override { return "statement"; }

    std::string getText(const antlr4::misc::Interval& interval) override {
        const auto from = static_cast<size_t>(interval.a);
        const auto to = static_cast<size_t>(interval.b);  // Inclusive.
        if (interval.a < 0 || interval.b < interval.a || from >= text_.size()) return {};
        return std::string(text_.substr(from, to - from + 1));
    }
    std::string toString() const override { return std::string(text_); }

    std::string_view text() const { return text_; }

private:
    std::string_view text_;
    size_t index_ = 0;
};

}  // namespace millrace::sql
