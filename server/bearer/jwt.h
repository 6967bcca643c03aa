// A signed token in its compact form (RFC 7515, section 7.1; RFC 7519), taken apart: nothing of it
// has been verified. A value type.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "server/bearer/jws.h"

namespace millrace::bearer {

inline constexpr size_t kTokenBytesMax = size_t{16} << 10;

struct Jwt {
    const JwsAlgorithm* algorithm = nullptr;
    std::string key_id;  ///< Empty: it names none.
    std::shared_ptr<const nlohmann::json> claims;
    std::string_view signed_text;  ///< Of the text that was parsed.
    std::string signature;
};

/// Reads as little as there is to read: keys that a token brings along or points to (jwk, jku, x5c,
/// x5u) are not looked at. The failure (kRefused) is fit for an answer, as RFC 6750 has them: it
/// has no quotes and nothing of the token. `token` must outlive the result.
Result<Jwt> parse_jwt(std::string_view token);

}  // namespace millrace::bearer
