#include "server/model/error.h"

#include <catch2/catch.hpp>

#include "server/model/masking.h"

using namespace millrace;
using namespace millrace::server;

TEST_CASE("Errors become answers by their kind") {
    StatementError statement(ErrorKind::kStatement, "no \"such\"\nthing");
    statement.with_statement("DROP X;");
    auto reply = reply_for(statement);
    CHECK(reply.status == 400);
    CHECK(reply.body ==
          R"({"@type":"statement_error","error_code":40001,"message":"no \"such\"\nthing",)"
          R"("statementText":"DROP X;","entities":[]})");

    reply = reply_for(StatementError(ErrorKind::kGeneral, "bad").with_statement("X;"));
    CHECK(reply.body == R"({"@type":"generic_error","error_code":40000,"message":"bad"})");

    reply = reply_for(StatementError(ErrorKind::kAssertion, "not so"));
    CHECK(reply.status == 417);

    reply = reply_for(StatementError(ErrorKind::kNotYet, "later").with_statement("X;"));
    CHECK(reply.status == 400);
    CHECK(reply.body.find("\"error_code\":40001") != std::string::npos);

    CHECK(reply_for(StatementError(ErrorKind::kServer, "log")).status == 500);
}

TEST_CASE("What was done before a failure is told") {
    StatementError error(ErrorKind::kStatement, "no");
    auto reply = reply_for(error, {{"X;", entity::WarningMessage{"w"}, {}}});
    CHECK(reply.body.find(R"("entities":[{"@type":"warning_entity")") != std::string::npos);
}

TEST_CASE("Values and secrets are masked") {
    CHECK(mask_statement("insert into x (a, `b c`) values (1, 'pw');") ==
          "INSERT INTO `X` (`A`, `b c`) VALUES ('[value]', '[value]');");
    CHECK(mask_statement("INSERT INTO x VALUES ('a;b');") == "INSERT INTO `X` VALUES ('[value]');");
    const std::string connector =
        mask_statement("CREATE SINK CONNECTOR c WITH ('connector.class'='x', 'password'='p');");
    CHECK(connector.find("'p'") == std::string::npos);
    CHECK(mask_statement("DROP STREAM s;") == "DROP STREAM s;");
    CHECK(mask_statement("INSERT INTO s SELECT * FROM t;") == "INSERT INTO s SELECT * FROM t;");
    CHECK(mask_statement("") == "");
    CHECK(mask_statement("SET 'ksql.functions.f.password' = 'p';") ==
          "SET 'ksql.functions.f.password'='[hidden]';");
    CHECK(mask_statement("ALTER SYSTEM 'ssl.keystore.key'='p';") ==
          "ALTER SYSTEM 'ssl.keystore.key'='[hidden]';");
    CHECK(mask_statement("SET 'auto.offset.reset'='latest';") ==
          "SET 'auto.offset.reset'='latest';");
    CHECK(
        mask_statement("CREATE STREAM s (v INT) WITH (kafka_topic='s', 'ssl.key.password'='p');") ==
        "CREATE STREAM s (v INT) WITH (kafka_topic='s', 'ssl.key.password'='[hidden]');");
    CHECK(mask_statement("CREATE STREAM s WITH (token='p') AS SELECT * FROM t WHERE token='x';") ==
          "CREATE STREAM s WITH (token='[hidden]') AS SELECT * FROM t WHERE token='[hidden]';");
    CHECK(mask_statement("CREATE STREAM s AS SELECT * FROM t WHERE token='x';") ==
          "CREATE STREAM s AS SELECT * FROM t WHERE token='x';");
    CHECK(mask_statement("SHOW TOPICS; SET 'x.token'='p'; SELEC;") ==
          "SHOW TOPICS; SET 'x.token'='[hidden]'; SELEC;");
}

TEST_CASE("What is no statement is shown without its values and secrets") {
    CHECK(mask_statement("INSERT INTO t (a) VALUES (1,'ge''heim') bogus;") ==
          "INSERT INTO t (a) VALUES ('[value]','[value]') bogus;");
    CHECK(mask_statement("INSERT INTO t VALUES (-1.5e3, 'geheim") ==
          "INSERT INTO t VALUES (-'[value]', '[value]'");
    CHECK(mask_statement("/* x */ CREATE SINK CONNECTOR c WITH (\"database.password\"='geheim', "
                         "'k'='geheim') bogus;") ==
          "CREATE SINK CONNECTOR c WITH (\"database.password\"='[string]', "
          "'k'='[string]') bogus;");
    CHECK(mask_statement("CREATE STREAM s (v INT) WITH (kafka_topic='s', ssl.key.password='geheim' "
                         "bogus);") ==
          "CREATE STREAM s (v INT) WITH (kafka_topic='s', ssl.key.password='[hidden]' bogus);");
    CHECK(mask_statement("SET 'a.password' 'geheim';") == "SET 'a.password' '[hidden]';");
    CHECK(mask_statement("SHOW TOPICS; SET 'url'='http://u:geheim@h' bogus; SELEC 1;") ==
          "SHOW TOPICS; SET 'url'='http://u:[hidden]@h' bogus; SELEC 1;");
    for (const char* harmless :
         {"SELEC 'a' = 'b';", "SET 'auto.offset.reset'='latest' bogus;", "INSERT INTO s SELEC 'x';",
          "SELECT 'x", "CREATE STREAM s (v INT) WITH (kafka_topic='s') bogus;", "-- 'x"}) {
        CHECK(mask_statement(harmless) == harmless);
    }
    // Nor does the message name what stands where it should not.
    auto reply = reply_for(StatementError(ErrorKind::kSyntax, "missing '=' at ''geheim''")
                               .with_statement("SET 'a.password' 'geheim';"));
    CHECK(reply.body.find("geheim") == std::string::npos);
}

TEST_CASE("an answer shows an error's place to who asks", "[server][error]") {
    const std::string script = "SELECT nope FROM s;";
    StatementError error(ErrorKind::kStatement, "SELECT column 'NOPE' cannot be resolved.", {1, 8});
    error.with_statement(script);
    const std::string plain =
        R"({"@type":"statement_error","error_code":40001,"message":"SELECT column 'NOPE' cannot )"
        R"(be resolved.","statementText":"SELECT nope FROM s;","entities":[])";
    CHECK(reply_for(error).body == plain + "}");
    CHECK(reply_for(error).status == 400);
    CHECK(reply_for(error, {}, script).body == plain + R"(,"position":{"line":1,"column":8},)" +
                                                   R"("excerpt":"SELECT nope FROM s;\n       ^"})");
}

TEST_CASE("data of a statement is not shown by its error's place", "[server][error]") {
    const std::string script = "INSERT INTO s (nope) VALUES ('secret');";
    StatementError error(ErrorKind::kStatement, "Column name `NOPE` does not exist.");
    error.about("NOPE");
    CHECK(reply_for(error, {}, script).body.find("secret") == std::string::npos);
}
