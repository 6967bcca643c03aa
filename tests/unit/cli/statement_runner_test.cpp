// The runner against a server of the test's own making.
#include "cli/statement_runner.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <mutex>

#include "cli/local_commands.h"
#include "server/net/http_server.h"

using namespace millrace;
using namespace millrace::cli;

namespace {

class StringSink final : public TextSink {
public:
    explicit StringSink(std::string& text) : text_(text) {}
    void write(std::string_view text) override { text_ += text; }

private:
    std::string& text_;
};

/// Records requests; answers /ksql with what is scripted, /query with rows.
class FakeServer {
public:
    FakeServer()
        : server_({},
                  [this](const auto& request, const auto& writer) { answer(*request, *writer); }) {
        REQUIRE(server_.start().is_ok());
    }
    net::Url url() const {
        return net::parse_url(fmt::format("http://127.0.0.1:{}", server_.port())).value();
    }
    void script(std::string text, int status, std::string body) {
        answers_[std::move(text)] = {status, std::move(body)};
    }
    std::vector<JsonTree> bodies() {
        std::lock_guard lock(mutex_);
        return bodies_;
    }

private:
    void answer(const net::Request& request, net::ResponseWriter& writer) {
        if (request.path == "/is_valid_property/good") return writer.reply(200, {}, "true");
        const auto body = parse_json_tree(request.body);
        std::lock_guard lock(mutex_);
        if (body) bodies_.push_back(*body);
        const std::string text = body ? body->text_of("ksql") : request.path;
        const auto found = answers_.find(text);
        if (found == answers_.end()) return writer.reply(200, {}, "[]");
        if (request.path == "/ksql" || found->second.first != 200) {
            return writer.reply(found->second.first, {}, found->second.second);
        }
        writer.start(200, {});
        writer.end(found->second.second);
    }

    std::mutex mutex_;
    std::map<std::string, std::pair<int, std::string>> answers_;
    std::vector<JsonTree> bodies_;
    net::HttpServer server_;
};

struct Fixture {
    FakeServer server;
    std::string out;
    std::string err;
    Console console{
        {true, false, 40}, std::make_unique<StringSink>(out), std::make_unique<StringSink>(err)};
    net::CancelSource cancel;
    RestClient rest{server.url(), {}, cancel};
    StatementRunner runner{rest, console, cancel};
};

constexpr const char* kStatus =
    R"([{"@type":"currentStatus","statementText":"CREATE;","commandStatus":{"status":"SUCCESS",)"
    R"("message":"Stream created"},"commandSequenceNumber":7,"warnings":[]}])";

}  // namespace

TEST_CASE("Statements between queries go out as one request", "[cli][runner]") {
    Fixture fixture;
    fixture.server.script("SHOW STREAMS;\nSHOW TABLES;", 200, kStatus);
    fixture.server.script("SELECT * FROM s;", 200, "[]");
    fixture.runner.run({"SHOW STREAMS;", "SHOW TABLES;", "SELECT * FROM s;", "LIST TOPICS;",
                        "SET 'good'='v';", "DEFINE d='1';", "SHOW QUERIES;", "SHOW CONNECTORS;",
                        "SHOW TYPES;"});
    const auto bodies = fixture.server.bodies();
    std::vector<std::string> texts;
    for (const auto& body : bodies) texts.push_back(body.text_of("ksql"));
    CHECK(texts ==  // The value is the server's to judge.
          std::vector<std::string>{"SHOW STREAMS;\nSHOW TABLES;", "SELECT * FROM s;",
                                   "LIST TOPICS;", "SET 'good'='v';", "SHOW QUERIES;",
                                   "SHOW CONNECTORS;", "SHOW TYPES;"});
    CHECK(bodies[0].find("commandSequenceNumber") == nullptr);
    CHECK(bodies[1].text_of("commandSequenceNumber") == "7");
    CHECK(bodies[2]["streamsProperties"].dump() == "{}");
    CHECK(bodies[4]["streamsProperties"].dump() == R"({"good":"v"})");
    CHECK(bodies[4]["sessionVariables"].dump() == R"({"d":"1"})");
}

TEST_CASE("Query rows are boxed as they come, with limits", "[cli][runner]") {
    Fixture fixture;
    fixture.server.script("SELECT 1;", 200,
                          "[{\"header\":{\"queryId\":\"q\",\"schema\":\"`A` STRING\"}},\n"
                          "{\"row\":{\"columns\":[\"x\"]}},\n{\"row\":{\"columns\":[\"y\"]}},\n"
                          "{\"finalMessage\":\"Limit Reached\"}]");
    fixture.runner.settings().column_width = 5;
    CHECK(fixture.runner.run({"SELECT 1;"}));
    CHECK(fixture.out ==
          "+-----+\n|A    |\n+-----+\n|x    |\n|y    |\nLimit Reached\nQuery terminated\n");
    fixture.out.clear();
    fixture.runner.settings().query_row_limit = 1;
    CHECK(fixture.runner.run({"SELECT 1;"}));
    CHECK(fixture.out == "+-----+\n|A    |\n+-----+\n|x    |\nQuery terminated\n");
    fixture.out.clear();
    fixture.runner.settings().format = OutputFormat::kJson;
    CHECK(fixture.runner.run({"SELECT 1;"}));
    CHECK(fixture.out ==
          "{\n  \"queryId\" : \"q\",\n  \"schema\" : \"`A` STRING\"\n}\n"
          "{\n  \"columns\" : [ \"x\" ]\n}\nQuery terminated\n");
}

TEST_CASE("An error in flight ends the query and is shown", "[cli][runner]") {
    Fixture fixture;
    fixture.server.script("SELECT 1;", 200,
                          "[{\"header\":{\"queryId\":\"q\",\"schema\":\"`A` STRING\"}},\n"
                          "{\"errorMessage\":{\"@type\":\"generic_error\",\"error_code\":50000,"
                          "\"message\":\"bad\"}}]");
    CHECK_FALSE(fixture.runner.run({"SELECT 1;"}));
    CHECK(fixture.err == "bad\n");
}

TEST_CASE("Refusals are shown with all their lines, and do not stop what follows",
          "[cli][runner]") {
    Fixture fixture;
    fixture.server.script(
        "DROP STREAM a;", 400,
        R"({"@type":"statement_error","error_code":40001,)"
        R"("message":"no\n  DROP\n  ^","statementText":"DROP STREAM a;","entities":[]})");
    fixture.server.script("SHOW STREAMS;\nDROP STREAM b;", 400,
                          R"({"@type":"statement_error","error_code":40001,)"
                          R"("message":"no","statementText":"DROP STREAM b;","entities":[]})");
    CHECK_FALSE(fixture.runner.run({"DROP STREAM a;", "SELECT * FROM s;"}));
    CHECK(fixture.err == "no\n  DROP\n  ^\n");
    CHECK(fixture.out.empty());
    CHECK(fixture.server.bodies().size() == 1);  // Nothing runs behind a failure.
    fixture.err.clear();
    CHECK_FALSE(fixture.runner.run({"SHOW STREAMS;", "DROP STREAM b;"}));
    CHECK(fixture.err == "no\nStatement: DROP STREAM b;\n");
    fixture.out.clear();
    fixture.runner.settings().format = OutputFormat::kJson;
    fixture.runner.run({"DROP STREAM a;"});
    CHECK(fixture.out == "[ ]\n");
}

TEST_CASE("Nothing of what goes together runs when some of it cannot be read", "[cli][runner]") {
    Fixture fixture;
    fixture.server.script("garbage;", 400,
                          R"({"@type":"statement_error","error_code":40001,)"
                          R"("message":"no","statementText":"garbage;","entities":[]})");
    CHECK_FALSE(fixture.runner.run({"SHOW STREAMS;", "SELECT * FROM s;", "garbage;"}));
    CHECK(fixture.server.bodies().size() == 1);
    CHECK(fixture.runner.raised());
}

TEST_CASE("What cannot be read is explained by the shell's own reading", "[cli][runner]") {
    Fixture fixture;
    fixture.server.script("SHO\n  STREAMS;", 400,
                          R"({"@type":"statement_error","error_code":40001,)"
                          R"("message":"in any words","statementText":"SHO\n  STREAMS;",)"
                          R"("entities":[]})");
    CHECK_FALSE(fixture.runner.run({"SHO\n  STREAMS;"}));
    CHECK(fixture.err ==
          "in any words\nStatement: SHO\n  STREAMS;\n"
          "Caused by: line 1:1: Syntax error at line 1:1\n");
}

TEST_CASE("What the shell itself cannot do is told from what a server refuses", "[cli][runner]") {
    const auto raises = [](const std::string& statement) {
        Fixture fixture;
        fixture.server.script(statement, 400,
                              R"({"@type":"statement_error","error_code":40001,"message":"no",)"
                              R"("statementText":"x","entities":[]})");
        CHECK_FALSE(fixture.runner.run({statement}));
        return fixture.runner.raised();
    };
    CHECK(raises("garbage;"));
    CHECK(raises("SELECT FROM;"));
    CHECK(raises("SHOW ${nope};"));
    CHECK(raises("UNSET 'good';"));
    CHECK_FALSE(raises("DROP STREAM a;"));
    CHECK_FALSE(raises("SELECT * FROM nobody;"));
    Fixture away;
    away.rest.set_server(net::parse_url("http://127.0.0.1:1").value());
    CHECK_FALSE(away.runner.run({"SHOW STREAMS;"}));
    CHECK_FALSE(away.runner.raised());
    CHECK(away.runner.away());
}

TEST_CASE("An answer that is none is told in a few words", "[cli][runner]") {
    Fixture f;
    const std::string nested(200'000, '[');
    f.server.script("SHOW A;", 200, nested);
    f.server.script("SHOW B;", 500, nested);
    for (const char* statement : {"SHOW A;", "SHOW B;"}) {
        f.err.clear();
        CHECK_FALSE(f.runner.run({statement}));
        CHECK(f.err.find("(200000 bytes)") != std::string::npos);
        CHECK(f.err.size() < 2000);
    }
    f.server.script("SELECT * FROM a EMIT CHANGES;", 200,
                    nested + R"({"row":)" + std::string(70 << 20, ' '));
    f.err.clear();
    CHECK_FALSE(f.runner.run({"SELECT * FROM a EMIT CHANGES;"}));
    CHECK(f.err.find("has a row of more than 67108864 bytes") != std::string::npos);
}

TEST_CASE("PRINT shows lines and skips the server's heart beats", "[cli][runner]") {
    Fixture fixture;
    fixture.server.script("PRINT t;", 200, "Key format: JSON\n\nrowtime: 1\nrowtime: 2\n");
    CHECK(fixture.runner.run({"PRINT t;"}));
    CHECK(fixture.out == "Key format: JSON\nrowtime: 1\nrowtime: 2\nTopic printing ceased\n");
}

TEST_CASE("A server that is away is an error of its own", "[cli][runner]") {
    Fixture fixture;
    fixture.rest.set_server(net::parse_url("http://127.0.0.1:1").value());
    CHECK_FALSE(fixture.runner.run({"SHOW STREAMS;"}));
    CHECK(fixture.err ==
          "Error issuing POST to the server, path /ksql\nCaused by: Cannot connect to "
          "http://127.0.0.1:1: Connection refused\n");
}

TEST_CASE("Local commands need no semicolon and any letter case", "[cli][local]") {
    Fixture fixture;
    LocalContext context{fixture.console,
                         fixture.rest,
                         fixture.runner,
                         nullptr,
                         "1.2.3",
                         [](const std::string& path) { return path == "a b.sql"; },
                         [] {}};
    auto run = [&](std::string_view line) {
        fixture.out.clear();
        fixture.err.clear();
        return run_local_command(line, context);
    };
    CHECK(run("Version") == LocalResult::kDone);
    CHECK(fixture.out == "Version: 1.2.3\n");
    CHECK(run("output") == LocalResult::kDone);
    CHECK(fixture.out == "Current output format: TABULAR\n");
    CHECK(run("OUTPUT json;") == LocalResult::kDone);
    CHECK(fixture.out == "Output format set to JSON\n");
    CHECK(run("output xml") == LocalResult::kFailed);
    CHECK(fixture.err == "Invalid output format: 'xml' (valid formats: TABULAR, JSON)\n");
    CHECK(run("set cli wrap off") == LocalResult::kDone);
    CHECK_FALSE(fixture.runner.settings().wrap);
    CHECK(run("SET CLI COLUMN-WIDTH 12") == LocalResult::kDone);
    CHECK(fixture.runner.settings().column_width == 12);
    CHECK(run("SET CLI COLUMN-WIDTH x") == LocalResult::kFailed);
    CHECK(run("run script 'a b.sql';") == LocalResult::kDone);
    CHECK(run("run script other") == LocalResult::kFailed);
    CHECK(run("server") == LocalResult::kDone);
    CHECK(fixture.out == fixture.server.url().origin() + "\n");
    CHECK(run("request-pipelining on") == LocalResult::kDone);
    CHECK_FALSE(fixture.rest.waits_for_earlier());
    CHECK(run("help spool") == LocalResult::kDone);
    CHECK(run("EXIT") == LocalResult::kExit);
    CHECK(run("SHOW STREAMS;") == LocalResult::kNotLocal);
    CHECK(run("SET 'a'='b';") == LocalResult::kNotLocal);
    CHECK(run("exit from here") == LocalResult::kNotLocal);
}
