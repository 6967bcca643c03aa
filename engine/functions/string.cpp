// Strings: case, padding, cutting, joining, searching. Positions count UTF-16 code units.
#include "engine/base/row_meter.h"
#include "engine/base/unicode.h"
#include "engine/functions/families.h"
#include "engine/functions/md5.h"
#include "engine/functions/scalar.h"
#include "engine/functions/text_room.h"
#include "engine/types/casts.h"

namespace millrace::functions {
namespace {

void ucase(std::string& out, std::string_view text) {
    append_upper(out, text);
}
void lcase(std::string& out, std::string_view text) {
    append_lower(out, text);
}

void initcap(std::string& out, std::string_view text) {
    // Words are runs without whitespace; what stands before the first word is dropped.
    bool in_word = false;
    bool any_word = false;
    for (size_t at = 0; at < text.size();) {
        size_t from = at;
        char32_t c = next_code_point(text, at);
        std::string_view piece = text.substr(from, at - from);
        if (is_java_whitespace(c)) {
            if (any_word) out += piece;
            in_word = false;
        } else if (in_word) {
            append_lower(out, piece);
        } else {
            append_upper(out, piece);
            in_word = any_word = true;
        }
    }
}

int32_t len_text(std::string_view text) {
    return static_cast<int32_t>(utf16_length(text));
}
int32_t len_bytes(BytesView bytes) {
    return static_cast<int32_t>(bytes.view.size());
}

std::string replace(std::string_view text, std::string_view old, std::string_view with) {
    std::string out;
    if (old.empty()) {
        // Between all characters and at both ends.
        out += with;
        RowMeter& meter = RowMeter::here();
        for (size_t at = 0; at < text.size();) {
            size_t from = at;
            meter.grow(with.size());
            next_code_point(text, at);
            out += text.substr(from, at - from);
            out += with;
            need_room(out);
        }
        return out;
    }
    size_t from = 0;
    for (size_t hit; (hit = text.find(old, from)) != std::string_view::npos;
         from = hit + old.size()) {
        out += text.substr(from, hit - from);
        if (with.size() > old.size()) RowMeter::here().grow(with.size());
        out += with;
        need_room(out);
    }
    out += text.substr(from);
    return out;
}

/// SUBSTRING's range in units: one-based, negative from the end.
void substring_range(size_t size, int32_t pos, int64_t length, size_t& from, size_t& to) {
    auto n = static_cast<int64_t>(size);
    int64_t start = pos >= 0 ? std::max<int64_t>(pos - 1, 0) : std::max<int64_t>(n + pos, 0);
    start = std::min(start, n);
    int64_t end = std::clamp<int64_t>(start + length, start, n);
    from = static_cast<size_t>(start);
    to = static_cast<size_t>(end);
}

constexpr int64_t kToEnd = int64_t{1} << 40;

void substring_into(std::string& out, std::string_view text, int32_t pos, int64_t length) {
    size_t from, to;
    if (is_ascii(text)) {
        substring_range(text.size(), pos, length, from, to);
        out.append(text, from, to - from);
        return;
    }
    std::u16string wide = to_utf16(text);
    substring_range(wide.size(), pos, length, from, to);
    out += to_utf8(std::u16string_view(wide).substr(from, to - from));
}
void substring3(std::string& out, std::string_view text, int32_t pos, int32_t length) {
    substring_into(out, text, pos, length);
}
void substring2(std::string& out, std::string_view text, int32_t pos) {
    substring_into(out, text, pos, kToEnd);
}
BytesView substring_bytes3(BytesView bytes, int32_t pos, int32_t length) {
    size_t from, to;
    substring_range(bytes.view.size(), pos, length, from, to);
    return {bytes.view.substr(from, to - from)};
}
BytesView substring_bytes2(BytesView bytes, int32_t pos) {
    size_t from, to;
    substring_range(bytes.view.size(), pos, kToEnd, from, to);
    return {bytes.view.substr(from, to - from)};
}

/// `text` brought to `size` units with `padding` on one side; too long: its first units.
template <class Text>
Text padded(const Text& text, size_t size, const Text& padding, bool left) {
    if (text.size() >= size) return text.substr(0, size);
    Text fill;
    size_t missing = size - text.size();
    while (fill.size() < missing) fill += padding;
    fill.resize(missing);
    return left ? fill + text : text + fill;
}

/// Above this a text of so many units is asked for, with what it takes while it is put together.
constexpr int32_t kSmallPadded = 4096;

void expect_padded(int32_t size, size_t unit_bytes) {
    if (size > kSmallPadded) RowMeter::here().grow(3 * unit_bytes * static_cast<size_t>(size));
}

Fallible<std::optional<std::string>> pad(std::string_view text, int32_t size,
                                         std::string_view padding, bool left) {
    if (size < 0 || padding.empty()) return std::optional<std::string>();
    const bool ascii = is_ascii(text) && is_ascii(padding);
    expect_padded(size, ascii ? 1 : sizeof(char16_t));
    if (ascii)
        return std::optional(
            padded(std::string(text), static_cast<size_t>(size), std::string(padding), left));
    return std::optional(
        to_utf8(padded(to_utf16(text), static_cast<size_t>(size), to_utf16(padding), left)));
}
Fallible<std::optional<std::string>> lpad(std::string_view text, int32_t size,
                                          std::string_view padding) {
    return pad(text, size, padding, true);
}
Fallible<std::optional<std::string>> rpad(std::string_view text, int32_t size,
                                          std::string_view padding) {
    return pad(text, size, padding, false);
}
Fallible<std::optional<Bytes>> pad_bytes(BytesView bytes, int32_t size, BytesView padding,
                                         bool left) {
    if (size < 0 || padding.view.empty()) return std::optional<Bytes>();
    expect_padded(size, 1);
    return std::optional(Bytes{padded(std::string(bytes.view), static_cast<size_t>(size),
                                      std::string(padding.view), left)});
}
Fallible<std::optional<Bytes>> lpad_bytes(BytesView bytes, int32_t size, BytesView padding) {
    return pad_bytes(bytes, size, padding, true);
}
Fallible<std::optional<Bytes>> rpad_bytes(BytesView bytes, int32_t size, BytesView padding) {
    return pad_bytes(bytes, size, padding, false);
}

/// Texts or bytes one after the other, straight into the column's arena; NULL counts as empty.
class ConcatKernel final : public ScalarKernel {
public:
    explicit ConcatKernel(const CallTypes&) {}
    void evaluate(const CallArguments& arguments, size_t rows, const EvalEnv&, RowErrors&,
                  Column& output) const override {
        output.reserve(rows);
        Arena& arena = output.arena();
        for (size_t row = 0; row < rows; ++row) {
            size_t size = 0;
            for (const Column* part : arguments.columns)
                if (!part->is_null(row)) size += part->text_at(row).size();
            char* room = size > 0 ? arena.allocate(size) : nullptr;
            char* next = room;
            for (const Column* part : arguments.columns) {
                if (part->is_null(row)) continue;
                std::string_view text = part->text_at(row);
                next = std::copy(text.begin(), text.end(), next);
            }
            output.append_text_view({room, size});
        }
    }
};

void concat_ws(std::string& out, std::string_view separator, Rest<std::string_view> parts) {
    if (parts.size() == 0)
        throw RowError("Function Concat_WS expects at least two input arguments.");
    bool first = true;
    for (size_t i = 0; i < parts.size(); ++i) {
        if (parts.is_null(i)) continue;
        if (!first) out += separator;
        first = false;
        out += parts[i];
    }
}
Fallible<Bytes> concat_ws_bytes(BytesView separator, Rest<BytesView> parts) {
    if (parts.size() == 0)
        return Failure{"Function Concat_WS expects at least two input arguments."};
    Bytes out;
    bool first = true;
    for (size_t i = 0; i < parts.size(); ++i) {
        if (parts.is_null(i)) continue;
        if (!first) out.bytes += separator.view;
        first = false;
        out.bytes += parts[i].view;
    }
    return out;
}

std::optional<std::string_view> elt(Required<int32_t> n, Rest<std::string_view> parts) {
    if (n.value < 1 || static_cast<size_t>(n.value) > parts.size()) return std::nullopt;
    auto index = static_cast<size_t>(n.value - 1);
    if (parts.is_null(index)) return std::nullopt;
    return parts[index];
}
int32_t field(std::optional<std::string_view> text, Rest<std::string_view> parts) {
    if (!text) return 0;
    for (size_t i = 0; i < parts.size(); ++i)
        if (!parts.is_null(i) && parts[i] == *text) return static_cast<int32_t>(i + 1);
    return 0;
}

/// One-based unit position of the n-th occurrence, searching from `pos`, or 0.
template <class Text>
int32_t nth_occurrence(Text text, Text part, int32_t pos, int32_t occurrence) {
    auto size = static_cast<int64_t>(text.size());
    if (pos > size || -static_cast<int64_t>(pos) > size || occurrence < 1) return 0;
    if (pos >= 0) {
        size_t at = pos == 0 ? 0 : static_cast<size_t>(pos - 1);
        for (;; ++at) {
            at = text.find(part, at);
            if (at == Text::npos) return 0;
            if (--occurrence == 0) return static_cast<int32_t>(at + 1);
        }
    }
    auto at = static_cast<size_t>(size + pos);
    for (;; --at) {
        at = text.rfind(part, at);
        if (at == Text::npos) return 0;
        if (--occurrence == 0) return static_cast<int32_t>(at + 1);
        if (at == 0) return 0;
    }
}

int32_t instr4(std::optional<std::string_view> text, std::optional<std::string_view> part,
               Required<int32_t> pos, Required<int32_t> occurrence) {
    if (!text || !part) return 0;
    if (is_ascii(*text)) return nth_occurrence(*text, *part, pos.value, occurrence.value);
    std::u16string wide = to_utf16(*text);
    std::u16string wide_part = to_utf16(*part);
    return nth_occurrence<std::u16string_view>(wide, wide_part, pos.value, occurrence.value);
}
int32_t instr3(std::optional<std::string_view> text, std::optional<std::string_view> part,
               Required<int32_t> pos) {
    return instr4(text, part, pos, {1});
}
int32_t instr2(std::optional<std::string_view> text, std::optional<std::string_view> part) {
    return instr4(text, part, {1}, {1});
}

std::string md5(std::string_view text) {
    return md5_hex(text);
}

std::optional<std::string> chr_of_int(int32_t code) {
    if (code < 0 || code > 0x10FFFF) return std::nullopt;
    std::string out;
    append_utf8(out, code >= 0xD800 && code < 0xE000 ? U'?' : static_cast<char32_t>(code));
    return out;
}

/// Java's escapes: \uXXXX, \n, octal and so on.
std::optional<std::string> chr_of_text(std::string_view text) {
    if (text.size() < 6 || text.substr(0, 2) != "\\u") return std::nullopt;
    std::u16string out;
    for (size_t i = 0; i < text.size();) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += static_cast<char16_t>(static_cast<unsigned char>(text[i++]));
            continue;
        }
        char kind = text[++i];
        ++i;
        if (kind == 'u') {
            while (i < text.size() && text[i] == 'u') ++i;
            if (i + 4 > text.size()) throw RowError("Less than 4 hex digits in unicode value");
            unsigned code = 0;
            for (size_t k = 0; k < 4; ++k) {
                char c = text[i + k];
                unsigned digit = c >= '0' && c <= '9'   ? static_cast<unsigned>(c - '0')
                                 : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10)
                                 : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10)
                                                        : 99u;
                if (digit == 99u) throw RowError("Unable to parse unicode value");
                code = code * 16 + digit;
            }
            out += static_cast<char16_t>(code);
            i += 4;
        } else {
            out += kind == 'n'   ? u'\n'
                   : kind == 't' ? u'\t'
                   : kind == 'r' ? u'\r'
                   : kind == 'b' ? u'\b'
                   : kind == 'f' ? u'\f'
                                 : static_cast<char16_t>(kind);
        }
    }
    return to_utf8(out);
}

}  // namespace

void add_string_functions(FunctionRegistry& registry) {
    Family f(registry, "STRING");
    f.scalar("UCASE", "The text in upper case.", &ucase, {"text"});
    f.scalar("LCASE", "The text in lower case.", &lcase, {"text"});
    f.scalar("INITCAP", "Capitalises the first letter of each word, the rest in lower case.",
             &initcap, {"str"});
    f.scalar("LEN", "Number of characters of a text.", &len_text, {"text"});
    f.scalar("LEN", "Number of bytes.", &len_bytes, {"bytes"});
    f.scalar("TRIM", "The text without blanks at both ends.", &java_trim, {"input"});
    f.scalar("REPLACE", "Replaces every occurrence of one text in another.", &replace,
             {"str", "oldStr", "newStr"});
    f.scalar("SUBSTRING", "Part of a text from a position on, of a length.", &substring3,
             {"str", "pos", "length"});
    f.scalar("SUBSTRING", "Part of bytes from a position on, of a length.", &substring_bytes3,
             {"bytes", "pos", "length"});
    f.scalar("SUBSTRING", "Part of bytes from a position on.", &substring_bytes2, {"bytes", "pos"});
    f.scalar("SUBSTRING", "Part of a text from a position on.", &substring2, {"str", "pos"});
    f.scalar("LPAD", "Pads on the left up to a length.", &lpad, {"input", "targetLen", "padding"});
    f.scalar("LPAD", "Pads on the left up to a length.", &lpad_bytes,
             {"input", "targetLen", "padding"});
    f.scalar("RPAD", "Pads on the right up to a length.", &rpad, {"input", "targetLen", "padding"});
    f.scalar("RPAD", "Pads on the right up to a length.", &rpad_bytes,
             {"input", "targetLen", "padding"});
    f.kernel<ConcatKernel>("CONCAT", "Joins texts; NULL counts as empty.",
                           "(STRING... inputs) -> STRING");
    f.kernel<ConcatKernel>("CONCAT", "Joins bytes; NULL counts as empty.",
                           "(BYTES... inputs) -> BYTES");
    f.scalar("CONCAT_WS", "Joins texts with a separator; NULL is left out.", &concat_ws,
             {"separator", "inputs"});
    f.scalar("CONCAT_WS", "Joins bytes with a separator; NULL is left out.", &concat_ws_bytes,
             {"separator", "inputs"});
    f.scalar("ELT", "The n-th of the texts, counted from 1.", &elt, {"n", "args"});
    f.scalar("FIELD", "Position of a text among the others, 0 when it is not there.", &field,
             {"str", "args"});
    f.scalar("INSTR", "Position of a text in another, 0 when it is not there.", &instr2,
             {"str", "substring"});
    f.scalar("INSTR", "The same, searching from a position on (negative: backwards).", &instr3,
             {"str", "substring", "position"});
    f.scalar("INSTR", "The same, of the n-th occurrence.", &instr4,
             {"str", "substring", "position", "occurrence"});
    f.scalar("MD5", "MD5 of the text's UTF-8 bytes, in hexadecimal.", &md5, {"s"});
    f.scalar("CHR", "The character of a code point.", &chr_of_int, {"decimalCode"});
    f.scalar("CHR", "The character of an escape such as \\u0041.", &chr_of_text, {"utf16Code"});
}

}  // namespace millrace::functions
