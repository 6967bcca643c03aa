#include "server/model/unparsed_masking.h"

#include <cctype>
#include <vector>

#include "engine/base/text.h"
#include "engine/config/table.h"

namespace millrace::server {

namespace {

bool is_word_char(char c) {
    // Bytes of letters that are not ASCII count as letters; names of properties have dots.
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' ||
           static_cast<unsigned char>(c) >= 0x80;
}

enum class Kind { kBlank, kWord, kNumber, kString, kQuoted, kMark };

struct Token {
    Kind kind = Kind::kMark;
    std::string_view text;

    /// Without its quotes.
    std::string_view inner() const {
        if (kind != Kind::kString && kind != Kind::kQuoted) return text;
        const bool is_closed = text.size() > 1 && text.back() == text.front();
        return text.substr(1, text.size() - (is_closed ? 2 : 1));
    }
};

/// To the quote that ends it, doubled ones left out; of one that nothing ends, all of the rest.
size_t end_of_quoted(std::string_view text) {
    for (size_t at = 1; at < text.size(); ++at) {
        if (text[at] != text[0]) continue;
        if (at + 1 < text.size() && text[at + 1] == text[0]) {
            ++at;
        } else {
            return at + 1;
        }
    }
    return text.size();
}

/// `comments_end`: whether a comment that begins in the text can end; found out once.
Token next_token(std::string_view text, bool& comments_end) {
    const char c = text[0];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) return {Kind::kBlank, text.substr(0, 1)};
    if (text.starts_with("--")) return {Kind::kBlank, text.substr(0, text.find('\n'))};
    if (comments_end && text.starts_with("/*")) {
        const size_t end = text.find("*/", 2);
        comments_end = end != std::string_view::npos;
        if (comments_end) return {Kind::kBlank, text.substr(0, end + 2)};
    }
    if (c == '\'') return {Kind::kString, text.substr(0, end_of_quoted(text))};
    if (c == '"' || c == '`') return {Kind::kQuoted, text.substr(0, end_of_quoted(text))};
    const bool is_number = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (!is_word_char(c) || c == '-') return {Kind::kMark, text.substr(0, 1)};
    size_t end = 1;
    while (end < text.size() && is_word_char(text[end])) ++end;
    return {is_number ? Kind::kNumber : Kind::kWord, text.substr(0, end)};
}

struct MaskedText {
    std::string text;
    std::vector<std::string> hidden;  ///< What it no longer shows, as it stood there.
};

class Masker {
public:
    MaskedText mask(std::string_view text) {
        bool comments_end = true;
        while (!text.empty()) {
            const Token token = next_token(text, comments_end);
            take(token);
            text.remove_prefix(token.text.size());
        }
        return std::move(out_);
    }

private:
    void take(const Token& token) {
        switch (token.kind) {
            case Kind::kBlank:
                out_.text += token.text;
                return;
            case Kind::kWord:
                look_at(upper_ascii(token.text));
                show(token);
                return;
            case Kind::kNumber:
                hides_values_ ? hide(token, "[value]") : show(token);
                return;
            case Kind::kString:
                take_string(token);
                return;
            case Kind::kQuoted:
            case Kind::kMark:
                show(token);
                return;
        }
    }

    /// Which kind of statement it would have been.
    void look_at(const std::string& word) {
        if (first_word_.empty()) first_word_ = word;
        is_connector_ = is_connector_ || (first_word_ == "CREATE" && word == "CONNECTOR");
        hides_strings_ = hides_strings_ || (is_connector_ && word == "WITH");
        hides_values_ = hides_values_ || (first_word_ == "INSERT" && word == "VALUES");
    }

    void take_string(const Token& token) {
        const std::string inner(token.inner());
        if (hides_values_) return hide(token, "[value]");
        if (follows_name() && hides_strings_) return hide(token, "[string]");
        const std::string shown = shown_property_value(follows_name() ? name_ : "", inner);
        shown == inner ? show(token) : hide(token, shown);
    }

    /// Is there a name, and at most one mark, right before?
    bool follows_name() const {
        return !name_.empty() && (mark_.empty() || mark_ == "=" || mark_ == ":");
    }

    void show(const Token& token) {
        out_.text += token.text;
        if (token.kind == Kind::kMark && mark_.empty()) {
            mark_ = token.text;
        } else {
            name_ = token.kind == Kind::kMark ? "" : token.inner();
            mark_.clear();
        }
        if (token.text == ";") begin_statement();
    }

    void begin_statement() {
        first_word_.clear();
        is_connector_ = hides_strings_ = hides_values_ = false;
    }

    void hide(const Token& token, const std::string& shown) {
        out_.text += '\'' + shown + '\'';
        out_.hidden.emplace_back(token.inner());
        name_.clear();
        mark_.clear();
    }

    MaskedText out_;
    std::string first_word_;
    bool is_connector_ = false;
    bool hides_strings_ = false;  ///< Those that follow a name.
    bool hides_values_ = false;
    std::string name_;  ///< What may be the name of the next string.
    std::string mark_;  ///< What stands between.
};

}  // namespace

std::string mask_unparsed(std::string_view text) {
    return Masker().mask(text).text;
}

std::string mask_words(std::string words, std::string_view text) {
    constexpr std::string_view kShown = "'[value]'";
    for (const auto& hidden : Masker().mask(text).hidden) {
        if (hidden.empty()) continue;
        const std::string quoted = '\'' + hidden + '\'';
        for (size_t at = 0; (at = words.find(quoted, at)) != std::string::npos; at += kShown.size())
            words.replace(at, quoted.size(), kShown);
    }
    return words;
}

}  // namespace millrace::server
