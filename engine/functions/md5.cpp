// MD5 (RFC 1321), for the function of that name; nothing here depends on its strength.
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/base/bytes.h"
#include "engine/functions/text.h"

namespace millrace::functions {
namespace {

constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

const std::array<uint32_t, 64>& sines() {
    static const std::array<uint32_t, 64> table = [] {
        std::array<uint32_t, 64> out{};
        for (size_t i = 0; i < 64; ++i)
            out[i] = static_cast<uint32_t>(
                std::floor(std::abs(std::sin(static_cast<double>(i + 1))) * 4294967296.0));
        return out;
    }();
    return table;
}

void mix_block(std::array<uint32_t, 4>& state, const char* block) {
    uint32_t words[16];
    std::memcpy(words, block, 64);  // Little-endian machines only, as all we run on.
    auto [a, b, c, d] = state;
    for (uint32_t i = 0; i < 64; ++i) {
        uint32_t f, g;
        if (i < 16) {
            f = (b & c) | (~b & d);
            g = i;
        } else if (i < 32) {
            f = (d & b) | (~d & c);
            g = (5 * i + 1) % 16;
        } else if (i < 48) {
            f = b ^ c ^ d;
            g = (3 * i + 5) % 16;
        } else {
            f = c ^ (b | ~d);
            g = (7 * i) % 16;
        }
        uint32_t sum = a + f + sines()[i] + words[g];
        a = d;
        d = c;
        c = b;
        b += std::rotl(sum, kShifts[i / 16][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

}  // namespace

std::string md5_hex(std::string_view bytes) {
    std::array<uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    size_t at = 0;
    for (; at + 64 <= bytes.size(); at += 64) mix_block(state, bytes.data() + at);
    char tail[128] = {};
    size_t rest = bytes.size() - at;
    if (rest > 0) std::memcpy(tail, bytes.data() + at, rest);
    tail[rest] = static_cast<char>(0x80);
    size_t total = rest + 9 <= 64 ? 64 : 128;
    uint64_t bits = bytes.size() * 8;
    std::memcpy(tail + total - 8, &bits, 8);
    mix_block(state, tail);
    if (total == 128) mix_block(state, tail + 64);
    return hex_encode(ByteView(reinterpret_cast<const char*>(state.data()), 16));
}

}  // namespace millrace::functions
