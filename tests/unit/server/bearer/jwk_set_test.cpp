#include "server/bearer/jwk_set.h"

#include <catch2/catch.hpp>

#include "server/bearer/base64url.h"
#include "token_maker.h"

using namespace millrace;
using namespace millrace::bearer;
using Catch::Matchers::Contains;

namespace {

const TestKey& rsa_key() {
    static const TestKey key = TestKey::rsa("r1");
    return key;
}

std::string set_refusal(const std::string& text) {
    return JwkSet::parse(text).status().message();
}

/// Is the signature one of the set's key, under this algorithm?
bool verifies(const JwkSet& set, const std::string& id, const std::string& algorithm,
              const std::string& text, const std::string& signature) {
    const JwsAlgorithm* found = find_jws_algorithm(algorithm);
    REQUIRE(found != nullptr);
    const auto keys = set.find(id, *found);
    return keys.size() == 1 && keys[0]->verifies(*found, text, signature);
}

}  // namespace

TEST_CASE("base64url is taken only as an encoder writes it", "[bearer]") {
    CHECK(base64url_decode("") == "");
    CHECK(base64url_decode("-_8") == "\xfb\xff");
    CHECK(base64url_decode("YQ") == "a");
    for (const char* text : {"YQ==", "YQ=", "Y", "YR", "YWJ", "+_8", "/w", "Y Q", "YQ\n", "Y\xc3"})
        CHECK_FALSE(base64url_decode(text));
}

TEST_CASE("a signature of every algorithm holds for its text alone", "[bearer]") {
    const TestKey p256 = TestKey::ec("e256", "P-256"), p384 = TestKey::ec("e384", "P-384"),
                  p521 = TestKey::ec("e521", "P-521"), ed = TestKey::edwards("ed");
    const auto set =
        JwkSet::parse(jwks({rsa_key().jwk(), p256.jwk(), p384.jwk(), p521.jwk(), ed.jwk()}));
    REQUIRE(set.is_ok());
    const std::vector<std::tuple<const TestKey*, std::string, std::string>> all = {
        {&rsa_key(), "r1", "RS256"}, {&rsa_key(), "r1", "RS384"}, {&rsa_key(), "r1", "RS512"},
        {&rsa_key(), "r1", "PS256"}, {&rsa_key(), "r1", "PS384"}, {&rsa_key(), "r1", "PS512"},
        {&p256, "e256", "ES256"},    {&p384, "e384", "ES384"},    {&p521, "e521", "ES512"},
        {&ed, "ed", "EdDSA"}};
    for (const auto& [key, id, algorithm] : all) {
        INFO(algorithm);
        std::string signature = key->sign(algorithm, "text");
        CHECK(verifies(*set, id, algorithm, "text", signature));
        CHECK_FALSE(verifies(*set, id, algorithm, "Text", signature));
        CHECK_FALSE(verifies(*set, id, algorithm, "", signature));
        CHECK_FALSE(verifies(*set, id, algorithm, "text", ""));
        CHECK_FALSE(verifies(*set, id, algorithm, "text", signature + '\0'));
        CHECK_FALSE(verifies(*set, id, algorithm, "text", signature.substr(1)));
        CHECK_FALSE(verifies(*set, id, algorithm, "text", std::string(signature.size(), '\0')));
        signature[signature.size() / 2] ^= 1;
        CHECK_FALSE(verifies(*set, id, algorithm, "text", signature));
    }
    // Of one key, two algorithms are two signatures.
    CHECK_FALSE(verifies(*set, "r1", "PS256", "text", rsa_key().sign("RS256", "text")));
    CHECK_FALSE(verifies(*set, "r1", "RS384", "text", rsa_key().sign("RS256", "text")));
}

TEST_CASE("the signatures that the standards show hold", "[bearer]") {
    // RFC 7515, appendix A.3, and RFC 8037, appendix A.4.
    const auto set = JwkSet::parse(
        jwks({R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
             "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"e"})",
              R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
             "kid":"o"})"}));
    REQUIRE(set.is_ok());
    CHECK(verifies(
        *set, "e", "ES256",
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        base64url_decode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKT"
                         "UJqPP3-Kg6NU1Q")
            .value()));
    CHECK(verifies(
        *set, "o", "EdDSA", "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        base64url_decode("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7"
                         "sVvpAr_MuM0KAg")
            .value()));
}

TEST_CASE("which algorithms a key takes follows from the key", "[bearer]") {
    for (const char* name :
         {"none", "None", "", "HS256", "HS384", "HS512", "RS1", "rs256", "ES256K"})
        CHECK(find_jws_algorithm(name) == nullptr);
    const TestKey curve = TestKey::ec("e", "P-256");
    const auto set = JwkSet::parse(jwks({rsa_key().jwk(R"(,"alg":"RS256")"), curve.jwk()}));
    REQUIRE(set.is_ok());
    auto takes = [&](const std::string& id, const char* algorithm) {
        return !set->find(id, *find_jws_algorithm(algorithm)).empty();
    };
    CHECK(takes("r1", "RS256"));
    CHECK(takes("", "RS256"));
    CHECK(takes("e", "ES256"));
    for (const char* algorithm : {"RS384", "PS256", "ES256", "EdDSA"})
        CHECK_FALSE(takes("r1", algorithm));
    for (const char* algorithm : {"RS256", "ES384", "ES512", "EdDSA"})
        CHECK_FALSE(takes("e", algorithm));
    CHECK_FALSE(takes("nobody", "RS256"));
    CHECK(set->has("e"));
    CHECK_FALSE(set->has("nobody"));
}

TEST_CASE("keys that cannot be used are left out, with the reason where they were meant",
          "[bearer]") {
    const std::string good = rsa_key().jwk();
    const auto left_out = [&](const std::string& key) {
        const auto set = JwkSet::parse(jwks({good, key}));
        REQUIRE(set.is_ok());
        CHECK(set->size() == 1);
        return set->left_out().empty() ? std::string() : set->left_out()[0];
    };
    CHECK(left_out(TestKey::ec("x", "P-256").jwk(R"(,"use":"enc")")).empty());
    CHECK(left_out(R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})").empty());
    CHECK(left_out(R"({"kty":"RSA","alg":"RSA-OAEP","n":"AQAB","e":"AQAB"})").empty());
    CHECK(left_out(R"({"kty":"new"})").empty());
    CHECK_THAT(left_out(R"({"kty":"oct","k":"c2VjcmV0","kid":"h"})"),
               Contains("key 2 (kid \"h\"): it is a shared secret") && !Contains("c2Vj"));
    CHECK_THAT(left_out(R"({"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"})"),
               Contains("key 2: it is, or has in it, a secret key"));
    CHECK_THAT(left_out(TestKey::rsa("weak", 1024).jwk()), Contains("shorter than 2048 bits"));
    CHECK_THAT(left_out(rsa_key().jwk(R"(,"alg":"ES256")")), Contains("alg is not of its kind"));
    CHECK_THAT(left_out(R"({"kty":"RSA","n":"!","e":"AQAB"})"), Contains("no base64url"));
    // A point beside its curve.
    const std::string zeros(43, 'A');
    CHECK_THAT(
        left_out(R"({"kty":"EC","crv":"P-256","x":")" + zeros + R"(","y":")" + zeros + "\"}"),
        Contains("no point of the curve"));
    CHECK_THAT(left_out(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})"),
               Contains("not of the curve's length"));
    CHECK_THAT(left_out(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})"), Contains("length"));
    CHECK_THAT(left_out("7"), Contains("no object"));
}

TEST_CASE("a set without a key that can be used is none", "[bearer]") {
    CHECK_THAT(set_refusal(R"({"keys":[]})"), Contains("no key that can be used"));
    CHECK_THAT(set_refusal(R"({"keys":[{"kty":"oct","k":"c2VjcmV0"}]})"),
               Contains("HS256 are not taken") && !Contains("c2Vj"));
    CHECK_THAT(set_refusal("{}"), Contains("no list \"keys\""));
    CHECK_THAT(set_refusal(R"({"keys":{}})"), Contains("no list \"keys\""));
    CHECK_THAT(set_refusal("[]"), Contains("no JSON object"));
    CHECK(set_refusal("") == "it is no JSON");
    const std::string good = jwks({rsa_key().jwk()});
    for (size_t size = 0; size < good.size(); size += 7)
        CHECK_FALSE(JwkSet::parse(good.substr(0, size)).is_ok());
    CHECK_THAT(set_refusal(R"({"keys":[],"keys":[]})"), Contains("twice"));
    CHECK_THAT(set_refusal(std::string(100, '[') + std::string(100, ']')), Contains("deeply"));
    CHECK_THAT(set_refusal(std::string(kJwksBytesMax + 1, ' ')), Contains("larger than"));
    std::string many = rsa_key().jwk();
    for (int i = 0; i < 100; ++i) many += "," + rsa_key().jwk();
    CHECK_THAT(set_refusal(jwks({many})), Contains("more than 100 keys"));
}
