// Keys and signed tokens for tests, made by OpenSSL as an issuer makes them.
#pragma once

#include <openssl/ossl_typ.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::bearer {

std::string base64url(std::string_view bytes);

class TestKey {
public:
    static TestKey rsa(const std::string& id, unsigned bits = 2048);
    static TestKey ec(const std::string& id, const std::string& curve);  ///< P-256, P-384, P-521.
    static TestKey edwards(const std::string& id);                       ///< Ed25519.

    /// Its public part; `more`: members to add, as in `,"alg":"RS256"`.
    std::string jwk(const std::string& more = "") const;
    std::string pem() const;
    /// As the algorithm says, whether the key is meant for it or not.
    std::string sign(const std::string& algorithm, std::string_view text) const;
    /// With a header of the algorithm and the key's id.
    std::string token(const std::string& algorithm, const std::string& claims) const;
    std::string token_with_header(const std::string& header, const std::string& algorithm,
                                  const std::string& claims) const;

private:
    TestKey(std::string id, EVP_PKEY* key);
    std::string coordinates() const;

    std::string id_;
    std::string curve_;
    std::shared_ptr<EVP_PKEY> key_;
};

/// A key set of such keys.
std::string jwks(std::initializer_list<std::string> keys);

}  // namespace millrace::bearer
