#include "engine/serde/json_scalar.h"

#include <charconv>
#include <cstring>
#include <limits>

#include "engine/base/bytes.h"
#include "engine/base/text.h"
#include "engine/serde/plain_text.h"

namespace millrace {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

enum class Number : uint8_t { kNone, kInteger, kDecimal };

/// JSON's grammar of numbers, over the whole token.
Number number_kind(std::string_view token) {
    size_t at = 0;
    size_t size = token.size();
    if (at < size && token[at] == '-') ++at;
    if (at == size || !is_digit(token[at])) return Number::kNone;
    if (token[at] == '0') {
        ++at;
    } else {
        while (at < size && is_digit(token[at])) ++at;
    }
    if (at == size) return Number::kInteger;
    if (token[at] == '.') {
        size_t first = ++at;
        while (at < size && is_digit(token[at])) ++at;
        if (at == first) return Number::kNone;
    }
    if (at < size && (token[at] == 'e' || token[at] == 'E')) {
        ++at;
        if (at < size && (token[at] == '+' || token[at] == '-')) ++at;
        size_t first = at;
        while (at < size && is_digit(token[at])) ++at;
        if (at == first) return Number::kNone;
    }
    return at == size ? Number::kDecimal : Number::kNone;
}

/// Low 64 bits of an integer of any length, as BigInteger.longValue.
int64_t wrapped_integer(std::string_view digits) {
    bool negative = digits[0] == '-';
    uint64_t value = 0;
    for (char c : digits.substr(negative ? 1 : 0)) {
        value = value * 10 + static_cast<uint64_t>(c - '0');
    }
    return static_cast<int64_t>(negative ? uint64_t{0} - value : value);
}

template <class T>
JsonRead parse_integer_text(std::string_view text, T& out) {
    if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? JsonRead::kOk : JsonRead::kBadText;
}

/// true, false or null where something else was wanted.
JsonRead classify_other(std::string_view token) {
    if (token == "null") return JsonRead::kNull;
    if (token == "true" || token == "false") return JsonRead::kWrongType;
    return JsonRead::kMalformed;
}

template <class T>
JsonRead read_integer(std::string_view token, std::string& scratch, T& out) {
    // The common case first: up to 18 digits.
    size_t at = token[0] == '-' ? 1 : 0;
    size_t digits = token.size() - at;
    if (digits >= 1 && digits <= 18 && (token[at] != '0' || digits == 1)) {
        int64_t value = 0;
        size_t i = at;
        for (; i < token.size() && is_digit(token[i]); ++i) value = value * 10 + (token[i] - '0');
        if (i == token.size()) {
            out = static_cast<T>(at == 1 ? -value : value);
            return JsonRead::kOk;
        }
    }
    if (token[0] == '"') {
        std::string_view text;
        if (!unquote_json(token, scratch, text)) return JsonRead::kMalformed;
        return parse_integer_text(text, out);
    }
    switch (number_kind(token)) {
        case Number::kInteger:
            out = static_cast<T>(wrapped_integer(token));
            return JsonRead::kOk;
        case Number::kDecimal:
            if (auto decimal = Decimal::parse(token)) {
                out = static_cast<T>(decimal->to_int64());
                return JsonRead::kOk;
            }
            return JsonRead::kTooLarge;
        case Number::kNone:
            break;
    }
    return classify_other(token);
}

JsonRead read_time(std::string_view token, std::string& scratch, int32_t& out) {
    int64_t millis = 0;
    const JsonRead read = read_integer(token, scratch, millis);
    if (read != JsonRead::kOk) return read;
    if (!is_time_of_day(millis)) return JsonRead::kNoTime;
    out = static_cast<int32_t>(millis);
    return JsonRead::kOk;
}

JsonRead parse_double_text(std::string_view text, double& out) {
    bool negative = text.starts_with('-');
    std::string_view word = text;
    if (negative || word.starts_with('+')) word.remove_prefix(1);
    if (word == "NaN") {
        out = std::numeric_limits<double>::quiet_NaN();
        return JsonRead::kOk;
    }
    if (word == "Infinity") {
        out = std::numeric_limits<double>::infinity();
        if (negative) out = -out;
        return JsonRead::kOk;
    }
    if (word.empty() || !(is_digit(word[0]) || word[0] == '.')) return JsonRead::kBadText;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
    if (end != word.data() + word.size()) return JsonRead::kBadText;
    if (error == std::errc::result_out_of_range) {
        // Beyond DOUBLE: infinity or zero, by the place of the first digit.
        auto exact = Decimal::parse(word);
        bool tiny = exact ? exact->precision() - exact->scale() <= 0
                          : word.find("e-") != std::string_view::npos ||
                                word.find("E-") != std::string_view::npos;
        out = tiny ? 0.0 : std::numeric_limits<double>::infinity();
    } else if (error != std::errc()) {
        return JsonRead::kBadText;
    }
    if (negative) out = -out;
    return JsonRead::kOk;
}

/// As Java's parse has it: blanks round the number, a letter of its type behind it.
std::string_view without_java_suffix(std::string_view text) {
    text = java_trim(text);
    const bool typed =
        text.size() > 1 && std::string_view("dDfF").find(text.back()) != std::string_view::npos;
    const char before = typed ? text[text.size() - 2] : '\0';
    if (is_digit(before) || before == '.') text.remove_suffix(1);
    return text;
}

JsonRead read_double(std::string_view token, std::string& scratch, double& out) {
    if (token[0] == '"') {
        std::string_view text;
        if (!unquote_json(token, scratch, text)) return JsonRead::kMalformed;
        return parse_double_text(without_java_suffix(text), out);
    }
    if (number_kind(token) == Number::kNone) return classify_other(token);
    return parse_double_text(token, out);
}

JsonRead read_boolean(std::string_view token, bool& out) {
    if (token == "true" || token == "false") {
        out = token[0] == 't';
        return JsonRead::kOk;
    }
    if (token == "null") return JsonRead::kNull;
    return is_json_scalar(token) ? JsonRead::kWrongType : JsonRead::kMalformed;
}

JsonRead read_decimal(std::string_view token, const SqlType& type, std::string& scratch,
                      Decimal& out) {
    std::string_view text = token;
    if (token[0] == '"') {
        if (!unquote_json(token, scratch, text)) return JsonRead::kMalformed;
    } else if (number_kind(token) == Number::kNone) {
        return classify_other(token);
    }
    auto exact = Decimal::parse(text);
    if (!exact) {
        bool number = token[0] != '"' || number_kind(text) != Number::kNone;
        return number ? JsonRead::kTooLarge : JsonRead::kBadText;
    }
    auto fitted = exact->fit(type.precision(), type.scale(), Rounding::kUnnecessary);
    if (!fitted) return JsonRead::kTooLarge;
    out = *fitted;
    return JsonRead::kOk;
}

/// STRING takes any scalar as its text.
JsonRead read_text(std::string_view token, std::string& scratch, std::string_view& out) {
    if (token[0] == '"') {
        return unquote_json(token, scratch, out) ? JsonRead::kOk : JsonRead::kMalformed;
    }
    if (token == "null") return JsonRead::kNull;
    switch (number_kind(token)) {
        case Number::kNone:
            out = token;
            return classify_other(token) == JsonRead::kWrongType ? JsonRead::kOk
                                                                 : JsonRead::kMalformed;
        case Number::kInteger:
            out = token == "-0" ? token.substr(1) : token;
            return JsonRead::kOk;
        case Number::kDecimal:
            break;
    }
    // Numbers with a fraction or an exponent go through BigDecimal: 1e5 becomes 1E+5.
    auto decimal = Decimal::parse(token);
    scratch = decimal ? decimal->to_string() : std::string(token);
    out = scratch;
    return JsonRead::kOk;
}

JsonRead read_bytes(std::string_view token, std::string& scratch, std::string_view& out) {
    if (token[0] != '"') {
        if (token == "null") return JsonRead::kNull;
        return is_json_scalar(token) ? JsonRead::kWrongType : JsonRead::kMalformed;
    }
    std::string_view text;
    if (!unquote_json(token, scratch, text)) return JsonRead::kMalformed;
    auto bytes = base64_decode(text);
    if (!bytes) return JsonRead::kBadText;
    scratch = *std::move(bytes);
    out = scratch;
    return JsonRead::kOk;
}

/// Four hex digits at `text[at]`.
bool read_hex4(std::string_view text, size_t at, unsigned& out) {
    if (at + 4 > text.size()) return false;
    auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 4, out, 16);
    return error == std::errc() && end == text.data() + at + 4;
}

void append_code_point(std::string& out, unsigned code) {
    auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6));
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3F));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

/// \uXXXX at `at` (behind the u); a lone surrogate becomes U+FFFD.
bool append_unicode_escape(std::string& out, std::string_view text, size_t& at) {
    unsigned code = 0;
    if (!read_hex4(text, at, code)) return false;
    at += 4;
    if (code >= 0xD800 && code < 0xDC00 && text.substr(at).starts_with("\\u")) {
        unsigned low = 0;
        if (!read_hex4(text, at + 2, low)) return false;
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
    }
    if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
    append_code_point(out, code);
    return true;
}

bool unescape(std::string_view text, std::string& out) {
    out.clear();
    size_t at = 0;
    while (at < text.size()) {
        size_t mark = text.find('\\', at);
        if (mark == std::string_view::npos) mark = text.size();
        std::string_view plain = text.substr(at, mark - at);
        if (plain.find('"') != std::string_view::npos) return false;
        out += plain;
        at = mark + 1;
        if (mark == text.size()) break;
        if (at == text.size()) return false;
        switch (text[at++]) {
            case '"':
                out += '"';
                break;
            case '\\':
                out += '\\';
                break;
            case '/':
                out += '/';
                break;
            case 'b':
                out += '\b';
                break;
            case 'f':
                out += '\f';
                break;
            case 'n':
                out += '\n';
                break;
            case 'r':
                out += '\r';
                break;
            case 't':
                out += '\t';
                break;
            case 'u':
                if (!append_unicode_escape(out, text, at)) return false;
                break;
            default:
                return false;
        }
    }
    return true;
}

}  // namespace

bool is_json_scalar(std::string_view token) {
    if (token.empty()) return false;
    if (token[0] == '"') return token.size() >= 2 && token.back() == '"';
    if (token[0] == '-' || is_digit(token[0])) return number_kind(token) != Number::kNone;
    return token == "true" || token == "false" || token == "null";
}

bool unquote_json(std::string_view token, std::string& scratch, std::string_view& out) {
    if (token.size() < 2 || token[0] != '"' || token.back() != '"') return false;
    std::string_view inner = token.substr(1, token.size() - 2);
    if (inner.empty() || std::memchr(inner.data(), '\\', inner.size()) == nullptr) {
        if (!inner.empty() && std::memchr(inner.data(), '"', inner.size()) != nullptr) return false;
        out = inner;
        return true;
    }
    if (!unescape(inner, scratch)) return false;
    out = scratch;
    return true;
}

JsonRead read_json_scalar(std::string_view token, const SqlType& type, std::string& scratch,
                          Value& out) {
    Column column(type.is(BaseType::kDecimal) ? SqlType::decimal(type.precision(), type.scale())
                                              : SqlType::of(type.base()));
    column.resize(1);
    JsonRead read = read_json_scalar(token, scratch, column, 0);
    out = column.get(0);
    return read;
}

JsonRead read_json_scalar(std::string_view token, std::string& scratch, Column& column,
                          size_t row) {
    if (token.empty()) return JsonRead::kMalformed;
    JsonRead read = JsonRead::kMalformed;
    switch (column.physical()) {
        case PhysicalType::kBool: {
            bool value = false;
            read = read_boolean(token, value);
            if (read == JsonRead::kOk) column.set_bool(row, value);
            break;
        }
        case PhysicalType::kInt: {
            int32_t value = 0;
            read = column.type().is(BaseType::kTime) ? read_time(token, scratch, value)
                                                     : read_integer(token, scratch, value);
            if (read == JsonRead::kOk) column.set_int(row, value);
            break;
        }
        case PhysicalType::kLong: {
            int64_t value = 0;
            read = read_integer(token, scratch, value);
            if (read == JsonRead::kOk) column.set_long(row, value);
            break;
        }
        case PhysicalType::kDouble: {
            double value = 0;
            read = read_double(token, scratch, value);
            if (read == JsonRead::kOk) column.set_double(row, value);
            break;
        }
        case PhysicalType::kText: {
            std::string_view value;
            read = column.type().is(BaseType::kString) ? read_text(token, scratch, value)
                                                       : read_bytes(token, scratch, value);
            if (read == JsonRead::kOk) column.set_text(row, value);
            break;
        }
        case PhysicalType::kValue: {
            Decimal value;
            read = read_decimal(token, column.type(), scratch, value);
            if (read == JsonRead::kOk) column.set_ref(row, value);
            break;
        }
    }
    if (read == JsonRead::kNull) column.set_null(row);
    return read;
}

std::string_view json_node_name(std::string_view token) {
    if (token.empty()) return "MissingNode";
    switch (token[0]) {
        case '"':
            return "TextNode";
        case '{':
            return "ObjectNode";
        case '[':
            return "ArrayNode";
        case 't':
        case 'f':
            return "BooleanNode";
        case 'n':
            return "NullNode";
        default:
            break;
    }
    if (number_kind(token) == Number::kDecimal) return "DecimalNode";
    int64_t value = 0;
    auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error != std::errc()) return "BigIntegerNode";
    return value == static_cast<int32_t>(value) ? "IntNode" : "LongNode";
}

}  // namespace millrace
