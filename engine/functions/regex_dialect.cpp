#include "engine/functions/regex_dialect.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/error.h"

namespace millrace::functions {
namespace {

constexpr int kDepthMax = 200;
constexpr std::string_view kSpace = " \\t\\n\\x0B\\f\\r";
constexpr std::string_view kVertical = "\\n\\x0B\\f\\r\\x{85}\\x{2028}\\x{2029}";

/// What stands between the brackets for a name of \p{…} that the engines do not know.
std::optional<std::string> named_set(std::string_view name) {
    constexpr std::pair<std::string_view, std::string_view> kSets[] = {
        {"Lower", "a-z"},
        {"Upper", "A-Z"},
        {"ASCII", "\\x00-\\x7F"},
        {"Alpha", "a-zA-Z"},
        {"Digit", "0-9"},
        {"Alnum", "a-zA-Z0-9"},
        {"Punct", "!-/:-@\\[-`{-~"},
        {"Graph", "!-~"},
        {"Print", " -~"},
        {"Blank", " \\t"},
        {"Cntrl", "\\x00-\\x1F\\x7F"},
        {"XDigit", "0-9a-fA-F"},
        {"Space", kSpace},
        {"javaLowerCase", "\\p{Ll}"},
        {"javaUpperCase", "\\p{Lu}"},
        {"javaWhitespace", kSpace},
        {"IsAlphabetic", "\\p{L}\\p{Nl}"},
        {"IsLetter", "\\p{L}"},
        {"IsLowercase", "\\p{Ll}"},
        {"IsUppercase", "\\p{Lu}"},
        {"IsDigit", "\\p{Nd}"},
        {"IsPunctuation", "\\p{P}"},
        {"IsWhite_Space", kSpace},
        {"IsIdeographic", "\\p{Han}"}};
    for (const auto& [known, set] : kSets)
        if (name == known) return std::string(set);
    const size_t equals = name.find('=');
    if (equals != std::string_view::npos) return fmt::format("\\p{{{}}}", name.substr(equals + 1));
    if (name.starts_with("Is")) return fmt::format("\\p{{{}}}", name.substr(2));
    return std::nullopt;
}

/// A set of characters that an escape stands for: the text between brackets, and whether without.
struct EscapedSet {
    std::string set;
    bool negated = false;
};

class Translator {
public:
    explicit Translator(std::string_view java) : java_(java) {}

    PortablePattern translate() {
        while (at_ < java_.size()) {
            if (take_quoted(out_.text)) continue;
            const char c = java_[at_];
            if (c == '\\') {
                if (auto set = escaped_set()) {
                    out_.text += (set->negated ? "[^" : "[") + set->set + "]";
                } else {
                    out_.text += escape();
                }
            } else if (c == '[') {
                ++at_;
                out_.text += char_class();
            } else if (is_named_group()) {
                deeper();
                out_.text += "(?P<";
                at_ += 3;
            } else {
                if (c == '(') deeper();
                if (c == ')') --depth_;
                out_.has_lines = out_.has_lines || c == '.' || c == '^' || c == '$';
                out_.text += c;
                ++at_;
            }
        }
        return std::move(out_);
    }

private:
    /// A group or a class begins: reading one may take a call for each that it stands in.
    void deeper() {
        if (++depth_ <= kDepthMax) return;
        throw RowError(fmt::format(
            "Invalid regular expression pattern: it nests more than {} levels", kDepthMax));
    }
    char ahead(size_t offset) const {
        return at_ + offset < java_.size() ? java_[at_ + offset] : '\0';
    }
    bool is_named_group() const {
        return java_.substr(at_, 3) == "(?<" && ahead(3) != '=' && ahead(3) != '!';
    }

    /// \Q…\E as it is.
    bool take_quoted(std::string& out) {
        if (java_.substr(at_, 2) != "\\Q") return false;
        const size_t end = java_.find("\\E", at_ + 2);
        const size_t stop = end == std::string_view::npos ? java_.size() : end + 2;
        out += java_.substr(at_, stop - at_);
        at_ = stop;
        return true;
    }

    /// \s, \S, \v and \p{…} that must be spelled out; at_ moves behind it.
    std::optional<EscapedSet> escaped_set() {
        const char letter = ahead(1);
        if (letter == 's' || letter == 'S') {
            at_ += 2;
            return EscapedSet{std::string(kSpace), letter == 'S'};
        }
        if (letter == 'v' || letter == 'V') {
            at_ += 2;
            return EscapedSet{std::string(kVertical), letter == 'V'};
        }
        if ((letter != 'p' && letter != 'P') || ahead(2) != '{') return std::nullopt;
        const size_t close = java_.find('}', at_);
        if (close == std::string_view::npos) return std::nullopt;
        auto set = named_set(java_.substr(at_ + 3, close - at_ - 3));
        if (!set) return std::nullopt;
        at_ = close + 1;
        return EscapedSet{*std::move(set), letter == 'P'};
    }

    /// Any other escape: \uXXXX and octal ones as \x{…}, the rest as it is.
    std::string escape() {
        if (auto unit = code_unit()) {
            char32_t code = *unit;
            if (code >= 0xD800 && code < 0xDC00) {
                const size_t behind = at_;
                auto low = code_unit();
                if (low && *low >= 0xDC00 && *low < 0xE000) {
                    code = 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
                } else {
                    at_ = behind;
                }
            }
            return fmt::format("\\x{{{:X}}}", static_cast<uint32_t>(code));
        }
        if (ahead(1) == '0') {
            uint32_t code = 0;
            at_ += 2;
            for (int i = 0; i < 3 && ahead(0) >= '0' && ahead(0) <= '7'; ++i, ++at_) {
                if (code * 8 + static_cast<uint32_t>(ahead(0) - '0') > 0377) break;
                code = code * 8 + static_cast<uint32_t>(ahead(0) - '0');
            }
            return fmt::format("\\x{{{:X}}}", code);
        }
        std::string out(java_.substr(at_, 2));
        at_ += out.size();
        return out;
    }
    std::optional<char32_t> code_unit() {
        if (ahead(0) != '\\' || ahead(1) != 'u' || at_ + 6 > java_.size()) return std::nullopt;
        char32_t code = 0;
        for (size_t i = 2; i < 6; ++i) {
            const auto digit = static_cast<unsigned char>(ahead(i));
            if (!std::isxdigit(digit)) return std::nullopt;
            code = code * 16 + static_cast<char32_t>(std::isdigit(digit)
                                                         ? digit - '0'
                                                         : std::tolower(digit) - 'a' + 10);
        }
        at_ += 6;
        return code;
    }

    /// Behind its `[`, to behind its `]`: a class, or a group that looks ahead where Java has more
    /// than the engines: classes in it are alternatives, `&&` is a look-ahead.
    std::string char_class() {
        deeper();
        const bool negated = ahead(0) == '^';
        if (negated) ++at_;
        std::vector<std::string> operands;
        operands.push_back(operand(true));
        while (java_.substr(at_, 2) == "&&") {
            at_ += 2;
            operands.push_back(operand(false));
        }
        ++at_;  // The bracket.
        --depth_;
        std::string all;
        for (size_t i = 0; i + 1 < operands.size(); ++i) all += "(?=" + operands[i] + ")";
        all += operands.back();
        if (operands.size() == 1 && plain_) return negated ? "[^" + all.substr(1) : all;
        if (negated) return "(?:(?!" + all + ")(?s:.))";
        return "(?:" + all + ")";
    }

    /// Up to `&&` or the bracket that closes: one class, or alternatives. Sets plain_ when it is
    /// one class.
    std::string operand(bool first) {
        std::string own;
        std::vector<std::string> inner;
        bool begin = first;
        while (true) {
            if (at_ >= java_.size()) throw RowError("Unclosed character class");
            const char c = java_[at_];
            if (c == ']' && !begin) break;
            if (java_.substr(at_, 2) == "&&") break;
            begin = false;
            if (take_quoted(own)) continue;
            if (c == '\\') {
                auto set = escaped_set();
                if (!set) {
                    own += escape();
                } else if (set->negated) {
                    inner.push_back("[^" + set->set + "]");
                } else {
                    own += set->set;
                }
            } else if (c == '[') {
                ++at_;
                inner.push_back(char_class());
            } else {
                // At the begin of a class these would open a POSIX name, a `^` would negate it.
                if (own.empty() && (c == ':' || c == '.' || c == '=' || c == '^' || c == ']'))
                    own += '\\';
                own += c;
                ++at_;
            }
        }
        plain_ = inner.empty() && !own.empty();
        if (!own.empty()) inner.insert(inner.begin(), "[" + own + "]");
        if (inner.empty()) return "(?!)";  // Nothing is in it.
        std::string out;
        for (const std::string& part : inner) out += (out.empty() ? "" : "|") + part;
        return inner.size() == 1 ? out : "(?:" + out + ")";
    }

    std::string_view java_;
    size_t at_ = 0;
    int depth_ = 0;  ///< Groups and classes that are open.
    bool plain_ = false;
    PortablePattern out_;
};

}  // namespace

PortablePattern portable_pattern(std::string_view java) {
    return Translator(java).translate();
}

}  // namespace millrace::functions
