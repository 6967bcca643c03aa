// Bytes and their encodings: ENCODE, TO_BYTES, FROM_BYTES, numbers from bytes, UUID.
#include "engine/base/bytes.h"

#include <bit>
#include <random>

#include "engine/base/unicode.h"
#include "engine/base/uuid.h"
#include "engine/functions/families.h"
#include "engine/functions/scalar.h"

namespace millrace::functions {
namespace {

enum class Encoding { kHex, kUtf8, kAscii, kBase64 };

Encoding encoding_of(std::string_view name) {
    std::string lower;
    append_lower(lower, name);
    if (lower == "hex") return Encoding::kHex;
    if (lower == "utf8") return Encoding::kUtf8;
    if (lower == "ascii") return Encoding::kAscii;
    if (lower == "base64") return Encoding::kBase64;
    throw RowError("Unknown encoding type '" + std::string(name) +
                   "'. Supported formats are 'hex', 'utf8', 'ascii', and 'base64'.");
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes as text; what is no UTF-8 becomes U+FFFD.
std::string decode_utf8(std::string_view bytes) {
    if (is_ascii(bytes)) return std::string(bytes);
    std::string out;
    for (size_t at = 0; at < bytes.size();) append_utf8(out, next_code_point(bytes, at));
    return out;
}
std::string decode_ascii(std::string_view bytes) {
    std::string out;
    for (char c : bytes) {
        if (static_cast<unsigned char>(c) < 0x80) {
            out += c;
        } else {
            out += kReplacement;
        }
    }
    return out;
}
std::string encode_ascii(std::string_view text) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
        char32_t c = next_code_point(text, at);
        out += c < 0x80 ? static_cast<char>(c) : '?';
    }
    return out;
}

std::string bytes_of(std::string_view text, Encoding encoding) {
    switch (encoding) {
        case Encoding::kHex: {
            auto bytes = hex_decode(text);
            if (!bytes) throw RowError("Invalid hexadecimal text: " + std::string(text));
            return *std::move(bytes);
        }
        case Encoding::kUtf8:
            return std::string(text);
        case Encoding::kAscii:
            return encode_ascii(text);
        case Encoding::kBase64: {
            auto bytes = base64_decode(text);
            if (!bytes) throw RowError("Invalid base64 text: " + std::string(text));
            return *std::move(bytes);
        }
    }
    return {};
}

std::string text_of(std::string_view bytes, Encoding encoding, bool upper_hex) {
    switch (encoding) {
        case Encoding::kHex:
            return hex_encode(bytes, upper_hex);
        case Encoding::kUtf8:
            return decode_utf8(bytes);
        case Encoding::kAscii:
            return decode_ascii(bytes);
        case Encoding::kBase64:
            return base64_encode(bytes);
    }
    return {};
}

Bytes to_bytes(std::string_view text, std::string_view encoding) {
    return {bytes_of(text, encoding_of(encoding))};
}
std::string from_bytes(BytesView bytes, std::string_view encoding) {
    return text_of(bytes.view, encoding_of(encoding), true);
}

/// 0xff, X'ff' and plain ff.
std::string plain_hex(std::string_view text) {
    if (text.starts_with("0x")) {
        std::string digits(text.substr(2));
        return digits.size() % 2 ? "0" + digits : digits;
    }
    if (text.size() >= 3 && (text[0] == 'x' || text[0] == 'X') && text[1] == '\'' &&
        text.back() == '\'')
        return std::string(text.substr(2, text.size() - 3));
    return std::string(text);
}

std::string encode(std::string_view text, std::string_view from, std::string_view to) {
    Encoding in = encoding_of(from);
    Encoding out = encoding_of(to);
    if (in == out)
        throw RowError(
            "Supported input and output encodings are: hex, utf8, ascii and base64, and they "
            "must differ");
    return text_of(in == Encoding::kHex ? bytes_of(plain_hex(text), in) : bytes_of(text, in), out,
                   false);
}

/// The bytes as an unsigned number of `Size` bytes.
template <class T>
T number_of(std::string_view bytes, std::optional<std::string_view> order) {
    if (!order) throw RowError("Byte order must be BIG_ENDIAN or LITTLE_ENDIAN");
    std::string name;
    append_upper(name, *order);
    bool big = name == "BIG_ENDIAN";
    if (!big && name != "LITTLE_ENDIAN")
        throw RowError("Byte order must be BIG_ENDIAN or LITTLE_ENDIAN");
    if (bytes.size() != sizeof(T))
        throw RowError("Number of bytes must be equal to " + std::to_string(sizeof(T)) +
                       ", but found " + std::to_string(bytes.size()));
    T out = 0;
    for (size_t i = 0; i < sizeof(T); ++i) {
        size_t at = big ? i : sizeof(T) - 1 - i;
        out = static_cast<T>((out << 8) | static_cast<unsigned char>(bytes[at]));
    }
    return out;
}

int64_t bigint2(BytesView bytes, std::optional<std::string_view> order) {
    return static_cast<int64_t>(number_of<uint64_t>(bytes.view, order));
}
int64_t bigint1(BytesView bytes) {
    return bigint2(bytes, "BIG_ENDIAN");
}
int32_t int2(BytesView bytes, std::optional<std::string_view> order) {
    return static_cast<int32_t>(number_of<uint32_t>(bytes.view, order));
}
int32_t int1(BytesView bytes) {
    return int2(bytes, "BIG_ENDIAN");
}
double double2(BytesView bytes, std::optional<std::string_view> order) {
    return std::bit_cast<double>(number_of<uint64_t>(bytes.view, order));
}
double double1(BytesView bytes) {
    return double2(bytes, "BIG_ENDIAN");
}

std::optional<std::string> uuid_of(std::optional<BytesView> bytes) {
    if (!bytes || bytes->view.size() != 16) return std::nullopt;
    return uuid_text(bytes->view);
}
std::string random_uuid(const CallSite& site) {
    // With a seed (tests, simulation) the same ones come again; without, the system's randomness.
    thread_local std::mt19937_64 engine{std::random_device{}()};
    thread_local const EvalEnv* seeded_by = nullptr;
    if (seeded_by != site.env && site.env->random_seed != 0) engine.seed(site.env->random_seed);
    seeded_by = site.env;
    return millrace::random_uuid(engine);
}

}  // namespace

void add_bytes_functions(FunctionRegistry& registry) {
    Family f(registry, "STRING");
    f.scalar("ENCODE", "Text from one encoding into another: hex, utf8, ascii, base64.", &encode,
             {"str", "inputEncoding", "outputEncoding"});
    f.scalar("TO_BYTES", "The bytes that a text stands for in an encoding.", &to_bytes,
             {"value", "encoding"});
    f.scalar("FROM_BYTES", "Bytes as text in an encoding.", &from_bytes, {"value", "encoding"});
    f.scalar("UUID", "A random UUID.", &random_uuid).not_deterministic();
    f.scalar("UUID", "The UUID of 16 bytes.", &uuid_of, {"bytes"});
    Family c(registry, "CONVERSIONS");
    std::vector<std::string> names = {"value", "byteOrder"};
    c.scalar("BIGINT_FROM_BYTES", "The number in eight bytes.", &bigint1, names);
    c.scalar("BIGINT_FROM_BYTES", "The number in eight bytes of an order.", &bigint2, names);
    c.scalar("INT_FROM_BYTES", "The number in four bytes.", &int1, names);
    c.scalar("INT_FROM_BYTES", "The number in four bytes of an order.", &int2, names);
    c.scalar("DOUBLE_FROM_BYTES", "The number in eight bytes.", &double1, names);
    c.scalar("DOUBLE_FROM_BYTES", "The number in eight bytes of an order.", &double2, names);
}

}  // namespace millrace::functions
