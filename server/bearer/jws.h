// Signatures as RFC 7518, section 3, and RFC 8037 name them. Those with a shared secret (HS…) and
// "none" have no name here: a public key could be taken for the secret. Stateless; any thread.
#pragma once

#include <openssl/ossl_typ.h>

#include <optional>
#include <string_view>

namespace millrace::bearer {

enum class JwsScheme { kPkcs1, kPss, kEcdsa, kEdDsa };

struct JwsAlgorithm {
    std::string_view name;
    JwsScheme scheme;
    int hash_bits;        ///< Of SHA-2; 0: the scheme has its own.
    int coordinate_size;  ///< Bytes of each half of a signature of kEcdsa; 0 for the others.
};

/// Null: there is none of that name, or none that is taken.
const JwsAlgorithm* find_jws_algorithm(std::string_view name);

/// RS256, RS384 and so on, for messages.
inline constexpr std::string_view kJwsAlgorithmNames =
    "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA";

/// Is it the signature of the text by the key's private part? REQUIRES: a key of the algorithm's
/// kind.
bool verify_jws(const JwsAlgorithm& algorithm, EVP_PKEY* key, std::string_view text,
                std::string_view signature);

}  // namespace millrace::bearer
