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

std::string cell_text(const JsonTree& value) {
    std::string out;
    switch (value.kind) {
        case JsonTree::Kind::kNull:
            return "null";
        case JsonTree::Kind::kBool:
        case JsonTree::Kind::kString:
            return value.text;
        case JsonTree::Kind::kNumber:
            return value.is_integer() ? value.text : big_decimal_text(value.text);
        case JsonTree::Kind::kArray:
            for (const JsonTree& item : value.items) {
                out += (out.empty() ? "" : ", ") + cell_text(item);
            }
            return "[" + out + "]";
        case JsonTree::Kind::kObject:
            for (const auto& [name, member] : value.members) {
                out += (out.empty() ? "" : ", ") + name + "=" + cell_text(member);
            }
            return "{" + out + "}";
    }
    return out;
}

}  // namespace millrace::cli
