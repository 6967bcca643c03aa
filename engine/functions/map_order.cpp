#include "engine/functions/map_order.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <optional>

#include "engine/base/unicode.h"

namespace millrace::functions {
namespace {

uint32_t folded(uint64_t bits) {
    return static_cast<uint32_t>(bits ^ (bits >> 32));
}

/// hashCode() of the boxed value.
std::optional<uint32_t> java_hash(const Value& key, BaseType type) {
    if (key.is_null()) return 0;
    switch (type) {
        case BaseType::kBoolean:
            return key.as_bool() ? 1231 : 1237;
        case BaseType::kInteger:
            return static_cast<uint32_t>(key.as_int());
        case BaseType::kBigint:
            return folded(static_cast<uint64_t>(key.as_long()));
        case BaseType::kDouble:
            return folded(std::bit_cast<uint64_t>(key.as_double()));
        case BaseType::kString: {
            uint32_t hash = 0;
            for (const char16_t unit : to_utf16(key.as_string())) hash = 31 * hash + unit;
            return hash;
        }
        default:
            return std::nullopt;
    }
}

}  // namespace

std::vector<size_t> hash_map_order(const ValueMap& map, BaseType key) {
    std::vector<size_t> order(map.size());
    std::iota(order.begin(), order.end(), size_t{0});
    size_t buckets = std::bit_ceil(std::max<size_t>(map.size(), 1));
    if (map.size() > buckets * 3 / 4) buckets *= 2;
    std::vector<uint32_t> bucket(map.size());
    for (size_t i = 0; i < map.size(); ++i) {
        const auto hash = java_hash(map[i].first, key);
        if (!hash) return order;
        bucket[i] = (*hash ^ (*hash >> 16)) & static_cast<uint32_t>(buckets - 1);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return bucket[a] < bucket[b]; });
    return order;
}

}  // namespace millrace::functions
