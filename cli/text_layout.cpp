#include "cli/text_layout.h"

#include <utf8proc.h>

#include <algorithm>
#include <charconv>

namespace millrace::cli {

namespace {

struct Glyph {
    size_t bytes;
    size_t width;
};

/// The character at the front; a broken byte counts as one cell.
Glyph front_glyph(std::string_view text) {
    utf8proc_int32_t point = 0;
    const auto length = static_cast<utf8proc_ssize_t>(text.size());
    const utf8proc_ssize_t used =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), length, &point);
    if (used <= 0) return {1, 1};
    const int width = point == '\t' ? 1 : utf8proc_charwidth(point);
    return {static_cast<size_t>(used), static_cast<size_t>(std::max(width, 0))};
}

}  // namespace

size_t display_width(std::string_view text) {
    size_t width = 0;
    while (!text.empty()) {
        const Glyph glyph = front_glyph(text);
        width += glyph.width;
        text.remove_prefix(glyph.bytes);
    }
    return width;
}

std::string padded(std::string_view text, size_t width) {
    std::string out(text);
    const size_t taken = display_width(text);
    if (taken < width) out.append(width - taken, ' ');
    return out;
}

std::vector<std::string> cut_to_width(std::string_view text, size_t width) {
    std::vector<std::string> pieces(1);
    size_t taken = 0;
    while (!text.empty()) {
        if (text.front() == '\n') {
            pieces.emplace_back();
            taken = 0;
            text.remove_prefix(1);
            continue;
        }
        const Glyph glyph = front_glyph(text);
        if (taken > 0 && taken + glyph.width > width) {
            pieces.emplace_back();
            taken = 0;
        }
        pieces.back().append(text.substr(0, glyph.bytes));
        taken += glyph.width;
        text.remove_prefix(glyph.bytes);
    }
    return pieces;
}

std::vector<std::string> cut_at_blanks(std::string_view text, size_t width) {
    std::vector<std::string> lines;
    for (const std::string& paragraph : split_lines(text)) {
        std::string line;
        std::string_view rest = paragraph;
        while (!rest.empty()) {
            const size_t blank = rest.find(' ');
            const std::string_view word = rest.substr(0, blank);
            if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
                lines.push_back(std::move(line));
                line.clear();
            }
            if (!line.empty()) line += ' ';
            line += word;
            rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    for (;;) {
        const size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        lines.emplace_back(line);
        if (end == std::string_view::npos) return lines;
        text.remove_prefix(end + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) out += separator;
        out += parts[i];
    }
    return out;
}

std::string on_one_line(std::string_view text) {
    std::string out(text);
    std::replace(out.begin(), out.end(), '\n', ' ');
    return out;
}

std::string big_decimal_text(std::string_view number) {
    const size_t mark = number.find_first_of("eE");
    std::string_view digits_part = number.substr(0, mark);
    int64_t exponent = 0;
    if (mark != std::string_view::npos) {
        std::string_view power = number.substr(mark + 1);
        if (!power.empty() && power.front() == '+') power.remove_prefix(1);
        std::from_chars(power.data(), power.data() + power.size(), exponent);
    }
    std::string sign;
    if (!digits_part.empty() && digits_part.front() == '-') {
        sign = "-";
        digits_part.remove_prefix(1);
    }
    std::string digits;  // The unscaled value.
    int64_t scale = -exponent;
    bool after_point = false;
    for (char c : digits_part) {
        if (c == '.') {
            after_point = true;
        } else {
            digits += c;
            scale += after_point ? 1 : 0;
        }
    }
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    if (digits == "0") sign.clear();  // A BigDecimal has no negative zero.
    const auto count = static_cast<int64_t>(digits.size());
    const int64_t adjusted = count - 1 - scale;
    if (scale >= 0 && adjusted >= -6) {
        if (scale == 0) return sign + digits;
        if (scale >= count) digits.insert(0, static_cast<size_t>(scale - count + 1), '0');
        digits.insert(digits.size() - static_cast<size_t>(scale), ".");
        return sign + digits;
    }
    std::string out = sign + digits.substr(0, 1);
    if (count > 1) out += "." + digits.substr(1);
    if (adjusted != 0) out += (adjusted > 0 ? "E+" : "E") + std::to_string(adjusted);
    return out;
}

std::string cell_text(const JsonValue& value) {
    switch (value.kind) {
        case JsonValue::Kind::kNull:
            return "null";
        case JsonValue::Kind::kBool:
        case JsonValue::Kind::kString:
            return value.text;
        case JsonValue::Kind::kNumber:
            return value.text.find_first_of(".eE") == std::string::npos
                       ? value.text
                       : big_decimal_text(value.text);
        case JsonValue::Kind::kArray:
        case JsonValue::Kind::kObject:
            break;
    }
    std::string out = value.is_array() ? "[" : "{";
    for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ", ";
        if (value.is_object()) out += value.names[i] + "=";
        out += cell_text(value.items[i]);
    }
    return out + (value.is_array() ? "]" : "}");
}

}  // namespace millrace::cli
