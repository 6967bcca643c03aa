#include "engine/functions/json.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "engine/base/bytes.h"
#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/functions/text.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

constexpr int kDepthMax = 1000;

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    bool at_end() {
        while (at_ < text_.size() &&
               std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
            ++at_;
        return at_ == text_.size();
    }

    Json value() {
        if (++depth_ > kDepthMax) fail("nested too deeply");
        if (at_end()) fail("unexpected end");
        Json out;
        char c = text_[at_];
        if (c == '{') {
            object(out);
        } else if (c == '[') {
            array(out);
        } else if (c == '"') {
            out.kind = Json::Kind::kString;
            out.text = string();
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            number(out);
        } else if (word("true")) {
            out.kind = Json::Kind::kTrue;
        } else if (word("false")) {
            out.kind = Json::Kind::kFalse;
        } else if (!word("null")) {
            fail("unexpected character");
        }
        --depth_;
        return out;
    }

private:
    [[noreturn]] void fail(const char* why) const {
        throw RowError("Invalid JSON format: " + std::string(why) + " at " + std::to_string(at_) +
                       " in " + std::string(text_));
    }
    bool word(std::string_view wanted) {
        if (text_.substr(at_, wanted.size()) != wanted) return false;
        size_t end = at_ + wanted.size();
        if (end < text_.size() &&
            (std::isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '_'))
            return false;
        at_ = end;
        return true;
    }
    void expect(char c) {
        if (at_end() || text_[at_] != c) fail("unexpected character");
        ++at_;
    }

    void object(Json& out) {
        out.kind = Json::Kind::kObject;
        ++at_;
        if (!at_end() && text_[at_] == '}') {
            ++at_;
            return;
        }
        while (true) {
            if (at_end() || text_[at_] != '"') fail("expected a name");
            std::string name = string();
            expect(':');
            Json member = value();
            auto known = std::find_if(out.members.begin(), out.members.end(),
                                      [&](const auto& m) { return m.first == name; });
            if (known == out.members.end()) {
                out.members.emplace_back(std::move(name), std::move(member));
            } else {
                known->second = std::move(member);
            }
            if (at_end()) fail("unexpected end");
            if (text_[at_++] == '}') return;
            if (text_[at_ - 1] != ',') fail("unexpected character");
        }
    }

    void array(Json& out) {
        out.kind = Json::Kind::kArray;
        ++at_;
        if (!at_end() && text_[at_] == ']') {
            ++at_;
            return;
        }
        while (true) {
            out.items.push_back(value());
            if (at_end()) fail("unexpected end");
            if (text_[at_++] == ']') return;
            if (text_[at_ - 1] != ',') fail("unexpected character");
        }
    }

    void digits() {
        size_t from = at_;
        while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
        if (at_ == from) fail("expected a digit");
    }
    void number(Json& out) {
        size_t from = at_;
        out.kind = Json::Kind::kInteger;
        if (text_[at_] == '-') ++at_;
        size_t first = at_;
        digits();
        if (text_[first] == '0' && at_ - first > 1) fail("leading zero");
        if (at_ < text_.size() && text_[at_] == '.') {
            out.kind = Json::Kind::kDecimal;
            ++at_;
            digits();
        }
        if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
            out.kind = Json::Kind::kDecimal;
            ++at_;
            if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
            const size_t exponent = at_;
            digits();
            // BigDecimal keeps it in 32 bits.
            if (at_ - exponent > 9) fail("exponent out of range");
        }
        out.text = text_.substr(from, at_ - from);
        if (at_ < text_.size() &&
            (std::isalpha(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.'))
            fail("unexpected character");
    }

    char16_t hex4() {
        if (at_ + 4 > text_.size()) fail("unexpected end");
        unsigned out = 0;
        for (int i = 0; i < 4; ++i) {
            char c = text_[at_++];
            if (!std::isxdigit(static_cast<unsigned char>(c))) fail("bad escape");
            out = out * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        return static_cast<char16_t>(out);
    }
    std::string string() {
        std::string out;
        ++at_;
        while (true) {
            if (at_ == text_.size()) fail("unexpected end");
            char c = text_[at_++];
            if (c == '"') return out;
            if (static_cast<unsigned char>(c) < 0x20) fail("control character in a string");
            if (c != '\\') {
                out += c;
                continue;
            }
            if (at_ == text_.size()) fail("unexpected end");
            escape(out, text_[at_++]);
        }
    }
    void escape(std::string& out, char c) {
        constexpr std::string_view kFrom = "\"\\/bfnrt";
        constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
        size_t simple = kFrom.find(c);
        if (simple != std::string_view::npos) {
            out += kTo[simple];
            return;
        }
        if (c != 'u') fail("bad escape");
        std::u16string units(1, hex4());
        if (units[0] >= 0xD800 && units[0] < 0xDC00 && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            units += hex4();
        }
        out += to_utf8(units);
    }

    std::string_view text_;
    size_t at_ = 0;
    int depth_ = 0;
};

/// A decimal's digits as java.math.BigDecimal.toString writes them.
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

}  // namespace

const Json* Json::member(std::string_view name) const {
    for (const auto& [known, value] : members)
        if (known == name) return &value;
    return nullptr;
}

std::optional<Json> parse_json(std::string_view text) {
    Parser parser(text);
    if (parser.at_end()) return std::nullopt;
    return parser.value();
}

void write_json(std::string& out, const Json& json) {
    bool first = true;
    switch (json.kind) {
        case Json::Kind::kNull:
            out += "null";
            break;
        case Json::Kind::kTrue:
            out += "true";
            break;
        case Json::Kind::kFalse:
            out += "false";
            break;
        case Json::Kind::kInteger:
            out += json.text == "-0" ? "0" : json.text;
            break;
        case Json::Kind::kDecimal:
            out += big_decimal_text(json.text);
            break;
        case Json::Kind::kString:
            append_json_string(out, json.text);
            break;
        case Json::Kind::kArray:
            out += '[';
            for (const Json& item : json.items) {
                if (!first) out += ',';
                first = false;
                write_json(out, item);
            }
            out += ']';
            break;
        case Json::Kind::kObject:
            out += '{';
            for (const auto& [name, member] : json.members) {
                if (!first) out += ',';
                first = false;
                append_json_string(out, name);
                out += ':';
                write_json(out, member);
            }
            out += '}';
            break;
    }
}

std::string json_text(const Json& json) {
    std::string out;
    write_json(out, json);
    return out;
}

namespace {

/// An object with its names in alphabetical order.
void write_sorted(std::string& out, std::vector<std::pair<std::string, std::string>> members) {
    std::sort(members.begin(), members.end(),
              [](const auto& a, const auto& b) { return compare_utf16(a.first, b.first) < 0; });
    out += '{';
    for (size_t i = 0; i < members.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, members[i].first);
        out += ':';
        out += members[i].second;
    }
    out += '}';
}

}  // namespace

void write_json_value(std::string& out, const Value& value, const SqlType& type) {
    if (value.is_null()) {
        out += "null";
        return;
    }
    switch (type.base()) {
        case BaseType::kString:
            return append_json_string(out, value.as_string());
        case BaseType::kBytes:
            return append_json_string(out, base64_encode(value.as_string()));
        case BaseType::kDate:
        case BaseType::kTime:
        case BaseType::kTimestamp:
            return append_json_string(out, value_to_text(value, type));
        case BaseType::kDecimal:
            out += value.as_decimal().to_plain_string();
            return;
        case BaseType::kDouble:
            if (!std::isfinite(value.as_double()))
                return append_json_string(out, java_double(value.as_double()));
            return append_java_double(out, value.as_double());
        case BaseType::kArray: {
            out += '[';
            bool first = true;
            for (const Value& item : value.as_list()) {
                if (!first) out += ',';
                first = false;
                write_json_value(out, item, *type.element());
            }
            out += ']';
            return;
        }
        case BaseType::kMap: {
            std::vector<std::pair<std::string, std::string>> members;
            for (const auto& [key, item] : value.as_map()) {
                std::string text;
                write_json_value(text, item, *type.map_value());
                members.emplace_back(value_to_text(key, *type.map_key()), std::move(text));
            }
            return write_sorted(out, std::move(members));
        }
        case BaseType::kStruct: {
            std::vector<std::pair<std::string, std::string>> members;
            for (size_t i = 0; i < type.fields().size(); ++i) {
                std::string text;
                write_json_value(text, value.as_list()[i], *type.fields()[i].type);
                members.emplace_back(type.fields()[i].name, std::move(text));
            }
            return write_sorted(out, std::move(members));
        }
        default:
            out += value_to_text(value, type);
    }
}

}  // namespace millrace::functions
