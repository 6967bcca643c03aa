#include "engine/sql/odd_character.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "engine/base/unicode.h"

namespace millrace::sql {
namespace {

struct OddCharacter {
    char32_t code;
    std::string_view name;
    std::string_view instead;
    bool visible = true;
};

constexpr std::string_view kSpace = "a space";
constexpr std::string_view kNothing = "nothing";
constexpr std::string_view kTextQuote = "' round text";
constexpr std::string_view kNameQuote = "' round text or ` round a name";

/// What editors, web pages and chats make of plain characters.
constexpr OddCharacter kOddCharacters[] = {
    {0x00A0, "no-break space", kSpace, false},
    {0x00AD, "soft hyphen", kNothing, false},
    {0x00B4, "acute accent", "' round text"},
    {0x00D7, "multiplication sign", "*"},
    {0x00F7, "division sign", "/"},
    {0x2002, "en space", kSpace, false},
    {0x2003, "em space", kSpace, false},
    {0x2007, "figure space", kSpace, false},
    {0x2009, "thin space", kSpace, false},
    {0x200A, "hair space", kSpace, false},
    {0x200B, "zero width space", kNothing, false},
    {0x200C, "zero width non-joiner", kNothing, false},
    {0x200D, "zero width joiner", kNothing, false},
    {0x200E, "left-to-right mark", kNothing, false},
    {0x200F, "right-to-left mark", kNothing, false},
    {0x2013, "en dash", "-"},
    {0x2014, "em dash", "-"},
    {0x2018, "left single quotation mark", kTextQuote},
    {0x2019, "right single quotation mark", kTextQuote},
    {0x201A, "single low quotation mark", kTextQuote},
    {0x201C, "left double quotation mark", kNameQuote},
    {0x201D, "right double quotation mark", kNameQuote},
    {0x201E, "double low quotation mark", kNameQuote},
    {0x2026, "ellipsis", "..."},
    {0x2028, "line separator", "a line end", false},
    {0x202F, "narrow no-break space", kSpace, false},
    {0x2060, "word joiner", kNothing, false},
    {0x2212, "minus sign", "-"},
    {0x2260, "not equal to", "<>"},
    {0x2264, "less-than or equal to", "<="},
    {0x2265, "greater-than or equal to", ">="},
    {0x3000, "ideographic space", kSpace, false},
    {0xFEFF, "byte order mark", kNothing, false},
    {0xFF08, "fullwidth left parenthesis", "("},
    {0xFF09, "fullwidth right parenthesis", ")"},
    {0xFF0C, "fullwidth comma", ","},
    {0xFF1B, "fullwidth semicolon", ";"},
};

}  // namespace

std::string describe_character(std::string_view text, size_t at) {
    size_t end = at;
    const char32_t code = next_code_point(text, end);
    const std::string_view shown = text.substr(at, end - at);
    if (code < 0x80) return std::string(shown);
    const auto number = fmt::format("U+{:04X}", static_cast<uint32_t>(code));
    const auto* odd = std::find_if(std::begin(kOddCharacters), std::end(kOddCharacters),
                                   [code](const OddCharacter& each) { return each.code == code; });
    if (odd == std::end(kOddCharacters))
        return fmt::format("{} ({}). A name with it stands in backticks", shown, number);
    const std::string name = odd->visible ? fmt::format("{} ({}, {})", shown, odd->name, number)
                                          : fmt::format("{} ({})", odd->name, number);
    return fmt::format("{}. Write {} instead", name, odd->instead);
}

}  // namespace millrace::sql
