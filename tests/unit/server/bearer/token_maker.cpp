#include "token_maker.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <stdexcept>

#include "engine/base/bytes.h"

namespace millrace::bearer {

namespace {

void must(bool is_done) {
    if (!is_done) throw std::runtime_error("OpenSSL failed");
}

std::string padded(const BIGNUM* number, int size) {
    std::string bytes(static_cast<size_t>(size), '\0');
    must(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), size) == size);
    return bytes;
}

std::string number_of(EVP_PKEY* key, const char* name, int size = 0) {
    BIGNUM* number = nullptr;
    must(EVP_PKEY_get_bn_param(key, name, &number) == 1);
    std::string bytes = padded(number, size > 0 ? size : BN_num_bytes(number));
    BN_free(number);
    return bytes;
}

const EVP_MD* hash_named(const std::string& algorithm) {
    if (algorithm.ends_with("256")) return EVP_sha256();
    if (algorithm.ends_with("384")) return EVP_sha384();
    return algorithm.ends_with("512") ? EVP_sha512() : nullptr;
}

int coordinate_bytes(EVP_PKEY* key) {
    return (EVP_PKEY_get_bits(key) + 7) / 8;
}

}  // namespace

std::string base64url(std::string_view bytes) {
    std::string text = base64_encode(bytes);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text.substr(0, text.find('='));
}

std::string jwks(std::initializer_list<std::string> keys) {
    std::string list;
    for (const auto& key : keys) list += (list.empty() ? "" : ",") + key;
    return R"({"keys":[)" + list + "]}";
}

TestKey::TestKey(std::string id, EVP_PKEY* key) : id_(std::move(id)), key_(key, EVP_PKEY_free) {
    must(key != nullptr);
}

TestKey TestKey::rsa(const std::string& id, unsigned bits) {
    return {id, EVP_RSA_gen(bits)};
}

TestKey TestKey::ec(const std::string& id, const std::string& curve) {
    TestKey key(id, EVP_EC_gen(curve.c_str()));
    key.curve_ = curve;
    return key;
}

TestKey TestKey::edwards(const std::string& id) {
    return {id, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

std::string TestKey::coordinates() const {
    EVP_PKEY* key = key_.get();
    if (!curve_.empty()) {
        const int size = coordinate_bytes(key);
        return R"("kty":"EC","crv":")" + curve_ + R"(","x":")" +
               base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, size)) + R"(","y":")" +
               base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, size)) + '"';
    }
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
        return R"("kty":"RSA","n":")" + base64url(number_of(key, OSSL_PKEY_PARAM_RSA_N)) +
               R"(","e":")" + base64url(number_of(key, OSSL_PKEY_PARAM_RSA_E)) + '"';
    }
    std::string x(32, '\0');
    size_t size = x.size();
    must(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(x.data()), &size) == 1);
    return R"("kty":"OKP","crv":"Ed25519","x":")" + base64url(x) + '"';
}

std::string TestKey::jwk(const std::string& more) const {
    return '{' + coordinates() + (id_.empty() ? "" : R"(,"kid":")" + id_ + '"') + more + '}';
}

std::string TestKey::pem() const {
    BIO* out = BIO_new(BIO_s_mem());
    must(PEM_write_bio_PUBKEY(out, key_.get()) == 1);
    char* data = nullptr;
    const auto size = static_cast<size_t>(BIO_get_mem_data(out, &data));
    std::string text(data, size);
    BIO_free(out);
    return text;
}

std::string TestKey::sign(const std::string& algorithm, std::string_view text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* of_key = nullptr;
    const auto* in = reinterpret_cast<const unsigned char*>(text.data());
    must(EVP_DigestSignInit(context, &of_key, hash_named(algorithm), nullptr, key_.get()) == 1);
    if (algorithm.starts_with("PS")) {
        must(EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) == 1);
        must(EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    std::string out(2048, '\0');
    size_t size = out.size();
    must(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, in,
                        text.size()) == 1);
    EVP_MD_CTX_free(context);
    out.resize(size);
    if (curve_.empty()) return out;
    const auto* der = reinterpret_cast<const unsigned char*>(out.data());
    ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size));
    const int half = coordinate_bytes(key_.get());
    out = padded(ECDSA_SIG_get0_r(pair), half) + padded(ECDSA_SIG_get0_s(pair), half);
    ECDSA_SIG_free(pair);
    return out;
}

std::string TestKey::token_with_header(const std::string& header, const std::string& algorithm,
                                       const std::string& claims) const {
    const std::string text = base64url(header) + '.' + base64url(claims);
    return text + '.' + base64url(sign(algorithm, text));
}

std::string TestKey::token(const std::string& algorithm, const std::string& claims) const {
    const std::string header =
        R"({"typ":"JWT","alg":")" + algorithm + (id_.empty() ? "" : R"(","kid":")" + id_) + R"("})";
    return token_with_header(header, algorithm, claims);
}

}  // namespace millrace::bearer
