// The benchmark's clicks, a pure function of their number: 145 bytes of JSON, 10,000 users, 1,000
// pages, one in five under /mobile/, 7.2 ms of event time between two (five million span ten
// hours).
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

namespace bench {

constexpr int64_t kBaseMs = 1'700'000'000'000;
constexpr uint64_t kUsers = 10'000;
constexpr uint64_t kPages = 1'000;
constexpr int64_t kHourMs = 3'600'000;

inline uint64_t mix(uint64_t x) {  // splitmix64
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

struct Click {
    uint64_t random;
    int64_t ts;
    uint64_t user() const { return random % kUsers; }
    uint64_t page() const { return (random >> 20) % kPages; }
    bool is_mobile() const { return page() % 5 == 0; }
};

inline Click click_at(uint64_t index) {
    return {mix(index), kBaseMs + static_cast<int64_t>(index) * 36 / 5};
}

inline std::string user_key(const Click& click) {
    return "user_" + std::to_string(click.user());
}

/// Writes the value into `out`; its length.
inline size_t write_value(const Click& click, std::array<char, 512>& out) {
    static const std::array<const char*, 5> kKinds{"mobile/products", "web/products", "home/offers",
                                                   "search/results", "account/orders"};
    static const std::array<const char*, 4> kReferrers{"https://www.google.com/",
                                                       "https://news.example.org/", "direct",
                                                       "https://t.example.com/a"};
    const uint64_t more = mix(click.random);
    const int length = std::snprintf(
        out.data(), out.size(),
        "{\"user_id\":\"user_%llu\",\"page\":\"/%s/%llu\",\"ts\":%lld,\"session_id\":\"s_%llu\","
        "\"referrer\":\"%s\",\"duration_ms\":%llu}",
        static_cast<unsigned long long>(click.user()), kKinds[click.page() % 5],
        static_cast<unsigned long long>(click.page()), static_cast<long long>(click.ts),
        static_cast<unsigned long long>((click.random >> 40) % 100'000),
        kReferrers[(more >> 32) % 4], static_cast<unsigned long long>(more % 5'000));
    return static_cast<size_t>(length);
}

}  // namespace bench
