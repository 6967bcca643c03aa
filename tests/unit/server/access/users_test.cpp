#include "server/access/users.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "engine/base/error.h"
#include "server/access/jaas_file.h"

using namespace millrace;
using namespace millrace::server;

namespace {

std::string file_refusal(const std::string& text) {
    try {
        Users::parse(text);
    } catch (const StatementError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a users file has lines of Jetty's and of htpasswd's", "[access]") {
    const Users users = Users::parse(
        "# who may come in\n"
        "\n"
        "anna: geheim,admin, write\r\n"
        "bert:$apr1$abcdefgh$bw9gEObk10asetVLiysIZ0\n"
        "  carl = MD5:e8636ea013e682faf61f56ce1cb1ab5c , read\n"
        "d\\:ora: ge\\\\heim");
    REQUIRE(users.size() == 4);
    CHECK(users.find("anna")->roles == std::vector<std::string>{"admin", "write"});
    CHECK(users.find("anna")->password.matches("geheim"));
    CHECK(users.find("bert")->roles.empty());
    CHECK(users.find("bert")->password.matches("geheim"));
    CHECK(users.find("carl")->roles == std::vector<std::string>{"read"});
    CHECK(users.find("d:ora")->password.matches("ge\\heim"));
    CHECK(users.find("emil") == nullptr);
    CHECK(users.has_plain_passwords());
    CHECK(users.slowest() == users.find("bert"));
}

TEST_CASE("what is wrong with a users file is told by its line, without what stands there",
          "[access]") {
    CHECK(file_refusal("a: x\nb:\n") == "line 2: there is no password");
    CHECK(file_refusal("\n\nanna\n") == "line 3: there is no password");
    CHECK(file_refusal("a: x\n\na: y\n") == "line 3: the user stands in a line before");
    CHECK(file_refusal("a: {SSHA}geheim\n").find("line 1: this kind of password is not known") ==
          0);
    CHECK(file_refusal("a: geheim\\\nb: x\n") ==
          "line 1: a user's line does not go on in the next one");
    CHECK(file_refusal(": geheim\n") == "line 1: a user has a name");
    CHECK(file_refusal("a: ge\\uheim\n").find("line 1: it has an escape") == 0);
    for (const char* text : {"a: {SSHA}geheim", "a: ge\\uheim", "a: geheim\\", ": geheim"})
        CHECK(file_refusal(text).find("geheim") == std::string::npos);
}

TEST_CASE("a users file that cannot be read ends the start; later it changes nothing", "[access]") {
    const std::string path = std::tmpnam(nullptr);
    UsersFile file(path);
    CHECK(file.load().message().find("Cannot read the users file " + path) == 0);
    std::ofstream(path) << "anna: geheim\n";
    REQUIRE(file.load().is_ok());
    CHECK(file.users()->find("anna") != nullptr);
    std::ofstream(path) << "anna: geheim\nbert: {SSHA}x\n";
    file.refresh();
    CHECK(file.users()->find("anna") != nullptr);
    CHECK(file.load().message().find(path + ": line 2: ") == 0);
    std::ofstream(path) << "bert: geheim\n";
    REQUIRE(file.load().is_ok());
    CHECK(file.users()->find("anna") == nullptr);
    std::remove(path.c_str());
}

TEST_CASE("a JAAS file names the users file", "[access]") {
    const std::string text =
        "/* of ksqlDB */\n"
        "Other { a.b.KrbLoginModule required file=\"/krb\"; };\n"
        "KsqlServer-Props { // here\n"
        "  org.eclipse.jetty.jaas.spi.PropertyFileLoginModule required\n"
        "  debug=\"true\" file=\"/etc/ksql/password.properties\";\n"
        "};\n";
    CHECK(users_file_of_jaas(text, "KsqlServer-Props").value() == "/etc/ksql/password.properties");
    CHECK(users_file_of_jaas(text, "Nobody").status().message() ==
          "it has no section 'Nobody', which authentication.realm names");
    CHECK(users_file_of_jaas(text, "Other").status().message().find("no PropertyFileLoginModule") !=
          std::string::npos);
    for (const char* broken :
         {"", "a", "a {", "a { x.PropertyFileLoginModule file", "a { \"", "/*"})
        CHECK_FALSE(users_file_of_jaas(broken, "a").is_ok());
}
