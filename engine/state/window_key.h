// Key layouts of windowed stores: what a window adds to an encoded SQL key. See docs/formats.md.
//
//   time windows   key ‖ start            (8 bytes)
//   sessions       key ‖ end ‖ start      (16 bytes)
//
// Times are big-endian with the sign bit flipped, so that memcmp order is time order; the encoded
// key is prefix-free, so that all windows of one key stand together, ascending (sessions by end,
// then start: the order in which a look-up by time needs them).
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/types/schema.h"

namespace millrace {

inline constexpr size_t kWindowSuffixBytes = 8;
inline constexpr size_t kSessionSuffixBytes = 16;

/// How long the times are in keys of such windows.
inline size_t suffix_bytes_of(WindowType window) {
    if (window == WindowType::kNone) return 0;
    return window == WindowType::kSession ? kSessionSuffixBytes : kWindowSuffixBytes;
}

inline uint64_t ordered_time(int64_t time_ms) {
    return static_cast<uint64_t>(time_ms) ^ (uint64_t{1} << 63);
}
inline int64_t time_of_ordered(uint64_t ordered) {
    return static_cast<int64_t>(ordered ^ (uint64_t{1} << 63));
}

inline void put_time(std::string& key, int64_t time_ms) {
    put_be64(key, ordered_time(time_ms));
}
/// REQUIRES: at least 8 bytes at `data`.
inline int64_t get_time(const char* data) {
    return time_of_ordered(get_be64(data));
}

inline void put_window_suffix(std::string& key, int64_t start_ms) {
    put_time(key, start_ms);
}
inline void put_session_suffix(std::string& key, int64_t start_ms, int64_t end_ms) {
    put_time(key, end_ms);
    put_time(key, start_ms);
}

/// REQUIRES: the store key has this layout.
inline int64_t window_start_of(ByteView store_key) {
    return get_time(store_key.data() + store_key.size() - kWindowSuffixBytes);
}
inline int64_t session_end_of(ByteView store_key) {
    return get_time(store_key.data() + store_key.size() - kSessionSuffixBytes);
}
inline int64_t session_start_of(ByteView store_key) {
    return get_time(store_key.data() + store_key.size() - kWindowSuffixBytes);
}

/// Keys of a store that are no rows begin with this byte, which no encoded SQL key does; scans over
/// rows end there.
inline constexpr char kReservedPrefix = '\xff';

}  // namespace millrace
