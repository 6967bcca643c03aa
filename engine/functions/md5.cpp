// Nothing here depends on its strength.
#include "engine/functions/md5.h"

#include <openssl/evp.h>

#include <array>

#include "engine/base/bytes.h"
#include "engine/base/check.h"

namespace millrace::functions {

std::string md5_hex(std::string_view bytes) {
    // Looked up once: by name it would be done for every row.
    static const EVP_MD* const md5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
    MR_CHECK(md5 != nullptr, "libcrypto has no MD5");
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const int done = EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, md5, nullptr);
    MR_CHECK(done == 1, "MD5 failed");
    return hex_encode(ByteView(reinterpret_cast<const char*>(digest.data()), size));
}

}  // namespace millrace::functions
