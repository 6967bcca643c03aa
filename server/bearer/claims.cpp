#include "server/bearer/claims.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace millrace::bearer {

using nlohmann::json;

namespace {

constexpr size_t kNameBytesMax = 256;
/// The year 9999: beyond it times are no times, and sums of them none either.
constexpr double kSecondsMax = 253'402'300'799;

Status bad_claim(const std::string& why) {
    return {Fault::kRefused, why};
}

/// The member of that very name, as `https://example.com/roles` is; else the way that its dots
/// lead. Null: there is none.
const json* find_claim(const json& claims, std::string_view path) {
    const json* at = &claims;
    if (auto whole = claims.find(std::string(path)); whole != claims.end()) return &*whole;
    while (!path.empty()) {
        const size_t dot = std::min(path.find('.'), path.size());
        if (!at->is_object()) return nullptr;
        const auto found = at->find(std::string(path.substr(0, dot)));
        if (found == at->end()) return nullptr;
        at = &*found;
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return at;
}

/// A time in ms; nothing when it is none. RFC 7519: a number of seconds, perhaps with a fraction.
std::optional<int64_t> time_of(const json& value) {
    if (!value.is_number()) return std::nullopt;
    const double seconds = value.get<double>();
    if (!std::isfinite(seconds)) return std::nullopt;
    return static_cast<int64_t>(std::clamp(seconds, -kSecondsMax, kSecondsMax) * 1000);
}

Status check_issuer(const json& claims, const ClaimRules& rules) {
    if (rules.issuer.empty()) return Status::ok();
    const auto issuer = claims.find("iss");
    if (issuer != claims.end() && issuer->is_string() && *issuer == rules.issuer)
        return Status::ok();
    return bad_claim("the token is of another issuer");
}

Status check_audience(const json& claims, const ClaimRules& rules) {
    if (rules.audience.empty()) return Status::ok();
    auto is_here = [&](const json& one) {
        return one.is_string() && std::find(rules.audience.begin(), rules.audience.end(),
                                            one.get<std::string>()) != rules.audience.end();
    };
    const auto audience = claims.find("aud");
    const bool is_for_us =
        audience != claims.end() &&
        (audience->is_array() ? std::any_of(audience->begin(), audience->end(), is_here)
                              : is_here(*audience));
    return is_for_us ? Status::ok() : bad_claim("the token is for another audience");
}

/// Fills `expires_ms`.
Status check_times(const json& claims, const ClaimRules& rules, int64_t now_ms,
                   int64_t& expires_ms) {
    const auto end = claims.find("exp");
    if (end == claims.end()) return bad_claim("the token has no end (exp)");
    const auto expires = time_of(*end);
    if (!expires) return bad_claim("the token's exp is no time");
    expires_ms = *expires;
    if (now_ms - rules.skew_ms >= *expires) return bad_claim("the token has expired");
    for (const char* name : {"nbf", "iat"}) {
        const auto begin = claims.find(name);
        if (begin == claims.end()) continue;
        const auto from = time_of(*begin);
        if (!from) return bad_claim(std::string("the token's ") + name + " is no time");
        if (now_ms + rules.skew_ms < *from) return bad_claim("the token is not good yet");
    }
    return Status::ok();
}

Result<std::string> name_of(const json& claims, const ClaimRules& rules) {
    const json* claim = find_claim(claims, rules.name_claim);
    if (claim == nullptr || !claim->is_string()) return bad_claim("the token has no name in it");
    auto name = claim->get<std::string>();
    const bool is_clean = std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    });
    if (name.empty() || name.size() > kNameBytesMax || !is_clean)
        return bad_claim("the token's name is empty, too long or no text");
    return name;
}

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find_first_of(" ,\t\r\n", at), text.size());
        if (end > at) words.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

/// A token without roles is one of somebody who has none.
Result<std::vector<std::string>> roles_of(const json& claims, const ClaimRules& rules) {
    std::vector<std::string> roles;
    const json* claim = find_claim(claims, rules.roles_claim);
    if (claim == nullptr || claim->is_null()) return roles;
    if (claim->is_string()) return words_of(claim->get<std::string>());
    if (!claim->is_array()) return bad_claim("the token's roles are neither a list nor a text");
    for (const json& role : *claim) {
        if (!role.is_string()) return bad_claim("the token's roles are no texts");
        roles.push_back(role.get<std::string>());
    }
    return roles;
}

}  // namespace

Result<Bearer> check_claims(const json& claims, const ClaimRules& rules, int64_t now_ms) {
    Bearer bearer;
    if (Status good = check_times(claims, rules, now_ms, bearer.expires_ms); !good) return good;
    if (Status good = check_issuer(claims, rules); !good) return good;
    if (Status good = check_audience(claims, rules); !good) return good;
    auto name = name_of(claims, rules);
    if (!name) return name.status();
    bearer.name = std::move(*name);
    auto roles = roles_of(claims, rules);
    if (!roles) return roles.status();
    bearer.roles = std::move(*roles);
    return bearer;
}

}  // namespace millrace::bearer
