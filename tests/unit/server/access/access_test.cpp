#include "server/access/access.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "engine/base/wildcard.h"
#include "engine/sql/parser.h"
#include "server/access/audit.h"
#include "server/access/door_warnings.h"
#include "tests/unit/server/bearer/token_maker.h"

using namespace millrace;
using namespace millrace::server;

namespace {

using Properties = std::map<std::string, std::string>;

struct Written {
    explicit Written(const std::string& text) { std::ofstream(path) << text; }
    ~Written() { std::remove(path.c_str()); }
    std::string path = std::tmpnam(nullptr);
};

std::shared_ptr<Access> door(const Written& users, Properties more) {
    more.emplace("authentication.method", "BASIC");
    more["millrace.authentication.users.file"] = users.path;
    auto access = Access::open(Config(more));
    INFO(access.status().message());
    REQUIRE(access.is_ok());
    return *access;
}

std::string start_refusal(const Properties& properties) {
    return Access::open(Config(properties)).status().message();
}

Right needed(const std::string& text) {
    return right_for(sql::parse_script(text).at(0));
}

net::Request asked(const std::string& method, const std::string& path) {
    net::Request request;
    request.method = method;
    request.path = path;
    request.remote_address = "10.0.0.7";
    return request;
}

}  // namespace

TEST_CASE("properties of users that nobody would be asked for end the start", "[access]") {
    CHECK(Access::open(Config()).value() == nullptr);
    CHECK(start_refusal({{"authentication.method", "BASIC"}}) ==
          "authentication.method=BASIC needs a file of users: set "
          "millrace.authentication.users.file");
    CHECK(start_refusal({{"millrace.authentication.users.file", "/x"}})
              .find("is refused without authentication.method=BASIC") != std::string::npos);
    CHECK(start_refusal({{"millrace.authorization.admin.roles", "x"}})
              .find("is refused without authentication.method=BASIC") != std::string::npos);
    CHECK(start_refusal({{"authentication.method", "BASIC"},
                         {"millrace.authentication.users.file", "/no/such"}})
              .find("Cannot read the users file /no/such: No such file") == 0);
    CHECK(start_refusal(
              {{"authentication.method", "BASIC"}, {"java.security.auth.login.config", "/no/such"}})
              .find("Cannot read /no/such (java.security.auth.login.config)") == 0);
    const Written users("anna: geheim\n");
    const Written jaas("R { x.PropertyFileLoginModule required file=\"" + users.path + "\"; };");
    CHECK(start_refusal({{"authentication.method", "BASIC"},
                         {"authentication.realm", "R"},
                         {"java.security.auth.login.config", jaas.path}}) == "");
}

TEST_CASE("probes are open, and what authentication.skip.paths says", "[access]") {
    const Written users("anna: geheim\n");
    const auto access = door(users, {{"authentication.skip.paths", "/info,/status/*"}});
    for (const char* path : {"/chc/ready", "/chc/live", "/healthcheck", "/v1/metadata",
                             "/v1/metadata/id", "/info", "/status/", "/status/a/b"})
        CHECK(access->is_open(path));
    for (const char* path : {"/", "/ksql", "/healthcheck/", "/v1/metadata/x", "/status", "/inf",
                             "/infos", "/health%63heck", "/chc/ready/../ksql", ""})
        CHECK_FALSE(access->is_open(path));
    CHECK(matches_wildcard("/a*b*c", "/aXbYbZc"));
    CHECK_FALSE(matches_wildcard("/a*b*c", "/aXbYbZ"));
    CHECK(matches_wildcard("*", ""));
}

TEST_CASE("authentication.roles says who is let in", "[access]") {
    const Written users("anna: geheim\n");
    const Caller anna{"anna", {"dev", "*x"}}, star{"stella", {"*"}}, none{"nemo", {}};
    CHECK(door(users, {})->is_let_in(none));
    const auto dev = door(users, {{"authentication.roles", "ops,dev"}});
    CHECK(dev->is_let_in(anna));
    CHECK_FALSE(dev->is_let_in(star));
    CHECK_FALSE(dev->is_let_in(none));
    const auto literal = door(users, {{"authentication.roles", "**"}});
    CHECK(literal->is_let_in(star));
    CHECK_FALSE(literal->is_let_in(anna));
    CHECK(door(users, {{"authentication.realm", "a \"b\" \\"}})->challenges() ==
          net::Headers{{"WWW-Authenticate", "Basic realm=\"a \\\"b\\\" \\\\\""}});
}

TEST_CASE("tokens are asked for beside passwords, or alone", "[access]") {
    const Written users("anna: geheim\n");
    const Written keys(bearer::jwks({bearer::TestKey::ec("e", "P-256").jwk()}));
    const std::string method = "authentication.method";
    const std::string jwt = "millrace.authentication.jwt.";
    const std::string file = jwt + "jwks.file", url = jwt + "jwks.url";
    const auto both = door(users, {{method, "BASIC,BEARER"}, {file, keys.path}});
    CHECK(both->passwords() != nullptr);
    CHECK(both->tokens() != nullptr);
    CHECK(both->challenges() == net::Headers{{"WWW-Authenticate", "Bearer realm=\"\""},
                                             {"WWW-Authenticate", "Basic realm=\"\""}});
    CHECK(both->token_challenge("invalid_token", "it is bad").second ==
          "Bearer realm=\"\", error=\"invalid_token\", error_description=\"it is bad\"");
    const auto alone = Access::open(Config({{method, "BEARER"}, {file, keys.path}}));
    REQUIRE(alone.is_ok());
    CHECK((*alone)->passwords() == nullptr);
    REQUIRE((*alone)->warnings().size() == 1);
    CHECK((*alone)->warnings()[0].find(jwt + "audience is not set") == 0);
    REQUIRE(::chmod(keys.path.c_str(), 0666) == 0);
    const auto open_file =
        Access::open(Config({{method, "BEARER"}, {file, keys.path}, {jwt + "audience", "mill"}}));
    REQUIRE((*open_file)->warnings().size() == 1);
    CHECK((*open_file)->warnings()[0].find(keys.path + " (" + file + ") may be written by") == 0);
    const auto away = Access::open(Config(
        {{method, "BEARER"}, {url, "http://id.example.com/keys"}, {jwt + "audience", "mill"}}));
    REQUIRE(away.is_ok());
    REQUIRE((*away)->warnings().size() == 1);
    CHECK((*away)->warnings()[0].find(url + " is no https:// URL") == 0);

    auto refused = [&](Properties properties) {
        if (properties.count(method) == 0) properties[method] = "BEARER";
        return start_refusal(properties);
    };
    CHECK(refused({}).find("needs the keys of tokens: set " + file) != std::string::npos);
    CHECK(refused({{file, "/no/such"}}).find("Cannot use the keys of /no/such: No such file") == 0);
    CHECK(refused({{file, users.path}}).find("it is no JSON (" + file + ")") != std::string::npos);
    CHECK(refused({{file, keys.path}, {url, "https://a"}}).find("are both set") !=
          std::string::npos);
    CHECK(refused({{url, "ftp://a/"}}).find(url + ": Invalid URL") == 0);
    CHECK(refused({{url, "a/keys"}}) == url + " begins with https://");
    CHECK(refused({{url, "https://a"}, {jwt + "jwks.ca.file", "/no/such"}})
              .find(jwt + "jwks.ca.file: ") == 0);
    CHECK(refused({{url, "http://a"}, {jwt + "jwks.ca.file", "/no/such"}}).find("no https://") !=
          std::string::npos);
    CHECK(refused({{file, keys.path}, {jwt + "jwks.ca.file", "/x"}}).find("refused without") !=
          std::string::npos);
    CHECK(refused({{file, keys.path}, {jwt + "audience", " "}}) ==
          jwt + "audience must not be empty");
    CHECK(refused({{method, "NONE,BEARER"}, {file, keys.path}}).find("leave out NONE") !=
          std::string::npos);
    CHECK(refused({{file, keys.path}, {"millrace.authentication.users.file", users.path}})
              .find("set BASIC,BEARER") != std::string::npos);
    for (const char* name : {"jwks.file", "jwks.url", "issuer", "audience", "roles.claim"}) {
        CHECK(refused({{method, "NONE"}, {jwt + name, "x"}})
                  .find("is refused without authentication.method=BEARER") != std::string::npos);
    }
}

TEST_CASE("roles give rights once they are told apart", "[access]") {
    const Written users("anna: geheim\n");
    const Caller none{"nemo", {}}, reader{"r", {"read"}}, writer{"w", {"write"}},
        admin{"a", {"admin"}}, guest{"g", {"guest"}};
    CHECK(door(users, {})->right_of(none) == Right::kAdmin);
    const auto by_name = door(users, {{"millrace.authorization.write.roles", "write,maker"}});
    CHECK(by_name->right_of(none) == Right::kNone);
    CHECK(by_name->right_of(reader) == Right::kRead);
    CHECK(by_name->right_of(writer) == Right::kWrite);
    CHECK(by_name->right_of(admin) == Right::kAdmin);
    CHECK(by_name->right_of({"m", {"maker"}}) == Right::kWrite);
    const auto all_read = door(users, {{"millrace.authorization.read.roles", "*"}});
    CHECK(all_read->right_of(none) == Right::kRead);
    CHECK(all_read->right_of(guest) == Right::kRead);
    CHECK(all_read->right_of(writer) == Right::kWrite);
}

TEST_CASE("a statement needs the right of what it does", "[access]") {
    for (const char* text :
         {"SHOW STREAMS;", "DESCRIBE s;", "EXPLAIN q;", "SELECT * FROM s EMIT CHANGES;", "PRINT t;",
          "SET 'a'='b';", "UNSET 'a';", "DEFINE a='b';", "UNDEFINE a;", "SHOW PROPERTIES;",
          "DESCRIBE FUNCTION abs;", "ASSERT TOPIC t;"})
        CHECK(needed(text) == Right::kRead);
    for (const char* text :
         {"CREATE STREAM s (a INT) WITH (kafka_topic='t', value_format='JSON', partitions=1);",
          "CREATE TABLE t AS SELECT a, COUNT(*) FROM s GROUP BY a;", "INSERT INTO s VALUES (1);",
          "INSERT INTO s SELECT * FROM t;", "DROP STREAM s;", "TERMINATE q;", "TERMINATE ALL;",
          "PAUSE q;", "RESUME q;", "CREATE TYPE t AS INT;", "DROP TYPE t;",
          "ALTER STREAM s ADD COLUMN b INT;", "CREATE SOURCE CONNECTOR c WITH ('a'='b');",
          "DROP CONNECTOR c;"})
        CHECK(needed(text) == Right::kWrite);
    for (const char* text : {"DROP STREAM s DELETE TOPIC;", "ALTER SYSTEM 'a'='b';"})
        CHECK(needed(text) == Right::kAdmin);
}

TEST_CASE("a line of the audit log cannot be mistaken for two", "[access]") {
    const auto request = asked("POST", "/ksql");
    CHECK(audit_line(request, "anna", "statement", "SHOW STREAMS;", 0) ==
          R"(user=anna from=10.0.0.7 request="POST /ksql" statement="SHOW STREAMS;" outcome=ok)");
    CHECK(audit_line(request, "", "what", "", 40100) ==
          R"(user=- from=10.0.0.7 request="POST /ksql" outcome=40100)");
    const std::string line =
        audit_line(asked("GET", "/a\" outcome=ok"), "x\nuser=root", "what", "a\r\nb\xFF", 40300);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find(R"(user="x\nuser=root" from=)") == 0);
    CHECK(line.find(R"("GET /a\" outcome=ok")") != std::string::npos);
    CHECK(audit_line(request, "a", "what", std::string(5000, 'x'), 0).size() < 500);
}

TEST_CASE("an open door is warned of, once for all listeners", "[access]") {
    const std::vector<net::ListenAddress> narrow = {{"127.0.0.1", 1}, {"localhost", 1}, {"::1", 1}};
    const std::vector<net::ListenAddress> wide = {{"127.0.0.1", 1}, {"0.0.0.0", 1}, {"::", 2}};
    CHECK(door_warnings(narrow, false).empty());
    CHECK(door_warnings(narrow, true).empty());
    REQUIRE(door_warnings(wide, false).size() == 1);
    CHECK(door_warnings(wide, false)[0].find("listening on 0.0.0.0, :: without authentication") ==
          0);
    REQUIRE(door_warnings(wide, true).size() == 1);
    CHECK(door_warnings(wide, true)[0].find("listening on 0.0.0.0, :: without TLS") == 0);
    const std::vector<net::ListenAddress> secure = {{"0.0.0.0", 1, true}};
    CHECK(door_warnings(secure, true).empty());
    CHECK(door_warnings(secure, false).size() == 1);
    CHECK_FALSE(is_loopback("127.evil.example"));
}
