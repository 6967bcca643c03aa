#include "server/access/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "engine/base/bytes.h"
#include "engine/base/check.h"

namespace millrace::server {

namespace {

std::string digest_of(const EVP_MD* kind, std::string_view bytes) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    const int done = EVP_Digest(bytes.data(), bytes.size(),
                                reinterpret_cast<unsigned char*>(out.data()), &size, kind, nullptr);
    MR_CHECK(done == 1, "OpenSSL has no such digest");
    out.resize(size);
    return out;
}

}  // namespace

std::string md5(std::string_view bytes) {
    return digest_of(EVP_md5(), bytes);
}

std::string md5_hex(std::string_view bytes) {
    return hex_encode(md5(bytes));
}

std::string sha1_base64(std::string_view bytes) {
    return base64_encode(digest_of(EVP_sha1(), bytes));
}

std::string sha256(std::string_view bytes) {
    return digest_of(EVP_sha256(), bytes);
}

std::string random_bytes(size_t count) {
    std::string out(count, '\0');
    const int done =
        RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count));
    MR_CHECK(done == 1, "the system gives no random bytes");
    return out;
}

bool same_bytes(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace millrace::server
