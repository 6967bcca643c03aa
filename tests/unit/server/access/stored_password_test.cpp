#include "server/access/stored_password.h"

#include <catch2/catch.hpp>

using namespace millrace;
using namespace millrace::server;

namespace {

bool accepts(const std::string& stored, const std::string& typed) {
    auto password = StoredPassword::parse(stored);
    INFO(stored << ": " << password.status().message());
    REQUIRE(password.is_ok());
    return password->matches(typed);
}

std::string password_refusal(const std::string& stored) {
    return StoredPassword::parse(stored).status().message();
}

}  // namespace

TEST_CASE("every kind of stored password takes the right one and no other", "[access]") {
    const char* stored[] = {"geheim",
                            "MD5:e8636ea013e682faf61f56ce1cb1ab5c",
                            "MD5:E8636EA013E682FAF61F56CE1CB1AB5C",
                            "{SHA}kGByAB793z4R5tK1eC9Hd/4Dhzk=",
                            "$apr1$abcdefgh$bw9gEObk10asetVLiysIZ0",
                            "$1$abc$ZAfLRk1aHF/.QlC7ixD3f.",
                            "$5$abc$dMCdvC1mB4C3HJ3rSEuki7J3V6expJoTaEV6oSaAuX7",
                            "$6$abc$KAe1EsG/CXahwSWV6zRvGcvHNHOBHog/"
                            "NbxuGWHm2YywqKzLbB9.dK.4PnOXUOn7LGTg7ouv6RItkzZ297N1o0",
                            "$2y$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu",
                            "$2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ.",
                            "$y$j9T$abcdefghijklmnop$TZl1CrTN8GLrlgbnI64zBu4u1VjECCj161mNTdL9Yy.",
                            "CRYPT:abOkmxXhjDb.Y",
                            "CRYPT:$2b$04$abcdefghijklmnopqrstuuPWRtT5yx7FBi4dcf6ROhboeNunUrLQ."};
    for (const std::string text : stored) {
        CHECK(accepts(text, "geheim"));
        CHECK_FALSE(accepts(text, "Geheim"));
        CHECK_FALSE(accepts(text, ""));
        CHECK_FALSE(accepts(text, std::string("geheim\0", 7)));
        CHECK_FALSE(accepts(text, std::string(100'000, 'x')));
        if (text != "geheim") CHECK_FALSE(accepts(text, text));  // A hash is no password.
    }
    // As Jetty's manual has it.
    CHECK(accepts("OBF:1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4", "storepwd"));
    CHECK(accepts("OBF:1u2u1wml1z7s1z7a1wnl1u2g", "keypwd"));
}

TEST_CASE("apr1 is Apache's, for words longer than a digest too", "[access]") {
    CHECK(apr1_crypt("a much longer password, longer than 16 bytes", "$apr1$ab$") ==
          "$apr1$ab$IVW75pFFtwnTwfHF3V7Wg.");
}

TEST_CASE("a kind of password that is not known is refused, and not shown", "[access]") {
    using Catch::Matchers::Contains;
    CHECK_THAT(password_refusal("{SSHA}geheim"),
               Contains("is not known ({SSHA})") && !Contains("geheim"));
    CHECK_THAT(password_refusal("$9$geheim"), Contains("is not known ($9)") && !Contains("geheim"));
    CHECK_THAT(password_refusal("$ecret"), Contains("is not known"));
    CHECK_THAT(password_refusal("CRYPT:geheim"), Contains("is not known"));
    CHECK(password_refusal("") == "there is no password");
    CHECK(password_refusal("MD5:abc") == "the hash is not whole");
    CHECK(password_refusal("$2y$05$abc") == "the hash is not whole");
    CHECK_THAT(password_refusal("OBF:!!"), Contains("is not Jetty's"));
    CHECK_THAT(password_refusal("$2y$31$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu"),
               Contains("bcrypt cost above 15"));
    CHECK_THAT(
        password_refusal("$5$rounds=99999999$abc$dMCdvC1mB4C3HJ3rSEuki7J3V6expJoTaEV6oSaAuX7"),
        Contains("rounds"));
}
