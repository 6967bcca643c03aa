// UUIDs as text (RFC 9562). Stateless; any thread.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace millrace {

/// 16 bytes as 8-4-4-4-12 lower-case hexadecimal digits.
std::string uuid_text(std::string_view bytes);

/// A version 4 UUID from the engine's next 128 bits.
std::string random_uuid(std::mt19937_64& engine);

}  // namespace millrace
