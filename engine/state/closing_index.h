// The index of a windowed store by which EMIT FINAL finds the windows that close next. It stands in
// the store itself, behind its rows, with empty values:
//
//   ff ff ‖ w ‖ times ‖ encoded key     of a row under  encoded key ‖ times  (window_key.h)
//   ff ff ‖ indexed                     every row has its entry; else the index is to be made anew
//
// These keys are local: of this copy of the store alone. They follow from the rows, are in no
// changelog, and whoever restores the rows makes them again. Entries of windows that have been
// emitted stay until their rows expire. See docs/formats.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/state/window_key.h"

namespace millrace {

inline constexpr std::string_view kClosingPrefix = "\xff\xffw";
inline constexpr std::string_view kClosingEnd = "\xff\xffx";
inline constexpr std::string_view kIndexedKey = "\xff\xffindexed";

inline bool is_local_key(ByteView key) {
    return key.starts_with(kClosingPrefix) || key == kIndexedKey;
}

/// The entry of the row under `store_key`, whose times take `suffix_bytes`; empty: it has none, as
/// it is no row of such a store.
inline std::string closing_key(ByteView store_key, size_t suffix_bytes) {
    if (store_key.size() < suffix_bytes || store_key.front() == kReservedPrefix) return {};
    const size_t key_bytes = store_key.size() - suffix_bytes;
    std::string entry;
    entry.reserve(kClosingPrefix.size() + store_key.size());
    entry.append(kClosingPrefix);
    entry.append(store_key.substr(key_bytes));
    entry.append(store_key.substr(0, key_bytes));
    return entry;
}

/// The time by which a pair of a windowed store expires; nothing: it does not.
inline std::optional<int64_t> expiry_time(ByteView key, size_t suffix_bytes) {
    if (!key.empty() && key.front() == kReservedPrefix) {
        const bool entry =
            key.starts_with(kClosingPrefix) && key.size() >= kClosingPrefix.size() + 8;
        return entry ? std::optional(get_time(key.data() + kClosingPrefix.size())) : std::nullopt;
    }
    if (key.size() < suffix_bytes) return std::nullopt;
    return get_time(key.data() + key.size() - suffix_bytes);
}

}  // namespace millrace
