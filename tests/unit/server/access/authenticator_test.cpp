#include "server/access/authenticator.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "engine/base/bytes.h"
#include "engine/base/clock.h"

using namespace millrace;
using namespace millrace::server;

namespace {

struct FileOfUsers {
    explicit FileOfUsers(const std::string& text) { write(text); }
    ~FileOfUsers() { std::remove(path.c_str()); }
    void write(const std::string& text) const { std::ofstream(path) << text; }
    std::string path = std::tmpnam(nullptr);
};

constexpr const char* kBcrypt = "$2y$08$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu";

}  // namespace

TEST_CASE("the header of HTTP basic is taken apart at its first colon", "[access]") {
    auto parsed = parse_basic("bAsIc  " + base64_encode("anna:ge:heim"));
    REQUIRE(parsed);
    CHECK(parsed->user == "anna");
    CHECK(parsed->password == "ge:heim");
    CHECK(parse_basic("Basic " + base64_encode(":"))->user.empty());
    for (const std::string& header :
         {std::string(), std::string("Basic"), std::string("Basic !"), std::string("Bearer abc"),
          "Basic " + base64_encode("anna"), "Basic" + base64_encode("a:b")})
        CHECK_FALSE(parse_basic(header));
}

TEST_CASE("who has logged in is remembered, who has not is not", "[access]") {
    FileOfUsers file("anna: geheim,read\n");
    Authenticator door(file.path);
    REQUIRE(door.load().is_ok());
    CHECK(door.remembered({"anna", "geheim"}) == nullptr);
    CHECK(door.verify({"anna", "falsch"}) == nullptr);
    CHECK(door.verify({"bert", "geheim"}) == nullptr);
    CHECK(door.verify({"", ""}) == nullptr);
    const CallerPtr anna = door.verify({"anna", "geheim"});
    REQUIRE(anna);
    CHECK(anna->user == "anna");
    CHECK(anna->roles == std::vector<std::string>{"read"});
    CHECK(door.remembered({"anna", "geheim"}) == anna);
    CHECK(door.remembered({"anna", "falsch"}) == nullptr);
    CHECK(door.remembered({"ann", "ageheim"}) == nullptr);
}

TEST_CASE("a changed password counts at once for who is remembered", "[access]") {
    FileOfUsers file("anna: geheim\n");
    Authenticator door(file.path);
    REQUIRE(door.load().is_ok());
    REQUIRE(door.verify({"anna", "geheim"}));
    file.write("anna: geheim2\n");
    REQUIRE(door.load().is_ok());
    CHECK(door.remembered({"anna", "geheim"}) == nullptr);
    CHECK(door.verify({"anna", "geheim"}) == nullptr);
    CHECK(door.verify({"anna", "geheim2"}) != nullptr);
}

TEST_CASE("who is nobody waits as long as who is somebody", "[access]") {
    FileOfUsers file("anna: geheim\nbert: " + std::string(kBcrypt) + "\n");
    Authenticator door(file.path);
    REQUIRE(door.load().is_ok());
    auto time_of = [&](const std::string& user) {
        const int64_t began = steady_ms();
        for (int i = 0; i < 5; ++i) CHECK(door.verify({user, "falsch"}) == nullptr);
        return steady_ms() - began;
    };
    const int64_t known = time_of("bert");
    const int64_t unknown = time_of("nobody");
    CHECK(unknown >= known / 3);
    CHECK(unknown <= known * 3 + 20);
}
