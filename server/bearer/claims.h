// What a token says (RFC 7519, section 4), and whether it is good here and now. Stateless.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace millrace::bearer {

struct ClaimRules {
    std::string issuer = {};                 ///< Empty: whoever.
    std::vector<std::string> audience = {};  ///< One of these; empty: for whomever.
    int64_t skew_ms = 0;                     ///< Between the issuer's clock and ours.
    std::string name_claim = "sub";
    std::string roles_claim = "roles";
};

/// Whose token it is.
struct Bearer {
    std::string name;
    std::vector<std::string> roles;
    int64_t expires_ms = 0;  ///< Since the epoch, without the skew.
};

/// The failure (kRefused) is fit for an answer. A token must have an end (`exp`) and a name.
Result<Bearer> check_claims(const nlohmann::json& claims, const ClaimRules& rules, int64_t now_ms);

}  // namespace millrace::bearer
