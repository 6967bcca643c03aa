// The public keys of an issuer: a JSON Web Key Set (RFC 7517, section 5). Immutable; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "server/bearer/jwk.h"

namespace millrace::bearer {

inline constexpr size_t kJwksBytesMax = size_t{1} << 20;

class JwkSet {
public:
    /// Keys that cannot be used are left out, see left_out(). The failure, where there are none
    /// left or too many, names no part of a key.
    static Result<JwkSet> parse(std::string_view text);

    /// Those that may have made a token: of its key's id, where it names one, and of its algorithm.
    std::vector<const Jwk*> find(std::string_view id, const JwsAlgorithm& algorithm) const;
    /// Is there a key of this id, of whatever kind?
    bool has(std::string_view id) const;
    size_t size() const { return keys_.size(); }
    /// Why keys were left out that look as if they were meant, a line each.
    const std::vector<std::string>& left_out() const { return left_out_; }

private:
    std::vector<Jwk> keys_;
    std::vector<std::string> left_out_;
};

using JwkSetPtr = std::shared_ptr<const JwkSet>;

}  // namespace millrace::bearer
