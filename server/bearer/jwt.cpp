#include "server/bearer/jwt.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/text.h"
#include "server/bearer/base64url.h"
#include "server/bearer/strict_json.h"

namespace millrace::bearer {

using nlohmann::json;

namespace {

Status bad_token(const std::string& why) {
    return {Fault::kRefused, why};
}

struct Parts {
    std::string_view header, claims, signature;
};

std::optional<Parts> split_token(std::string_view token) {
    const size_t first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const size_t second = token.find('.', first + 1);
    if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
        return std::nullopt;
    return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                 token.substr(second + 1)};
}

Result<json> part_of(std::string_view text, const std::string& name) {
    const auto bytes = base64url_decode(text);
    if (!bytes) return bad_token("the token's " + name + " is no base64url");
    auto parsed = parse_strict_object(*bytes);
    if (!parsed)
        return bad_token("the token's " + name + " cannot be read: " + parsed.status().message());
    return parsed;
}

/// RFC 8725, section 3.11: what says that it is another kind of token is no token to log in with.
bool is_type_of_ours(const json& header) {
    const auto type = header.find("typ");
    if (type == header.end()) return true;
    if (!type->is_string()) return false;
    std::string name = lower_ascii(type->get<std::string>());
    constexpr std::string_view kPrefix = "application/";
    if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
    return name == "jwt" || name == "at+jwt";
}

Status read_header(const json& header, Jwt& token) {
    if (header.contains("crit"))
        return bad_token("the token's header has crit, which is not taken");
    if (header.contains("enc")) return bad_token("the token is encrypted, which is not taken");
    if (header.contains("b64")) return bad_token("the token's header has b64, which is not taken");
    if (!is_type_of_ours(header)) return bad_token("the token's typ is neither JWT nor at+jwt");
    const auto algorithm = header.find("alg");
    if (algorithm == header.end() || !algorithm->is_string())
        return bad_token("the token's header has no alg");
    token.algorithm = find_jws_algorithm(algorithm->get<std::string>());
    if (token.algorithm == nullptr) {
        return bad_token("the token's alg is not taken, only " + std::string(kJwsAlgorithmNames));
    }
    const auto id = header.find("kid");
    if (id == header.end()) return Status::ok();
    if (!id->is_string() || id->get<std::string>().empty())
        return bad_token("the token's kid is no text");
    token.key_id = id->get<std::string>();
    return Status::ok();
}

}  // namespace

Result<Jwt> parse_jwt(std::string_view token) {
    if (token.size() > kTokenBytesMax)
        return bad_token("the token is longer than " + std::to_string(kTokenBytesMax) + " bytes");
    const auto parts = split_token(token);
    if (!parts) return bad_token("the token is not made of three parts");
    const auto header = part_of(parts->header, "header");
    if (!header) return header.status();
    Jwt parsed;
    if (Status read = read_header(*header, parsed); !read) return read;
    auto claims = part_of(parts->claims, "claims");
    if (!claims) return claims.status();
    const auto signature = base64url_decode(parts->signature);
    if (!signature || signature->empty()) return bad_token("the token's signature is no base64url");
    parsed.claims = std::make_shared<const json>(std::move(*claims));
    parsed.signature = *signature;
    parsed.signed_text = token.substr(0, parts->header.size() + 1 + parts->claims.size());
    return parsed;
}

}  // namespace millrace::bearer
