#include "engine/base/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "engine/base/special_casing.h"

namespace millrace {

bool is_ascii(std::string_view text) {
    uint64_t high = 0;
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        high |= word;
    }
    for (; at < text.size(); ++at) high |= static_cast<unsigned char>(text[at]);
    return (high & 0x8080808080808080u) == 0;
}

char32_t next_code_point(std::string_view text, size_t& at) {
    utf8proc_int32_t code = 0;
    auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                 static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    if (size <= 0 || code < 0) {
        ++at;
        return 0xFFFD;
    }
    at += static_cast<size_t>(size);
    return static_cast<char32_t>(code);
}

std::string_view without_bom(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return text;
}

size_t first_invalid_utf8(std::string_view text) {
    if (is_ascii(text)) return text.size();
    size_t at = 0;
    while (at < text.size()) {
        utf8proc_int32_t code = 0;
        const auto size =
            utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                             static_cast<utf8proc_ssize_t>(text.size() - at), &code);
        if (size <= 0) return at;
        at += static_cast<size_t>(size);
    }
    return at;
}

std::string_view whole_characters(std::string_view text, size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    size_t end = bytes_max;
    while (end > 0 && continues_character(text[end])) --end;
    return text.substr(0, end);
}

bool is_one_code_point(std::string_view text) {
    if (text.empty()) return false;
    size_t end = 0;
    next_code_point(text, end);
    return end == text.size();
}

std::u16string to_utf16(std::string_view utf8) {
    std::u16string out;
    out.reserve(utf8.size());
    for (size_t at = 0; at < utf8.size();) {
        auto c = static_cast<uint32_t>(next_code_point(utf8, at));
        if (c < 0x10000) {
            out += static_cast<char16_t>(c);
        } else {
            c -= 0x10000;
            out += static_cast<char16_t>(0xD800 + (c >> 10));
            out += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
        }
    }
    return out;
}

std::string to_utf8(std::u16string_view utf16) {
    std::string out;
    out.reserve(utf16.size());
    for (size_t i = 0; i < utf16.size(); ++i) {
        uint32_t c = utf16[i];
        if (c >= 0xD800 && c < 0xDC00 && i + 1 < utf16.size() && utf16[i + 1] >= 0xDC00 &&
            utf16[i + 1] < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (utf16[++i] - 0xDC00u);
        } else if (c >= 0xD800 && c < 0xE000) {
            c = '?';
        }
        append_utf8(out, c);
    }
    return out;
}

namespace {

/// ASCII text with the case bit of the 26 letters from `first` on turned over, eight bytes at once.
void append_flipped(std::string& out, std::string_view text, char first) {
    constexpr uint64_t kOnes = 0x0101010101010101u;
    uint64_t reaches_first = kOnes * (0x80u - static_cast<uint64_t>(first));
    uint64_t passes_last = kOnes * (0x80u - static_cast<uint64_t>(first) - 26);
    size_t from = out.size();
    out += text;
    char* data = out.data() + from;
    auto flip = [&](uint64_t word) {
        uint64_t letters = (word + reaches_first) & ~(word + passes_last) & (kOnes << 7);
        return word ^ (letters >> 2);
    };
    size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, data + at, 8);
        word = flip(word);
        std::memcpy(data + at, &word, 8);
    }
    for (; at < text.size(); ++at)
        data[at] = static_cast<char>(flip(static_cast<unsigned char>(data[at])) & 0x7F);
}

const std::u16string_view* long_capital(char32_t c) {
    const auto* found = std::lower_bound(std::begin(kLongCapitals), std::end(kLongCapitals), c,
                                         [](const auto& a, char32_t b) { return a.first < b; });
    return found != std::end(kLongCapitals) && found->first == c ? &found->second : nullptr;
}

bool is_cased(char32_t c) {
    const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
           category == UTF8PROC_CATEGORY_LT;
}

/// Is the letter in [from, to) the last of its word? There its sigma has another form.
bool ends_word(std::string_view text, size_t from, size_t to) {
    if (from == 0) return false;
    size_t before = from - 1;
    while (before > 0 && continues_character(text[before])) --before;
    if (!is_cased(next_code_point(text, before))) return false;
    return to >= text.size() || !is_cased(next_code_point(text, to));
}

}  // namespace

void append_upper(std::string& out, std::string_view text) {
    if (is_ascii(text)) {
        append_flipped(out, text, 'a');
        return;
    }
    for (size_t at = 0; at < text.size();) {
        auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            out += static_cast<char>(byte >= 'a' && byte <= 'z' ? byte - 32 : byte);
            ++at;
            continue;
        }
        char32_t c = next_code_point(text, at);
        const auto* special = long_capital(c);
        if (special) {
            out += to_utf8(*special);
        } else {
            append_utf8(out,
                        static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))));
        }
    }
}

void append_lower(std::string& out, std::string_view text) {
    if (is_ascii(text)) {
        append_flipped(out, text, 'A');
        return;
    }
    for (size_t at = 0; at < text.size();) {
        auto byte = static_cast<unsigned char>(text[at]);
        if (byte < 0x80) {
            out += static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
            ++at;
            continue;
        }
        const size_t from = at;
        char32_t c = next_code_point(text, at);
        if (c == U'\u0130') {
            out += "i\xCC\x87";  // The one letter whose small form is two characters.
        } else if (c == U'\u03A3' && ends_word(text, from, at)) {
            append_utf8(out, U'\u03C2');
        } else {
            append_utf8(out,
                        static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
        }
    }
}

bool is_java_whitespace(char32_t c) {
    if (c < 0x80) return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20);
    if (c == 0xA0 || c == 0x2007 || c == 0x202F) return false;
    auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

}  // namespace millrace
