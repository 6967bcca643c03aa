// Scripts: cut into statements, test directives, variables, and the excerpt shown below an error.
#include <algorithm>
#include <utility>

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/base/unicode.h"
#include "engine/sql/parser.h"
#include "engine/sql/syntax_error.h"

namespace millrace::sql {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

/// Each takes memory beside its text, and all are looked at before the first is executed.
constexpr size_t kStatementsMax = 100'000;

/// Walks a script once; knows line and column of where it is.
class Cutter {
public:
    explicit Cutter(std::string_view script)
        : script_(script), at_(script.size() - without_bom(script).size()) {}

    std::vector<TestScriptItem> cut() {
        while (at_ < script_.size()) step();
        finish(script_.size());
        return std::move(items_);
    }

private:
    void step() {
        const char c = script_[at_];
        if (starts_with("--")) {
            line_comment();
        } else if (starts_with("/*")) {
            const size_t end = comments_end_ ? script_.find("*/", at_ + 2) : std::string_view::npos;
            comments_end_ = end != std::string_view::npos;
            if (!comments_end_) {
                // Not a comment after all: the parser will complain about it.
                begin();
                advance_to(at_ + 2);
            } else {
                skip_to(end + 2);
            }
        } else if (c == '\'' || c == '"' || c == '`') {
            begin();
            // A doubled quote ends one text and starts the next, which comes to the same here.
            const size_t end = script_.find(c, at_ + 1);
            advance_to(end == std::string_view::npos ? script_.size() : end + 1);
        } else if (c == ';') {
            begin();
            advance_to(at_ + 1);
            finish(at_);
        } else if (is_space(c)) {
            skip_to(at_ + 1);
        } else {
            begin();
            advance_to(at_ + 1);
        }
    }

    bool starts_with(std::string_view word) const {
        return script_.substr(at_, word.size()) == word;
    }

    void line_comment() {
        const size_t end = std::min(script_.find_first_of("\r\n", at_), script_.size());
        const std::string_view line = script_.substr(at_, end - at_);
        if (!started_ && line.substr(0, 3) == "--@") {
            TestScriptItem item;
            const size_t colon = line.find(':');
            item.directive = std::string(trim(line.substr(3, colon - 3)));
            if (colon != std::string_view::npos) {
                item.argument = std::string(trim(line.substr(colon + 1)));
            }
            item.statement.position = {line_, column_};
            items_.push_back(std::move(item));
        }
        skip_to(end);
    }

    void begin() {
        if (started_) return;
        started_ = true;
        start_ = at_;
        start_position_ = {line_, column_};
    }
    /// Passes over what belongs to the statement.
    void advance_to(size_t end) {
        move_to(end);
        content_end_ = end;
    }
    /// Passes over blanks and comments.
    void skip_to(size_t end) { move_to(end); }
    void move_to(size_t end) {
        for (; at_ < end; ++at_) {
            const auto c = static_cast<unsigned char>(script_[at_]);
            if (c == '\n') {
                ++line_;
                column_ = 1;
            } else if ((c & 0xC0) != 0x80) {
                column_ += c >= 0xF0 ? 2 : 1;  // UTF-16 units, see position_in_script.
            }
        }
    }
    void finish(size_t end) {
        if (!started_) return;
        if (items_.size() >= kStatementsMax) {
            refuse("The text holds more than " + std::to_string(kStatementsMax) +
                       " statements. Send it in parts.",
                   start_position_);
        }
        TestScriptItem item;
        item.statement.text =
            std::string(script_.substr(start_, std::min(end, content_end_) - start_));
        item.statement.position = start_position_;
        items_.push_back(std::move(item));
        started_ = false;
    }

    std::string_view script_;
    size_t at_;
    int line_ = 1;
    int column_ = 1;
    bool comments_end_ = true;  ///< Found out once: no comment behind one that does not end does.
    bool started_ = false;
    size_t start_ = 0;
    size_t content_end_ = 0;
    Position start_position_;
    std::vector<TestScriptItem> items_;
};

}  // namespace

std::vector<TestScriptItem> split_test_script(std::string_view script) {
    return Cutter(script).cut();
}

std::vector<StatementText> split_statements(std::string_view script) {
    std::vector<StatementText> out;
    for (TestScriptItem& item : Cutter(script).cut()) {
        if (item.directive.empty()) out.push_back(std::move(item.statement));
    }
    return out;
}

std::string substitute_variables(std::string_view text,
                                 const std::map<std::string, std::string>& variables) {
    std::string out;
    size_t at = 0;
    while (at < text.size()) {
        const size_t open = text.find("${", at);
        const size_t close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) break;
        const auto found = variables.find(std::string(text.substr(open + 2, close - open - 2)));
        out += text.substr(at, open - at);
        if (found == variables.end()) {
            out += "${";
            at = open + 2;
        } else {
            out += found->second;
            at = close + 1;
        }
    }
    return out += text.substr(at);
}

namespace {

/// The line, or of one that a terminal would wrap what stands around the place, and a caret.
std::string cut_excerpt(std::string_view line, const std::vector<size_t>& characters, size_t at) {
    constexpr size_t kWidth = 78, kBehind = 26;
    const size_t count = characters.size() - 1;
    size_t from = 0, to = count;
    if (count > kWidth) {
        to = std::min(count, std::max(at + kBehind, kWidth));
        from = to - kWidth;
    }
    std::string out = from > 0 ? "…" : "";
    out += line.substr(characters[from], characters[to] - characters[from]);
    out += to < count ? "…\n" : "\n";
    if (from > 0) out += ' ';
    for (size_t i = from; i < at; ++i) out += line[characters[i]] == '\t' ? '\t' : ' ';
    return out += '^';
}

}  // namespace

std::string source_excerpt(std::string_view script, Position position) {
    size_t from = 0;
    for (int line = 1; line < position.line; ++line) {
        const size_t end = script.find('\n', from);
        if (end == std::string_view::npos) return {};
        from = end + 1;
    }
    if (position.line < 1) return {};
    std::string_view line = script.substr(from, script.find('\n', from) - from);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (first_invalid_utf8(line) != line.size()) return {};  // Nobody could show it.
    std::vector<size_t> characters;  // Where each begins, and where the last ends.
    size_t at = 0;                   // The one that is meant.
    int column = 1;
    for (size_t i = 0; i < line.size(); ++i) {
        if (continues_character(line[i])) continue;
        if (column < position.column) ++at;
        column += static_cast<unsigned char>(line[i]) >= 0xF0 ? 2 : 1;
        characters.push_back(i);
    }
    characters.push_back(line.size());
    return cut_excerpt(line, characters, at);
}

}  // namespace millrace::sql
