// Tokens and key sets as strangers may send them. An input is a header, a tab, claims, a tab and a
// signature, each as it is before base64url; or a token; or a key set. What is refused is refused
// with words that fit into a header; what is no signature of a key's lets nobody in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "server/bearer/claims.h"
#include "server/bearer/jwk_set.h"
#include "server/bearer/jwt.h"

using namespace millrace;
using namespace millrace::bearer;

namespace {

constexpr int64_t kNowMs = 1'000'000'000'000;

std::string base64url(std::string_view bytes) {
    std::string text = base64_encode(bytes);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text.substr(0, text.find('='));
}

void check_words(const Status& status) {
    if (status) return;
    MR_CHECK(std::all_of(status.message().begin(), status.message().end(),
                         [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }),
             "words that fit into a header");
}

/// Those that RFC 7515 and RFC 8037 show.
const JwkSet& keys() {
    static const JwkSet set = JwkSet::parse(R"({"keys":[
            {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
             "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
            {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})")
                                  .value();
    return set;
}

void check_token(const std::string& token) {
    const auto parsed = parse_jwt(token);
    check_words(parsed.status());
    if (!parsed) return;
    MR_CHECK(token.starts_with(parsed->signed_text), "what is signed is of the token");
    for (const Jwk* key : keys().find(parsed->key_id, *parsed->algorithm)) {
        const bool is_signed =
            key->verifies(*parsed->algorithm, parsed->signed_text, parsed->signature);
        MR_CHECK(!is_signed, "nobody here can sign");
    }
    ClaimRules rules;
    rules.roles_claim = "a.b";
    const auto bearer = check_claims(*parsed->claims, rules, kNowMs);
    check_words(bearer.status());
    if (!bearer) return;
    MR_CHECK(!bearer->name.empty() && bearer->expires_ms > kNowMs, "a name and time left");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto set = JwkSet::parse(input);
    MR_CHECK(!set || set->size() > 0, "a set has keys");
    check_token(std::string(input));
    const size_t first = std::min(input.find('\t'), size);
    const size_t second = std::min(input.find('\t', first + 1), size);
    check_token(
        base64url(input.substr(0, first)) + '.' +
        base64url(input.substr(std::min(first + 1, size), second - std::min(first + 1, second))) +
        '.' + base64url(input.substr(std::min(second + 1, size))));
    return 0;
}
