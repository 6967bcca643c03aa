#include "engine/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

namespace millrace {
namespace {

constexpr std::array<uint8_t, 256> kNeedsEscape = [] {
    std::array<uint8_t, 256> table{};
    for (size_t i = 0; i < 0x20; ++i) table[i] = 1;
    table['"'] = 1;
    table['\\'] = 1;
    return table;
}();

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\t':
            out += "\\t";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\r':
            out += "\\r";
            return;
        default:
            break;
    }
    constexpr char kHex[] = "0123456789ABCDEF";
    out += "\\u00";
    out += kHex[(static_cast<unsigned char>(c) >> 4) & 0xF];
    out += kHex[static_cast<unsigned char>(c) & 0xF];
}

}  // namespace

std::string upper_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool starts_with_any_case(std::string_view text, std::string_view prefix) {
    return lower_ascii(text.substr(0, prefix.size())) == lower_ascii(prefix);
}

std::string_view trim(std::string_view text, std::string_view blanks) {
    const size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return text.substr(text.size());
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view java_trim(std::string_view text) {
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    while (true) {
        const size_t at = text.find(separator);
        pieces.push_back(trim(text.substr(0, at)));
        if (at == std::string_view::npos) return pieces;
        text.remove_prefix(at + 1);
    }
}

size_t edit_distance(std::string_view a, std::string_view b) {
    // Rows i - 2, i - 1 and i of the table.
    std::vector<size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        before.swap(above);
        above.swap(row);
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min(
                {above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), above[j] + 1, row[j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[b.size()];
}

void append_utf8(std::string& out, char32_t code_point) {
    const auto c = static_cast<uint32_t>(code_point);
    auto rest = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        rest(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        rest(6);
        rest(0);
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        rest(12);
        rest(6);
        rest(0);
    }
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    size_t begin = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if (kNeedsEscape[static_cast<unsigned char>(text[i])] == 0) [[likely]] {
            continue;
        }
        out.append(text, begin, i - begin);
        append_escaped(out, text[i]);
        begin = i + 1;
    }
    out.append(text, begin, text.size() - begin);
    out += '"';
}

std::string quoted_json(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace millrace
