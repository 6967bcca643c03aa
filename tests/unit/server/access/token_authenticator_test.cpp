#include "server/access/token_authenticator.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <catch2/catch.hpp>

#include "tests/unit/server/bearer/token_maker.h"

using namespace millrace;
using namespace millrace::server;
using bearer::TestKey;

namespace {

constexpr int64_t kNowMs = 1'000'000'000;
constexpr const char* kClaims = R"({"sub":"anna","exp":1000100,"roles":["read"]})";

/// Keys that a test sets, and newer ones that come when it is looked again.
class SetKeys final : public bearer::KeySource {
public:
    void set(const std::string& text) {
        keys_ = std::make_shared<const bearer::JwkSet>(bearer::JwkSet::parse(text).value());
    }
    bearer::JwkSetPtr keys() const override { return keys_; }
    bool is_stale() override { return is_stale_; }
    void refresh(bool now) override {
        if (now && !newer_.empty()) set(newer_);
    }
    bool look_again(std::function<void()>) override { return false; }

    bool is_stale_ = false;
    std::string newer_;

private:
    bearer::JwkSetPtr keys_;
};

struct TokenDoor {
    explicit TokenDoor(const std::string& keys = "", bearer::ClaimRules rules = {}) {
        auto made = std::make_unique<SetKeys>();
        source = made.get();
        if (!keys.empty()) source->set(keys);
        door = std::make_unique<TokenAuthenticator>(std::move(made), std::move(rules), clock);
    }
    ManualClock clock{kNowMs};
    SetKeys* source;
    std::unique_ptr<TokenAuthenticator> door;
};

const TestKey& signer() {
    static const TestKey key = TestKey::rsa("r1");
    return key;
}

std::string hmac_token(const std::string& header, const std::string& claims,
                       const std::string& secret) {
    const std::string text = bearer::base64url(header) + '.' + bearer::base64url(claims);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
    return text + '.' + bearer::base64url({reinterpret_cast<const char*>(mac), size});
}

}  // namespace

TEST_CASE("the header of a bearer token has the token", "[access]") {
    CHECK(parse_bearer("Bearer abc") == "abc");
    CHECK(parse_bearer(" bEARER   a.b.c ") == "a.b.c");
    for (const char* header : {"", "Bearer", "Bearer ", "Basic abc", "Bearerabc"})
        CHECK_FALSE(parse_bearer(header));
}

TEST_CASE("a token that is good gives name and roles, and is remembered", "[access]") {
    TokenDoor door(bearer::jwks({signer().jwk()}));
    const std::string token = signer().token("RS256", kClaims);
    CHECK(door.door->remembered(token) == nullptr);
    const auto verdict = door.door->verify(token);
    INFO(verdict.refusal);
    REQUIRE(verdict.caller);
    CHECK(verdict.caller->user == "anna");
    CHECK(verdict.caller->roles == std::vector<std::string>{"read"});
    CHECK(verdict.caller->has_token);
    CHECK(door.door->remembered(token) == verdict.caller);
    CHECK(door.door->remembered(token + "A") == nullptr);
    CHECK(door.door->remembered("") == nullptr);
}

TEST_CASE("what is remembered ends with the token, and with its keys", "[access]") {
    const std::string keys = bearer::jwks({signer().jwk()});
    TokenDoor door(keys);
    const std::string token = signer().token("RS256", kClaims);
    REQUIRE(door.door->verify(token).caller);
    door.source->is_stale_ = true;
    CHECK(door.door->remembered(token) == nullptr);
    door.source->is_stale_ = false;
    CHECK(door.door->remembered(token));
    door.clock.advance(100'000 - 1);
    CHECK(door.door->remembered(token));
    door.clock.advance(1);
    CHECK(door.door->remembered(token) == nullptr);
    CHECK(door.door->verify(token).refusal == "the token has expired");

    TokenDoor other(keys);
    REQUIRE(other.door->verify(token).caller);
    other.source->set(bearer::jwks({TestKey::ec("e", "P-256").jwk()}));
    CHECK(other.door->remembered(token) == nullptr);
    const auto verdict = other.door->verify(token);
    CHECK(verdict.refusal == "the token's key is not known");
    CHECK(verdict.is_unknown_key);
    CHECK_FALSE(verdict.has_no_keys);
}

TEST_CASE("a key that is not known may be in a file that has changed", "[access]") {
    const TestKey young = TestKey::ec("young", "P-256");
    TokenDoor door(bearer::jwks({signer().jwk()}));
    const std::string token = young.token("ES256", kClaims);
    CHECK(door.door->verify(token).is_unknown_key);
    door.source->newer_ = bearer::jwks({young.jwk()});
    CHECK(door.door->verify(token).caller);
}

TEST_CASE("without keys nobody is let in, and it is said that it may change", "[access]") {
    TokenDoor door;
    const auto verdict = door.door->verify(signer().token("RS256", kClaims));
    CHECK(verdict.caller == nullptr);
    CHECK(verdict.has_no_keys);
    CHECK(verdict.is_unknown_key);
    CHECK_FALSE(door.door->verify("garbage").has_no_keys);
}

TEST_CASE("a public key is no secret to sign with, and an algorithm not a token's to choose",
          "[access]") {
    const TestKey curve = TestKey::ec("e1", "P-256");
    TokenDoor door(bearer::jwks({signer().jwk(), curve.jwk()}));
    auto refusal_of = [&](const std::string& token) {
        const auto verdict = door.door->verify(token);
        CHECK(verdict.caller == nullptr);
        CHECK(door.door->remembered(token) == nullptr);
        return verdict.refusal;
    };
    const std::string header = R"({"alg":"HS256","kid":"r1"})";
    for (const std::string& secret : {signer().pem(), signer().jwk(), std::string()})
        CHECK(refusal_of(hmac_token(header, kClaims, secret)).find("alg is not taken") !=
              std::string::npos);
    for (const char* name : {"RS256", "ES256", "EdDSA", "PS512"})
        CHECK_FALSE(refusal_of(hmac_token(R"({"alg":")" + std::string(name) + R"(","kid":"r1"})",
                                          kClaims, signer().pem()))
                        .empty());
    CHECK(refusal_of(signer().token_with_header(R"({"alg":"none","kid":"r1"})", "RS256", kClaims))
              .find("alg is not taken") != std::string::npos);
    CHECK(
        refusal_of(signer().token_with_header(R"({"alg":"ES256","kid":"r1"})", "RS256", kClaims)) ==
        "the token's alg is not one of its key");
    CHECK(refusal_of(curve.token_with_header(R"({"alg":"ES256","kid":"r1"})", "ES256", kClaims)) ==
          "the token's alg is not one of its key");
    CHECK(refusal_of(curve.token_with_header(R"({"alg":"ES384","kid":"e1"})", "ES256", kClaims)) ==
          "the token's alg is not one of its key");
    CHECK(refusal_of(TestKey::rsa("r1").token("RS256", kClaims)) ==
          "the token's signature is not that of its key");
    // A key that the token brings along is not looked at.
    const TestKey own = TestKey::ec("e1", "P-256");
    CHECK(refusal_of(own.token_with_header(R"({"alg":"ES256","kid":"e1","jwk":)" + own.jwk() + '}',
                                           "ES256", kClaims)) ==
          "the token's signature is not that of its key");
}

TEST_CASE("a token without a key's id is tried with the keys that fit", "[access]") {
    const TestKey first = TestKey::ec("a", "P-256"), second = TestKey::ec("b", "P-256");
    TokenDoor door(bearer::jwks({signer().jwk(), first.jwk(), second.jwk()}));
    const std::string header = R"({"alg":"ES256"})";
    CHECK(door.door->verify(second.token_with_header(header, "ES256", kClaims)).caller);
    CHECK(door.door->verify(TestKey::ec("b", "P-256").token_with_header(header, "ES256", kClaims))
              .refusal == "the token's signature is not that of its key");
}

TEST_CASE("no part of a token may be changed", "[access]") {
    const TestKey curve = TestKey::ec("e", "P-256");
    TokenDoor door(bearer::jwks({curve.jwk()}));
    const std::string token = curve.token("ES256", kClaims);
    REQUIRE(door.door->verify(token).caller);
    for (size_t at = 0; at < token.size(); ++at) {
        std::string changed = token;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        CHECK(door.door->verify(changed).caller == nullptr);
        changed[at] = '.';
        CHECK((token[at] == '.' || door.door->verify(changed).caller == nullptr));
        CHECK(door.door->verify(token.substr(0, at)).caller == nullptr);
    }
}

TEST_CASE("what a token claims is held against the rules", "[access]") {
    bearer::ClaimRules rules;
    rules.audience = {"mill"};
    TokenDoor door(bearer::jwks({signer().jwk()}), rules);
    CHECK(door.door->verify(signer().token("RS256", kClaims)).refusal ==
          "the token is for another audience");
    CHECK(door.door->verify(signer().token("PS256", R"({"sub":"a","exp":1000100,"aud":"mill"})"))
              .caller);
}
