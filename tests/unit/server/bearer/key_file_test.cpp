#include "server/bearer/key_file.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "token_maker.h"

using namespace millrace;
using namespace millrace::bearer;

TEST_CASE("keys of a file are read again when it changes; what cannot be read changes nothing",
          "[bearer]") {
    const std::string path = std::tmpnam(nullptr);
    KeyFile file(path);
    CHECK(file.load().message().find("Cannot use the keys of " + path + ": No such file") == 0);
    const std::string both =
        jwks({TestKey::ec("a", "P-256").jwk(), TestKey::ec("b", "P-256").jwk()});
    std::ofstream(path) << both;
    REQUIRE(file.load().is_ok());
    const JwkSetPtr before = file.keys();
    REQUIRE(before->size() == 2);
    file.refresh(true);
    CHECK(file.keys() == before);
    // Cut in half, as while it is being written.
    std::ofstream(path) << both.substr(0, both.size() / 2);
    file.refresh(true);
    CHECK(file.keys() == before);
    CHECK(file.load().message().find(path + ": it is no JSON") != std::string::npos);
    std::remove(path.c_str());
    file.refresh(true);
    CHECK(file.keys() == before);
    std::ofstream(path) << jwks({TestKey::ec("c", "P-256").jwk()});
    file.refresh(true);
    CHECK(file.keys()->has("c"));
    CHECK_FALSE(file.keys()->has("a"));
    CHECK_FALSE(file.look_again([] {}));
    std::remove(path.c_str());
}
