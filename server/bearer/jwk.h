// A public key out of a JSON Web Key (RFC 7517), and what it may verify: that follows from the key
// and never from a token. Immutable; any thread.
#pragma once

#include <openssl/ossl_typ.h>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "server/bearer/jws.h"

namespace millrace::bearer {

class Jwk {
public:
    /// The failure says why the key cannot be used, without anything of it: kNotFound when it is
    /// of another use or a kind that is none of ours, as those that a token's content is encrypted
    /// with; kRefused when it is not good.
    static Result<Jwk> parse(const nlohmann::json& key);

    const std::string& id() const { return id_; }  ///< Its `kid`; empty: none.
    /// RSA takes RS… and PS…, a curve its own; where the key says its `alg`, that alone.
    bool takes(const JwsAlgorithm& algorithm) const;
    /// False for an algorithm that it does not take.
    bool verifies(const JwsAlgorithm& algorithm, std::string_view text,
                  std::string_view signature) const;

private:
    enum class Kind { kRsa, kP256, kP384, kP521, kEdwards };
    Jwk(Kind kind, std::shared_ptr<EVP_PKEY> key) : kind_(kind), key_(std::move(key)) {}
    static Result<Jwk> parse_rsa(const nlohmann::json& key);
    static Result<Jwk> parse_ec(const nlohmann::json& key);
    static Result<Jwk> parse_okp(const nlohmann::json& key);

    Kind kind_;
    std::shared_ptr<EVP_PKEY> key_;
    std::string id_;
    std::string algorithm_;  ///< Empty: all of its kind.
};

}  // namespace millrace::bearer
