#include "engine/base/text.h"

#include <array>
#include <cstdint>

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

}  // namespace millrace
