#include "engine/base/json_tree.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <unordered_map>

#include "engine/base/error.h"
#include "engine/base/text.h"

namespace millrace {
namespace {

constexpr int kJsonDepthMax = 1000;
constexpr size_t kFewMembers = 16;

bool is_letter_or_digit(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

class JsonParser {
public:
    explicit JsonParser(std::string_view text) : text_(text) {}

    /// What ends the parse, thrown.
    struct Fault {
        const char* why;
        size_t at;
    };

    bool at_end() {
        at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
        return at_ == text_.size();
    }

    JsonTree value() {
        if (++depth_ > kJsonDepthMax) fail("nested too deeply");
        if (at_end()) fail("unexpected end");
        JsonTree out;
        const char c = text_[at_];
        if (c == '{') {
            object(out);
        } else if (c == '[') {
            array(out);
        } else if (c == '"') {
            out = JsonTree::string(string());
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            out = JsonTree::number(number());
        } else if (word("true")) {
            out = JsonTree::of(JsonTree::Kind::kBool, "true");
        } else if (word("false")) {
            out = JsonTree::of(JsonTree::Kind::kBool, "false");
        } else if (!word("null")) {
            fail("unexpected character");
        }
        --depth_;
        return out;
    }

    [[noreturn]] void fail(const char* why) const { throw Fault{why, at_}; }

private:
    bool word(std::string_view wanted) {
        if (text_.substr(at_, wanted.size()) != wanted) return false;
        const size_t end = at_ + wanted.size();
        if (end < text_.size() && (is_letter_or_digit(text_[end]) || text_[end] == '_')) {
            return false;
        }
        at_ = end;
        return true;
    }
    /// Takes the character when it comes next.
    bool take(char c) {
        if (at_end() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    /// Between members or items: true for another one, false behind the last.
    bool another(char close) {
        if (take(',')) return true;
        if (take(close)) return false;
        fail(at_ == text_.size() ? "unexpected end" : "unexpected character");
    }

    void object(JsonTree& out) {
        std::unordered_map<std::string, size_t> places;  // Of members by name, once there are many.
        out.kind = JsonTree::Kind::kObject;
        ++at_;
        if (take('}')) return;
        do {
            if (at_end() || text_[at_] != '"') fail("expected a name");
            std::string name = string();
            if (!take(':')) fail("unexpected character");
            JsonTree member = value();
            if (out.members.size() < kFewMembers) {
                out.add(std::move(name), std::move(member));
                continue;
            }
            // Looking through all of many for each would take the square of their number.
            if (places.empty()) {
                for (size_t i = 0; i < out.members.size(); ++i)
                    places.emplace(out.members[i].first, i);
            }
            const auto [place, is_new] = places.emplace(name, out.members.size());
            if (is_new) {
                out.members.emplace_back(std::move(name), std::move(member));
            } else {
                out.members[place->second].second = std::move(member);
            }
        } while (another('}'));
    }

    void array(JsonTree& out) {
        out.kind = JsonTree::Kind::kArray;
        ++at_;
        if (take(']')) return;
        do {
            out.items.push_back(value());
        } while (another(']'));
    }

    size_t digits() {
        const size_t from = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        if (at_ == from) fail("expected a digit");
        return at_ - from;
    }
    std::string number() {
        const size_t from = at_;
        if (text_[at_] == '-') ++at_;
        const size_t first = at_;
        if (digits() > 1 && text_[first] == '0') fail("leading zero");
        if (at_ < text_.size() && text_[at_] == '.') {
            ++at_;
            digits();
        }
        if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
            ++at_;
            if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
            // BigDecimal keeps it in 32 bits.
            if (digits() > 9) fail("exponent out of range");
        }
        if (at_ < text_.size() &&
            (std::isalpha(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.'))
            fail("unexpected character");
        return std::string(text_.substr(from, at_ - from));
    }

    std::string string() {
        std::string out;
        ++at_;
        while (true) {
            const size_t from = at_;
            while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
                   static_cast<unsigned char>(text_[at_]) >= 0x20)
                ++at_;
            out.append(text_, from, at_ - from);
            if (at_ == text_.size()) fail("unexpected end");
            const char c = text_[at_++];
            if (c == '"') return out;
            if (c != '\\') fail("control character in a string");
            if (at_ == text_.size()) fail("unexpected end");
            escape(out, text_[at_++]);
        }
    }
    void escape(std::string& out, char c) {
        constexpr std::string_view kFrom = "\"\\/bfnrt";
        constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
        const size_t simple = kFrom.find(c);
        if (simple != std::string_view::npos) {
            out += kTo[simple];
            return;
        }
        if (c != 'u') fail("bad escape");
        uint32_t code = hex4();
        // A high surrogate wants its low one; alone it becomes '?', as Java's encoder has it.
        while (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            const uint32_t next = hex4();
            if (next >= 0xDC00 && next < 0xE000) {
                append_utf8(out, 0x10000 + ((code - 0xD800) << 10) + (next - 0xDC00));
                return;
            }
            out += '?';
            code = next;
        }
        append_utf8(out, code >= 0xD800 && code < 0xE000 ? U'?' : code);
    }
    uint32_t hex4() {
        if (at_ + 4 > text_.size()) fail("unexpected end");
        uint32_t out = 0;
        const char* end = text_.data() + at_ + 4;
        if (std::from_chars(text_.data() + at_, end, out, 16).ptr != end) fail("bad escape");
        at_ += 4;
        return out;
    }

    std::string_view text_;
    size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

JsonTree JsonTree::of(Kind kind, std::string text) {
    JsonTree tree;
    tree.kind = kind;
    tree.text = std::move(text);
    return tree;
}

bool JsonTree::is_integer() const {
    return is_number() && text.find_first_of(".eE") == std::string::npos;
}

const JsonTree* JsonTree::find(std::string_view name) const {
    for (const auto& [known, value] : members) {
        if (known == name) return &value;
    }
    return nullptr;
}

const JsonTree& JsonTree::operator[](std::string_view name) const {
    static const JsonTree none;
    const JsonTree* found = find(name);
    return found == nullptr ? none : *found;
}

JsonTree& JsonTree::add(std::string name, JsonTree value) {
    for (auto& [known, old] : members) {
        if (known != name) continue;
        old = std::move(value);
        return *this;
    }
    members.emplace_back(std::move(name), std::move(value));
    return *this;
}

std::string JsonTree::as_text() const {
    return is_null() || is_array() || is_object() ? dump() : text;
}

int64_t JsonTree::as_long(int64_t otherwise) const {
    if (!is_number() && !is_string()) return otherwise;
    int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc() && read.ptr == end ? value : otherwise;
}

std::string JsonTree::dump() const {
    std::string out;
    append_json(out, *this);
    return out;
}

void append_json(std::string& out, const JsonTree& tree,
                 void (*write_number)(std::string& out, const JsonTree& number)) {
    bool first = true;
    switch (tree.kind) {
        case JsonTree::Kind::kNull:
            out += "null";
            return;
        case JsonTree::Kind::kNumber:
            if (write_number != nullptr) return write_number(out, tree);
            out += tree.text;
            return;
        case JsonTree::Kind::kBool:
            out += tree.text;
            return;
        case JsonTree::Kind::kString:
            return append_json_string(out, tree.text);
        case JsonTree::Kind::kArray:
            out += '[';
            for (const JsonTree& item : tree.items) {
                if (!std::exchange(first, false)) out += ',';
                append_json(out, item, write_number);
            }
            out += ']';
            return;
        case JsonTree::Kind::kObject:
            out += '{';
            for (const auto& [name, member] : tree.members) {
                if (!std::exchange(first, false)) out += ',';
                append_json_string(out, name);
                out += ':';
                append_json(out, member, write_number);
            }
            out += '}';
            return;
    }
}

std::string big_decimal_text(const std::string& text) {
    size_t e = text.find_first_of("eE");
    if (e == std::string::npos && text.find("0.00000") == std::string::npos) {
        // BigDecimal has no negative zero.
        const bool zero = text[0] == '-' && text.find_first_of("123456789") == std::string::npos;
        return zero ? text.substr(1) : text;
    }
    int64_t exponent = e == std::string::npos ? 0 : std::strtoll(text.c_str() + e + 1, nullptr, 10);
    std::string digits;
    bool negative = text[0] == '-';
    int64_t scale = 0;
    bool point = false;
    for (char c : text.substr(0, e)) {
        if (c == '.') point = true;
        if (c < '0' || c > '9') continue;
        digits += c;
        if (point) ++scale;
    }
    scale -= exponent;
    size_t zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    digits.erase(0, zeros);
    int64_t adjusted = static_cast<int64_t>(digits.size()) - 1 - scale;
    std::string out = negative && digits != "0" ? "-" : "";
    if (scale >= 0 && adjusted >= -6) {
        if (scale == 0) return out + digits;
        if (static_cast<int64_t>(digits.size()) <= scale)
            digits.insert(0, static_cast<size_t>(scale) + 1 - digits.size(), '0');
        digits.insert(digits.size() - static_cast<size_t>(scale), ".");
        return out + digits;
    }
    out += digits[0];
    if (digits.size() > 1) out += "." + digits.substr(1);
    return out + "E" + (adjusted >= 0 ? "+" : "") + std::to_string(adjusted);
}

std::optional<JsonTree> parse_json_tree(std::string_view text, std::string* error) {
    JsonParser parser(text);
    try {
        JsonTree tree = parser.value();
        if (!parser.at_end()) parser.fail("something follows the value");
        return tree;
    } catch (const JsonParser::Fault& fault) {
        if (error != nullptr) *error = fault.why + (" at byte " + std::to_string(fault.at));
        return std::nullopt;
    }
}

std::optional<JsonTree> first_json_value(std::string_view text) {
    JsonParser parser(text);
    if (parser.at_end()) return std::nullopt;
    try {
        return parser.value();
    } catch (const JsonParser::Fault& fault) {
        throw RowError("Invalid JSON format: " + std::string(fault.why) + " at " +
                       std::to_string(fault.at) + " in " + std::string(text));
    }
}

}  // namespace millrace
