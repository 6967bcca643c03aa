#include "server/bearer/jws.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <memory>
#include <string>

namespace millrace::bearer {

namespace {

constexpr JwsAlgorithm kAlgorithms[] = {
    {"RS256", JwsScheme::kPkcs1, 256, 0},  {"RS384", JwsScheme::kPkcs1, 384, 0},
    {"RS512", JwsScheme::kPkcs1, 512, 0},  {"PS256", JwsScheme::kPss, 256, 0},
    {"PS384", JwsScheme::kPss, 384, 0},    {"PS512", JwsScheme::kPss, 512, 0},
    {"ES256", JwsScheme::kEcdsa, 256, 32}, {"ES384", JwsScheme::kEcdsa, 384, 48},
    {"ES512", JwsScheme::kEcdsa, 512, 66}, {"EdDSA", JwsScheme::kEdDsa, 0, 0},
};

const EVP_MD* hash_of(const JwsAlgorithm& algorithm) {
    switch (algorithm.hash_bits) {
        case 256:
            return EVP_sha256();
        case 384:
            return EVP_sha384();
        case 512:
            return EVP_sha512();
        default:
            return nullptr;
    }
}

const unsigned char* raw(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// The two numbers, one behind the other, in the form that OpenSSL reads; empty: they are none.
std::string der_of(const JwsAlgorithm& algorithm, std::string_view signature) {
    const auto half = static_cast<size_t>(algorithm.coordinate_size);
    if (signature.size() != 2 * half) return "";
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(),
                                                                     ECDSA_SIG_free);
    BIGNUM* r = BN_bin2bn(raw(signature), algorithm.coordinate_size, nullptr);
    BIGNUM* s = BN_bin2bn(raw(signature.substr(half)), algorithm.coordinate_size, nullptr);
    if (!pair || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return "";
    }
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    std::string out;
    if (size > 0) out.assign(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    return out;
}

/// RFC 7518, section 3.5: the salt is as long as the hash, which the mask is made with, too.
bool use_pss(EVP_PKEY_CTX* context, const EVP_MD* hash) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) == 1;
}

bool verify(const JwsAlgorithm& algorithm, EVP_PKEY* key, std::string_view text,
            std::string_view signature) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_PKEY_CTX* of_key = nullptr;
    const EVP_MD* hash = hash_of(algorithm);
    if (!context || EVP_DigestVerifyInit(context.get(), &of_key, hash, nullptr, key) != 1)
        return false;
    if (algorithm.scheme == JwsScheme::kPss && !use_pss(of_key, hash)) return false;
    return EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(text),
                            text.size()) == 1;
}

}  // namespace

const JwsAlgorithm* find_jws_algorithm(std::string_view name) {
    const auto* found =
        std::find_if(std::begin(kAlgorithms), std::end(kAlgorithms),
                     [&](const JwsAlgorithm& algorithm) { return algorithm.name == name; });
    return found == std::end(kAlgorithms) ? nullptr : found;
}

bool verify_jws(const JwsAlgorithm& algorithm, EVP_PKEY* key, std::string_view text,
                std::string_view signature) {
    bool is_good = false;
    if (algorithm.scheme == JwsScheme::kEcdsa) {
        const std::string der = der_of(algorithm, signature);
        is_good = !der.empty() && verify(algorithm, key, text, der);
    } else {
        is_good = verify(algorithm, key, text, signature);
    }
    ERR_clear_error();  // What is no signature is no fault of this thread's next call.
    return is_good;
}

}  // namespace millrace::bearer
