#include "server/bearer/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "server/bearer/base64url.h"

namespace millrace::bearer {

using nlohmann::json;

namespace {

/// RFC 7518, section 3.3; the most is what keeps a verification short.
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr size_t kExponentBytesMax = 8;
constexpr size_t kEd25519Bytes = 32;
constexpr size_t kEd448Bytes = 57;

Status not_good(const std::string& why) {
    return {Fault::kRefused, why};
}

Status not_ours(const std::string& why) {
    return {Fault::kNotFound, why};
}

std::string text_of(const json& key, const char* name) {
    const auto found = key.find(name);
    return found != key.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::string> bytes_of(const json& key, const char* name) {
    const std::string text = text_of(key, name);
    return text.empty() ? std::nullopt : base64url_decode(text);
}

const unsigned char* octets(const std::string& bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;

Number number_of(const std::string& bytes) {
    return {BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr), BN_free};
}

/// Null: the parts make no key, as a point that is not on its curve.
std::shared_ptr<EVP_PKEY> key_of(const char* kind, OSSL_PARAM_BLD* parts) {
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> params(
        OSSL_PARAM_BLD_to_param(parts), OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* made = nullptr;
    const bool is_made =
        params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
    std::shared_ptr<EVP_PKEY> key(is_made ? made : nullptr, EVP_PKEY_free);
    ERR_clear_error();
    return key;
}

/// Does it lie on its curve, and is it of its group?
bool is_point(EVP_PKEY* key) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), EVP_PKEY_CTX_free);
    const bool is_good = context && EVP_PKEY_public_check(context.get()) == 1;
    ERR_clear_error();
    return is_good;
}

/// Is it one to verify signatures with, and nothing but a public key?
Status check_use(const json& key) {
    if (key.contains("d") || key.contains("p") || key.contains("k"))
        return not_good("it is, or has in it, a secret key: whoever reads it can make tokens");
    const std::string use = text_of(key, "use");
    if (!use.empty() && use != "sig") return not_ours("it is for another use than signatures");
    const auto operations = key.find("key_ops");
    if (operations == key.end()) return Status::ok();
    const bool is_ours = operations->is_array() && std::find(operations->begin(), operations->end(),
                                                             json("verify")) != operations->end();
    return is_ours ? Status::ok() : not_ours("it is for another use than verifying");
}

}  // namespace

Result<Jwk> Jwk::parse_rsa(const json& key) {
    const auto modulus = bytes_of(key, "n");
    const auto exponent = bytes_of(key, "e");
    if (!modulus || !exponent) return not_good("n or e is missing, or no base64url");
    if (exponent->size() > kExponentBytesMax) return not_good("e is too large");
    const Number n = number_of(*modulus), e = number_of(*exponent);
    if (!n || !e) return not_good("there is no memory for it");
    if (BN_num_bits(n.get()) < kRsaBitsMin)
        return not_good("it is shorter than 2048 bits, which is not safe");
    if (BN_num_bits(n.get()) > kRsaBitsMax) return not_good("it is longer than 8192 bits");
    if (BN_is_odd(n.get()) != 1) return not_good("n is no modulus");
    if (BN_is_odd(e.get()) != 1 || BN_is_one(e.get()) == 1) return not_good("e is no exponent");
    const Builder parts(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
    if (!parts || OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
        return not_good("there is no memory for it");
    auto made = key_of("RSA", parts.get());
    if (!made) return not_good("n and e make no key");
    return Jwk(Kind::kRsa, std::move(made));
}

Result<Jwk> Jwk::parse_ec(const json& key) {
    struct Curve {
        const char* name;
        const char* group;
        Kind kind;
        size_t coordinate_size;
    };
    static constexpr Curve kCurves[] = {{"P-256", "prime256v1", Kind::kP256, 32},
                                        {"P-384", "secp384r1", Kind::kP384, 48},
                                        {"P-521", "secp521r1", Kind::kP521, 66}};
    const std::string name = text_of(key, "crv");
    const auto* curve = std::find_if(std::begin(kCurves), std::end(kCurves),
                                     [&](const Curve& one) { return name == one.name; });
    if (curve == std::end(kCurves)) return not_ours("its curve is none of P-256, P-384 and P-521");
    const auto x = bytes_of(key, "x"), y = bytes_of(key, "y");
    if (!x || !y || x->size() != curve->coordinate_size || y->size() != curve->coordinate_size)
        return not_good("x or y is missing, or not of the curve's length");
    const std::string point = '\x04' + *x + *y;  // Uncompressed, SEC 1, section 2.3.3.
    const Builder parts(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
    if (!parts ||
        OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) !=
            1 ||
        OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1)
        return not_good("there is no memory for it");
    auto made = key_of("EC", parts.get());
    if (!made || !is_point(made.get())) return not_good("x and y are no point of the curve");
    return Jwk(curve->kind, std::move(made));
}

Result<Jwk> Jwk::parse_okp(const json& key) {
    const std::string curve = text_of(key, "crv");
    if (curve != "Ed25519" && curve != "Ed448")
        return not_ours("its curve is none of Ed25519 and Ed448");
    const bool is_small = curve == "Ed25519";
    const auto x = bytes_of(key, "x");
    if (!x || x->size() != (is_small ? kEd25519Bytes : kEd448Bytes))
        return not_good("x is missing, or not of the curve's length");
    std::shared_ptr<EVP_PKEY> made(
        EVP_PKEY_new_raw_public_key(is_small ? EVP_PKEY_ED25519 : EVP_PKEY_ED448, nullptr,
                                    octets(*x), x->size()),
        EVP_PKEY_free);
    ERR_clear_error();
    if (!made) return not_good("x is no key");
    return Jwk(Kind::kEdwards, std::move(made));
}

Result<Jwk> Jwk::parse(const json& key) {
    if (!key.is_object()) return not_good("it is no object");
    const std::string kind = text_of(key, "kty");
    if (kind == "oct")
        return not_good("it is a shared secret (kty oct): tokens with HS256 are not taken");
    if (Status use = check_use(key); !use) return use;
    for (const char* name : {"kid", "alg"}) {
        if (key.contains(name) && !key[name].is_string())
            return not_good(std::string(name) + " is no text");
    }
    const std::string algorithm = text_of(key, "alg");
    if (!algorithm.empty() && find_jws_algorithm(algorithm) == nullptr)
        return not_ours("its alg is none of " + std::string(kJwsAlgorithmNames));
    Result<Jwk> made = not_ours("its kty is none of RSA, EC and OKP");
    if (kind == "RSA") made = parse_rsa(key);
    if (kind == "EC") made = parse_ec(key);
    if (kind == "OKP") made = parse_okp(key);
    if (!made) return made;
    made->id_ = text_of(key, "kid");
    made->algorithm_ = algorithm;
    if (!algorithm.empty() && !made->takes(*find_jws_algorithm(algorithm)))
        return not_good("its alg is not of its kind");
    return made;
}

bool Jwk::takes(const JwsAlgorithm& algorithm) const {
    if (!algorithm_.empty() && algorithm.name != algorithm_) return false;
    switch (kind_) {
        case Kind::kRsa:
            return algorithm.scheme == JwsScheme::kPkcs1 || algorithm.scheme == JwsScheme::kPss;
        case Kind::kP256:
            return algorithm.name == "ES256";
        case Kind::kP384:
            return algorithm.name == "ES384";
        case Kind::kP521:
            return algorithm.name == "ES512";
        case Kind::kEdwards:
            return algorithm.scheme == JwsScheme::kEdDsa;
    }
    return false;
}

bool Jwk::verifies(const JwsAlgorithm& algorithm, std::string_view text,
                   std::string_view signature) const {
    return takes(algorithm) && verify_jws(algorithm, key_.get(), text, signature);
}

}  // namespace millrace::bearer
