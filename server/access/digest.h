// Digests of OpenSSL as functions over strings, and a comparison that takes the same time whatever
// is different. Stateless; any thread.
#pragma once

#include <string>
#include <string_view>

namespace millrace::server {

std::string md5(std::string_view bytes);
std::string md5_hex(std::string_view bytes);
std::string sha1_base64(std::string_view bytes);
std::string sha256(std::string_view bytes);
/// From the system's source of randomness.
std::string random_bytes(size_t count);
bool same_bytes(std::string_view a, std::string_view b);

}  // namespace millrace::server
