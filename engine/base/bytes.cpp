#include "engine/base/bytes.h"

#include <array>

namespace millrace {

void put_be32(std::string& out, uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void put_be64(std::string& out, uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

uint32_t get_be32(const char* data) {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(data[i]);
    return value;
}

uint64_t get_be64(const char* data) {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<uint8_t>(data[i]);
    return value;
}

void put_varint(std::string& out, uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

std::optional<uint64_t> take_varint(ByteView& in) {
    uint64_t value = 0;
    for (unsigned shift = 0, i = 0; i < in.size() && shift < 64; ++i, shift += 7) {
        auto byte = static_cast<uint8_t>(in[i]);
        value |= static_cast<uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            in.remove_prefix(i + 1);
            return value;
        }
    }
    return std::nullopt;
}

namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> base64_values() {
    std::array<int8_t, 256> table{};
    for (auto& entry : table) entry = -1;
    for (size_t i = 0; i < kBase64.size(); ++i) {
        table[static_cast<uint8_t>(kBase64[i])] = static_cast<int8_t>(i);
    }
    return table;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string base64_encode(ByteView bytes) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t group = 0;
        size_t have = std::min<size_t>(3, bytes.size() - i);
        for (size_t j = 0; j < 3; ++j) {
            group = group << 8 | (j < have ? static_cast<uint8_t>(bytes[i + j]) : 0U);
        }
        for (size_t j = 0; j < 4; ++j) {
            out.push_back(j <= have ? kBase64[group >> (18 - 6 * j) & 63] : '=');
        }
    }
    return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
    static constexpr auto kValues = base64_values();
    // As Java's decoder: padding may be left out, but what is there must complete the last four.
    const size_t body = text.find_last_not_of('=') + 1;  // npos + 1 is 0.
    const size_t padding = text.size() - body;
    if (body % 4 == 1) return std::nullopt;
    if (padding > 0 && padding != (4 - body % 4) % 4) return std::nullopt;
    text = text.substr(0, body);
    std::string out;
    out.reserve(text.size() * 3 / 4);
    uint32_t group = 0;
    int bits = 0;
    for (char c : text) {
        int8_t value = kValues[static_cast<uint8_t>(c)];
        if (value < 0) return std::nullopt;
        group = group << 6 | static_cast<uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<char>(group >> bits));
        }
    }
    return out;
}

std::string hex_encode(ByteView bytes, bool upper) {
    const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        out.push_back(digits[static_cast<uint8_t>(c) >> 4]);
        out.push_back(digits[static_cast<uint8_t>(c) & 15]);
    }
    return out;
}

std::optional<std::string> hex_decode(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (size_t i = 0; i < text.size(); i += 2) {
        int high = hex_value(text[i]);
        int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high << 4 | low));
    }
    return out;
}

uint32_t murmur2(ByteView bytes) {
    constexpr uint32_t kMix = 0x5bd1e995;
    const auto length = static_cast<uint32_t>(bytes.size());
    uint32_t hash = 0x9747b28cU ^ length;
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    const uint32_t words = length / 4;
    for (uint32_t i = 0; i < words; ++i, data += 4) {
        uint32_t word = static_cast<uint32_t>(data[0]) | static_cast<uint32_t>(data[1]) << 8 |
                        static_cast<uint32_t>(data[2]) << 16 | static_cast<uint32_t>(data[3]) << 24;
        word *= kMix;
        word ^= word >> 24;
        word *= kMix;
        hash *= kMix;
        hash ^= word;
    }
    switch (length % 4) {
        case 3:
            hash ^= static_cast<uint32_t>(data[2]) << 16;
            [[fallthrough]];
        case 2:
            hash ^= static_cast<uint32_t>(data[1]) << 8;
            [[fallthrough]];
        case 1:
            hash ^= data[0];
            hash *= kMix;
            break;
        default:
            break;
    }
    hash ^= hash >> 13;
    hash *= kMix;
    hash ^= hash >> 15;
    return hash;
}

int32_t partition_for_key(ByteView key, int32_t num_partitions) {
    return static_cast<int32_t>((murmur2(key) & 0x7fffffffU) %
                                static_cast<uint32_t>(num_partitions));
}

}  // namespace millrace
