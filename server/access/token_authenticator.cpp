#include "server/access/token_authenticator.h"

#include <algorithm>

#include "engine/base/text.h"
#include "server/access/digest.h"
#include "server/bearer/jwt.h"

namespace millrace::server {

namespace {
constexpr int64_t kTokenRememberedMs = 60'000;
constexpr size_t kTokenSaltBytes = 32;
constexpr size_t kKnownTokensMax = 10'000;
constexpr const char* kUnknownKey = "the token's key is not known";
}  // namespace

std::optional<std::string> parse_bearer(std::string_view header) {
    constexpr std::string_view kScheme = "bearer ";
    header = trim(header);
    if (!starts_with_any_case(header, kScheme)) return std::nullopt;
    return std::string(trim(header.substr(kScheme.size())));
}

TokenAuthenticator::TokenAuthenticator(std::unique_ptr<bearer::KeySource> keys,
                                       bearer::ClaimRules rules, const Clock& clock)
    : keys_(std::move(keys)),
      rules_(std::move(rules)),
      clock_(clock),
      salt_(random_bytes(kTokenSaltBytes)) {}

std::string TokenAuthenticator::digest(const std::string& token) const {
    return sha256(salt_ + token);
}

CallerPtr TokenAuthenticator::remembered(const std::string& token) {
    if (token.size() > bearer::kTokenBytesMax || keys_->is_stale()) return nullptr;
    const std::string wanted = digest(token);
    std::lock_guard lock(mutex_);
    const auto found = known_.find(wanted);
    if (found == known_.end()) return nullptr;
    const Known& known = found->second;
    const bool is_fresh = known.until_ms >= steady_ms() && known.expires_ms > clock_.now_ms();
    return is_fresh && known.of == keys_->keys() ? known.caller : nullptr;
}

void TokenAuthenticator::remember(const std::string& token, Known known) {
    const std::string key = digest(token);
    std::lock_guard lock(mutex_);
    if (known_.size() >= kKnownTokensMax) {
        const int64_t now = steady_ms();
        std::erase_if(known_, [&](const auto& entry) { return entry.second.until_ms < now; });
    }
    if (known_.size() >= kKnownTokensMax) known_.clear();
    known_[key] = std::move(known);
}

TokenVerdict TokenAuthenticator::verify(const std::string& token) {
    keys_->refresh(false);
    TokenVerdict verdict = verify_with(keys_->keys(), token);
    if (!verdict.is_unknown_key) return verdict;
    const auto before = keys_->keys();
    keys_->refresh(true);
    const auto after = keys_->keys();
    return after == before ? verdict : verify_with(after, token);
}

TokenVerdict TokenAuthenticator::verify_with(const bearer::JwkSetPtr& keys,
                                             const std::string& token) {
    const auto parsed = bearer::parse_jwt(token);
    if (!parsed) return {.refusal = parsed.status().message()};
    if (!keys) {
        return {.refusal = "the keys of tokens are not there yet",
                .has_no_keys = true,
                .is_unknown_key = true};
    }
    const auto fitting = keys->find(parsed->key_id, *parsed->algorithm);
    if (fitting.empty()) {
        if (!parsed->key_id.empty() && keys->has(parsed->key_id))
            return {.refusal = "the token's alg is not one of its key"};
        return {.refusal = kUnknownKey, .is_unknown_key = true};
    }
    const bool is_signed = std::any_of(fitting.begin(), fitting.end(), [&](const bearer::Jwk* key) {
        return key->verifies(*parsed->algorithm, parsed->signed_text, parsed->signature);
    });
    if (!is_signed) return {.refusal = "the token's signature is not that of its key"};
    auto bearer = bearer::check_claims(*parsed->claims, rules_, clock_.now_ms());
    if (!bearer) return {.refusal = bearer.status().message()};
    auto caller = std::make_shared<const Caller>(
        Caller{std::move(bearer->name), std::move(bearer->roles), true});
    remember(token, {steady_ms() + kTokenRememberedMs, bearer->expires_ms, keys, caller});
    return {.caller = std::move(caller)};
}

}  // namespace millrace::server
