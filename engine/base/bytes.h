// Byte strings: views, big-endian integers, base64, hex, and Kafka's partition hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

using ByteView = std::string_view;

void put_be32(std::string& out, uint32_t value);
void put_be64(std::string& out, uint64_t value);
/// REQUIRES: at least 4 (8) bytes at `data`.
uint32_t get_be32(const char* data);
uint64_t get_be64(const char* data);

/// Unsigned LEB128.
void put_varint(std::string& out, uint64_t value);
/// Reads a varint off the front of `in`; nothing when it is cut short.
std::optional<uint64_t> take_varint(ByteView& in);

std::string base64_encode(ByteView bytes);
/// Standard alphabet with padding; nothing when `text` is not base64.
std::optional<std::string> base64_decode(std::string_view text);

std::string hex_encode(ByteView bytes, bool upper = false);
std::optional<std::string> hex_decode(std::string_view text);

/// Murmur2 with Kafka's seed, as Java's default partitioner computes it.
uint32_t murmur2(ByteView bytes);
/// The partition of a keyed record: (murmur2 & 0x7fffffff) mod `num_partitions`.
int32_t partition_for_key(ByteView key, int32_t num_partitions);

}  // namespace millrace
