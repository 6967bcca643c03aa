#include "engine/base/uuid.h"

#include "engine/base/bytes.h"

namespace millrace {

std::string uuid_text(std::string_view bytes) {
    std::string hex = hex_encode(bytes);
    for (size_t at : {20, 16, 12, 8}) hex.insert(at, "-");
    return hex;
}

std::string random_uuid(std::mt19937_64& engine) {
    std::string bytes;
    put_be64(bytes, engine());
    put_be64(bytes, engine());
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);  // Version.
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);  // Variant.
    return uuid_text(bytes);
}

}  // namespace millrace
