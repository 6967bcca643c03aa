#include "cli/session_statements.h"

#include <catch2/catch.hpp>

using namespace millrace::cli;

namespace {

struct Session {
    SessionMaps maps;
    std::optional<LocalAnswer> run(std::string_view statement) {
        return run_session_statement(
            statement, maps,
            [](std::string_view name, std::string_view value) -> std::optional<CallError> {
                CallError error;
                error.message = "Not recognizable: 'nope'";
                if (name == "nope") return error;
                error.message = "Invalid value x";
                if (value == "x") return error;
                return std::nullopt;
            });
    }
};

}  // namespace

TEST_CASE("SET and UNSET keep properties in the shell", "[cli][session]") {
    Session session;
    CHECK(session.run("SET 'commit.interval.ms'='x';")->text == "Invalid value x");
    CHECK(session.maps.properties.empty());
    CHECK(session.run("SET 'auto.offset.reset'='earliest';")->text ==
          "Successfully changed local property 'auto.offset.reset' to 'earliest'. Use the UNSET "
          "command to revert your change.");
    CHECK(session.run("set 'auto.offset.reset' = 'latest';")->text ==
          "Successfully changed local property 'auto.offset.reset' from 'earliest' to 'latest'.");
    CHECK(session.maps.properties.at("auto.offset.reset") == "latest");
    CHECK(session.run("UNSET 'auto.offset.reset';")->text ==
          "Successfully unset local property 'auto.offset.reset' (value was 'latest').");
    const auto again = session.run("UNSET 'auto.offset.reset';");
    CHECK(again->failed);
    CHECK(again->text ==
          "Cannot unset local property 'auto.offset.reset' which was never set in the first place");
    CHECK(session.run("SET 'nope'='1';")->text == "Not recognizable: 'nope'");
    CHECK(session.maps.properties.empty());
}

TEST_CASE("SET and UNSET do not echo a secret", "[cli][session]") {
    Session session;
    CHECK(session.run("SET 'ksql.functions.f.password'='hunter2';")->text ==
          "Successfully changed local property 'ksql.functions.f.password' to '[hidden]'. Use the "
          "UNSET command to revert your change.");
    CHECK(session.run("SET 'ksql.functions.f.password'='hunter3';")->text ==
          "Successfully changed local property 'ksql.functions.f.password' from '[hidden]' to "
          "'[hidden]'.");
    CHECK(session.maps.properties.at("ksql.functions.f.password") == "hunter3");
    CHECK(session.run("UNSET 'ksql.functions.f.password';")->text ==
          "Successfully unset local property 'ksql.functions.f.password' (value was '[hidden]').");
    CHECK(session.run("SET 'ksql.connect.url'='http://u:hunter2@h';")->text.find("hunter2") ==
          std::string::npos);
}

TEST_CASE("Variables are defined, shown, substituted and forgotten", "[cli][session]") {
    Session session;
    CHECK(session.run("DEFINE x='earliest';")->text.empty());
    session.run("SET 'auto.offset.reset'='${x}';");
    CHECK(session.maps.properties.at("auto.offset.reset") == "earliest");
    const auto unknown = session.run("SET 'a'='${y}';");
    CHECK(unknown->failed);
    CHECK(session.run("SHOW VARIABLES;")->entities.dump() ==
          R"([{"@type":"variables","statementText":"SHOW VARIABLES;","variables":)"
          R"([{"name":"x","value":"earliest"}],"warnings":[]}])");
    CHECK(session.run("UNDEFINE x;")->text.empty());
    CHECK(session.run("UNDEFINE x;")->text ==
          "Cannot undefine variable 'x' which was never defined.");
    session.run("SET 'ksql.variable.substitution.enable'='false';");
    session.run("SET 'b'='${y}';");
    CHECK(session.maps.properties.at("b") == "${y}");
}

TEST_CASE("What is not a session statement goes to the server", "[cli][session]") {
    Session session;
    CHECK_FALSE(session.run("SHOW STREAMS;"));
    CHECK_FALSE(session.run("SET auto='x';"));
    CHECK_FALSE(session.run("SET 'a';"));
    CHECK_FALSE(session.run("SELECT 1;"));
}
