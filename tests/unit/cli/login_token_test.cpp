#include "cli/login_token.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

using namespace millrace;
using namespace millrace::cli;

namespace {

std::string shown(const net::ClientOptions& options) {
    const auto headers = options.fresh_headers();
    REQUIRE(headers.size() == 1);
    CHECK(headers[0].first == "Authorization");
    return headers[0].second;
}

std::string token_fault(const LoginToken& token) {
    net::ClientOptions options;
    const Status status = use_token(token, options);
    CHECK_FALSE(options.fresh_headers);
    return status.message();
}

}  // namespace

TEST_CASE("a token goes along with every request", "[cli]") {
    net::ClientOptions options;
    REQUIRE(use_token({}, options).is_ok());
    CHECK_FALSE(options.fresh_headers);
    REQUIRE(use_token({" a.b-c_d.e= ", ""}, options).is_ok());
    CHECK(shown(options) == "Bearer a.b-c_d.e=");
}

TEST_CASE("a file's token is the one that stands there now", "[cli]") {
    const std::string path = std::tmpnam(nullptr);
    CHECK(token_fault({"", path}).find("Cannot read the token in " + path) == 0);
    std::ofstream(path) << "first\n";
    net::ClientOptions options;
    REQUIRE(use_token({"", path}, options).is_ok());
    CHECK(shown(options) == "Bearer first");
    std::ofstream(path) << "second-one";
    CHECK(shown(options) == "Bearer second-one");
    // While a new one is written, or is none, the one of before.
    std::ofstream(path) << "";
    CHECK(shown(options) == "Bearer second-one");
    std::remove(path.c_str());
    CHECK(shown(options) == "Bearer second-one");
    std::ofstream(path) << "third";
    CHECK(shown(options) == "Bearer third");
    std::remove(path.c_str());
}

TEST_CASE("what is no token is refused, and not shown", "[cli]") {
    using Catch::Matchers::Contains;
    for (const char* text : {"streng geheim", "streng\r\nX: y", "streng\xc3\xa4", "\"streng\""})
        CHECK_THAT(token_fault({text, ""}), Contains("is none") && !Contains("streng"));
    CHECK_THAT(token_fault({"streng", "streng"}), Contains("either") && !Contains("streng"));
    const std::string path = std::tmpnam(nullptr);
    std::ofstream(path) << "streng geheim";
    CHECK_THAT(token_fault({"", path}), Contains("has no token in it") && !Contains("streng"));
    std::remove(path.c_str());
}
