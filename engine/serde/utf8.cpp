#include "engine/serde/utf8.h"

#include <simdjson.h>

namespace millrace {
namespace {

/// Length of the well-formed sequence at the front, or 0; then `bad` is how many bytes one U+FFFD
/// stands for: the longest prefix of a well-formed sequence, at least one byte.
size_t sequence_length(std::string_view text, size_t& bad) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned lead = byte(0);
    bad = 1;
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    size_t length = lead < 0xE0 ? 2 : (lead < 0xF0 ? 3 : 4);
    for (size_t i = 1; i < length; ++i) {
        if (i >= text.size()) return 0;
        unsigned low = 0x80;
        unsigned high = 0xBF;
        if (i == 1) {
            if (lead == 0xE0) low = 0xA0;
            if (lead == 0xED) high = 0x9F;
            if (lead == 0xF0) low = 0x90;
            if (lead == 0xF4) high = 0x8F;
        }
        if (byte(i) < low || byte(i) > high) return 0;
        bad = i + 1;
    }
    return length;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
    return simdjson::validate_utf8(text.data(), text.size());
}

std::string repair_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 8);
    while (!text.empty()) {
        size_t bad = 1;
        size_t length = sequence_length(text, bad);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
            text.remove_prefix(bad);
        } else {
            out.append(text.substr(0, length));
            text.remove_prefix(length);
        }
    }
    return out;
}

void append_utf8(Column& column, std::string_view text) {
    if (is_valid_utf8(text)) {
        column.append_text(text);
    } else {
        column.append_text(repair_utf8(text));
    }
}

}  // namespace millrace
