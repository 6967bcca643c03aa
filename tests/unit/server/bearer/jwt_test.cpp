#include "server/bearer/jwt.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "token_maker.h"

using namespace millrace;
using namespace millrace::bearer;
using Catch::Matchers::Contains;

namespace {

std::string with_header(const std::string& header, const std::string& claims = "{}") {
    return base64url(header) + '.' + base64url(claims) + ".c2ln";
}

std::string token_refusal(const std::string& token) {
    const auto parsed = parse_jwt(token);
    REQUIRE_FALSE(parsed.is_ok());
    const std::string why = parsed.status().message();
    // It goes into a quoted text of a header.
    CHECK(why.find_first_of("\"\\\r\n") == std::string::npos);
    return why;
}

}  // namespace

TEST_CASE("a token is taken apart", "[bearer]") {
    const std::string text =
        with_header(R"({"alg":"ES256","kid":"k","jku":"http://x/"})", R"({"sub":"anna"})");
    const auto token = parse_jwt(text);
    REQUIRE(token.is_ok());
    CHECK(token->algorithm->name == "ES256");
    CHECK(token->key_id == "k");
    CHECK((*token->claims)["sub"] == "anna");
    CHECK(token->signature == "sig");
    CHECK(std::string(token->signed_text) + ".c2ln" == text);
    CHECK(parse_jwt(with_header(R"({"alg":"RS256"})"))->key_id.empty());
    for (const char* type : {"JWT", "jwt", "at+jwt", "application/at+JWT"})
        CHECK(parse_jwt(with_header(R"({"alg":"RS256","typ":")" + std::string(type) + "\"}")));
}

TEST_CASE("what is no token of ours is refused before its signature is looked at", "[bearer]") {
    CHECK_THAT(token_refusal(with_header(R"({"alg":"none"})")), Contains("alg is not taken"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"nOnE"})")), Contains("alg is not taken"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"HS256"})")), Contains("alg is not taken"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":["RS256"]})")), Contains("no alg"));
    CHECK_THAT(token_refusal(with_header("{}")), Contains("no alg"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256","crit":["exp"]})")), Contains("crit"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256","b64":false})")), Contains("b64"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256","enc":"A128GCM"})")),
               Contains("encrypted"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256","typ":"logout+jwt"})")),
               Contains("typ"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256","kid":7})")), Contains("kid"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256","kid":""})")), Contains("kid"));
    CHECK_THAT(token_refusal(with_header("[]")), Contains("no JSON object"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256")")), Contains("no JSON"));
    CHECK_THAT(token_refusal(with_header("{\"alg\":\"RS256\",\"a\":\"\xff\"}")),
               Contains("no JSON"));
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256"})", "7")), Contains("claims"));
}

TEST_CASE("a member that stands twice is refused, at whatever depth", "[bearer]") {
    CHECK_THAT(token_refusal(with_header(R"({"alg":"RS256","alg":"none"})")), Contains("twice"));
    const std::string header = R"({"alg":"RS256"})";
    CHECK_THAT(token_refusal(with_header(header, R"({"sub":"a","sub":"b"})")), Contains("twice"));
    CHECK_THAT(token_refusal(with_header(header, R"({"a":{"b":1,"c":[{"d":1,"d":2}]}})")),
               Contains("twice"));
    CHECK_THAT(token_refusal(with_header(header, R"({"s\u0075b":"a","sub":"b"})")),
               Contains("twice"));
    CHECK(parse_jwt(with_header(header, R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})")));
    const std::string deep = R"({"a":)" + std::string(500, '[') + std::string(500, ']') + '}';
    CHECK_THAT(token_refusal(with_header(header, deep)), Contains("deeply"));
}

TEST_CASE("a token has three parts, each in exact base64url, and an end to its length",
          "[bearer]") {
    const std::string good = with_header(R"({"alg":"RS256"})", R"({"a":1})");
    REQUIRE(parse_jwt(good));
    for (const std::string& bad :
         {std::string(), std::string("."), std::string(".."), std::string("a.b"), good + ".x",
          good + "=", good + " ", " " + good, good.substr(0, good.rfind('.') + 1),
          good.substr(0, good.rfind('.')), good + "\n", '=' + good})
        CHECK_FALSE(token_refusal(bad).empty());
    // Every beginning of one is none, but for those that end within the signature.
    for (size_t size = 0; size <= good.rfind('.') + 1; ++size)
        CHECK_FALSE(parse_jwt(std::string_view(good).substr(0, size)));
    const std::string long_one =
        with_header(R"({"alg":"RS256"})", R"({"a":")" + std::string(kTokenBytesMax, 'x') + "\"}");
    CHECK_THAT(token_refusal(long_one), Contains("longer than 16384 bytes"));
}
