// Log-in by tokens, as millrace.authentication.jwt.* say it. Stateless.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/config/config.h"
#include "server/access/token_authenticator.h"

namespace millrace::server {

/// Reads the file of keys; talks to nobody. The failure names the property at fault.
Result<std::unique_ptr<TokenAuthenticator>> open_token_door(const Config& config,
                                                            const Clock& clock);
/// What an operator should hear, a line each.
std::vector<std::string> token_door_warnings(const Config& config);

/// The first of these properties that is set; empty: none.
std::string token_property_set(const Config& config);

}  // namespace millrace::server
