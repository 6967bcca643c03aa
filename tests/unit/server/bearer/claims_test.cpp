#include "server/bearer/claims.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace millrace;
using namespace millrace::bearer;
using nlohmann::json;

namespace {

constexpr int64_t kNowMs = 1'000'000'000;  // Second 1,000,000.

Result<Bearer> checked(const std::string& claims, const ClaimRules& rules = {}) {
    return check_claims(json::parse(claims), rules, kNowMs);
}

std::string claim_refusal(const std::string& claims, const ClaimRules& rules = {}) {
    return checked(claims, rules).status().message();
}

using Roles = std::vector<std::string>;

Roles roles_in(const std::string& more, const std::string& claim) {
    ClaimRules rules;
    rules.roles_claim = claim;
    auto bearer = checked(R"({"sub":"a","exp":2000000,)" + more + '}', rules);
    INFO(more << ": " << bearer.status().message());
    REQUIRE(bearer.is_ok());
    return bearer->roles;
}

}  // namespace

TEST_CASE("a token is good between its times, give or take the skew", "[bearer]") {
    ClaimRules rules;
    rules.skew_ms = 30'000;
    CHECK(checked(R"({"sub":"a","exp":1000001})")->expires_ms == 1'000'001'000);
    CHECK(claim_refusal(R"({"sub":"a","exp":1000000})") == "the token has expired");
    CHECK(claim_refusal(R"({"sub":"a","exp":1000000})", rules).empty());
    CHECK(claim_refusal(R"({"sub":"a","exp":999970.5})", rules).empty());
    CHECK(claim_refusal(R"({"sub":"a","exp":999970})", rules) == "the token has expired");
    CHECK(claim_refusal(R"({"sub":"a","exp":-1e300})") == "the token has expired");
    CHECK(claim_refusal(R"({"sub":"a","exp":1e300})").empty());
    CHECK(claim_refusal(R"({"sub":"a"})") == "the token has no end (exp)");
    for (const char* time : {R"("2000000")", "null", "true", "[]"})
        CHECK(claim_refusal(R"({"sub":"a","exp":)" + std::string(time) + '}') ==
              "the token's exp is no time");
    for (const std::string name : {"nbf", "iat"}) {
        const std::string begin = R"({"sub":"a","exp":2000000,")" + name + "\":";
        CHECK(claim_refusal(begin + "1000000}").empty());
        CHECK(claim_refusal(begin + "1000001}") == "the token is not good yet");
        CHECK(claim_refusal(begin + "1000030}", rules).empty());
        CHECK(claim_refusal(begin + "1000031}", rules) == "the token is not good yet");
        CHECK(claim_refusal(begin + "\"1\"}") == "the token's " + name + " is no time");
    }
}

TEST_CASE("issuer and audience are those that were said", "[bearer]") {
    ClaimRules rules;
    rules.issuer = "https://id";
    rules.audience = {"mill", "mill2"};
    auto refusal_of = [&](const std::string& more) {
        return claim_refusal(R"({"sub":"a","exp":2000000)" + more + '}', rules);
    };
    const std::string iss = R"(,"iss":"https://id")";
    CHECK(refusal_of(iss + R"(,"aud":"mill")").empty());
    CHECK(refusal_of(iss + R"(,"aud":["x","mill2"])").empty());
    for (const char* other : {"", R"(,"iss":"https://id/")", R"(,"iss":"HTTPS://id")",
                              R"(,"iss":["https://id"])", R"(,"iss":null)"})
        CHECK(refusal_of(other + std::string(R"(,"aud":"mill")")) ==
              "the token is of another issuer");
    for (const char* other : {"", R"(,"aud":"mil")", R"(,"aud":["Mill"])", R"(,"aud":[])",
                              R"(,"aud":{"mill":1})", R"(,"aud":[["mill"]])", R"(,"aud":7)"})
        CHECK(refusal_of(iss + other) == "the token is for another audience");
}

TEST_CASE("the name is a text out of the claim that was said", "[bearer]") {
    CHECK(checked(R"({"sub":"anna","exp":2000000})")->name == "anna");
    ClaimRules rules;
    rules.name_claim = "profile.mail";
    CHECK(checked(R"({"profile":{"mail":"a@b"},"exp":2000000})", rules)->name == "a@b");
    CHECK(claim_refusal(R"({"sub":"a","exp":2000000})", rules) == "the token has no name in it");
    CHECK(claim_refusal(R"({"sub":7,"exp":2000000})") == "the token has no name in it");
    for (const std::string name : {"", R"(a\u0000b)", R"(a\nb)", R"(\u007f)"})
        CHECK(claim_refusal(R"({"sub":")" + name + R"(","exp":2000000})") ==
              "the token's name is empty, too long or no text");
    CHECK_FALSE(claim_refusal(R"({"exp":2000000,"sub":")" + std::string(257, 'a') + "\"}").empty());
}

TEST_CASE("roles come as a list or as words, from however deep", "[bearer]") {
    CHECK(roles_in(R"("roles":["a","b c"])", "roles") == Roles{"a", "b c"});
    CHECK(roles_in(R"("scope":"read  write,admin ")", "scope") == Roles{"read", "write", "admin"});
    CHECK(roles_in(R"("realm_access":{"roles":["x"]})", "realm_access.roles") == Roles{"x"});
    CHECK(roles_in(R"("https://a.b/roles":["x"])", "https://a.b/roles") == Roles{"x"});
    CHECK(roles_in(R"("realm_access":7)", "realm_access.roles").empty());
    CHECK(roles_in(R"("x":1)", "roles").empty());
    CHECK(roles_in(R"("roles":null)", "roles").empty());
    CHECK(roles_in(R"("roles":"")", "roles").empty());
    for (const char* roles : {"7", R"({"admin":true})", R"(["a",7])", "true"})
        CHECK_FALSE(claim_refusal(R"({"sub":"a","exp":2000000,"roles":)" + std::string(roles) + '}')
                        .empty());
}
