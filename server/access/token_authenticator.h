// Who somebody is, by a signed token (RFC 6750 with RFC 7519). One that was good is remembered for
// a minute, never past its end nor past the keys of its time, so that its signature is not looked
// at with each request. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "server/access/authenticator.h"
#include "server/bearer/claims.h"
#include "server/bearer/key_source.h"

namespace millrace::server {

/// The header `Authorization: Bearer …`; nothing when it is none.
std::optional<std::string> parse_bearer(std::string_view header);

struct TokenVerdict {
    CallerPtr caller = nullptr;
    std::string refusal = {};     ///< Why there is none; without quotes and anything of the token.
    bool has_no_keys = false;     ///< Nothing can be verified yet.
    bool is_unknown_key = false;  ///< Of a key that the source may have when it looks again.
};

class TokenAuthenticator {
public:
    TokenAuthenticator(std::unique_ptr<bearer::KeySource> keys, bearer::ClaimRules rules,
                       const Clock& clock);

    bearer::KeySource& keys() { return *keys_; }
    /// One that was good a short time ago; null: ask verify(). Does not wait.
    CallerPtr remembered(const std::string& token);
    /// May read a file, and takes some tenths of a millisecond.
    TokenVerdict verify(const std::string& token);

private:
    struct Known {
        int64_t until_ms = 0;    ///< Steady.
        int64_t expires_ms = 0;  ///< Since the epoch.
        bearer::JwkSetPtr of;    ///< The keys that it was verified with.
        CallerPtr caller;
    };
    std::string digest(const std::string& token) const;
    TokenVerdict verify_with(const bearer::JwkSetPtr& keys, const std::string& token);
    void remember(const std::string& token, Known known);

    const std::unique_ptr<bearer::KeySource> keys_;
    const bearer::ClaimRules rules_;
    const Clock& clock_;
    const std::string salt_;  ///< Of this process: what is remembered are no tokens.
    std::mutex mutex_;
    std::map<std::string, Known> known_;
};

}  // namespace millrace::server
