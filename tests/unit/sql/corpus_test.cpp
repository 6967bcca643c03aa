// Every statement of the conformance corpus and of the recorded answers, when they are there: each
// parses or is refused as recorded, and what is printed parses to the same AST.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/sql/parse_support.h"

using namespace millrace;
using namespace millrace::sql;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path shared_folder() {
    const char* given = std::getenv("MILLRACE_SHARED");
    return given != nullptr ? fs::path(given) : fs::path("../shared");
}

std::vector<fs::path> files(const fs::path& folder, const std::string& extension) {
    std::vector<fs::path> out;
    if (!fs::exists(folder)) return out;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == extension) out.push_back(entry.path());
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string with_format(std::string text, const std::string& format) {
    for (size_t at = 0; (at = text.find("{FORMAT}", at)) != std::string::npos;) {
        text.replace(at, 8, format);
    }
    return text;
}

/// The body of a recorded request or answer; discarded when it has none or is no JSON.
json parsed_body(const json& message) {
    const auto body = message.find("body");
    if (body == message.end() || !body->is_string()) return json(json::value_t::discarded);
    return json::parse(body->get<std::string>(), nullptr, false);
}

/// Checks one case's statements: how many were read, and the refusal if there was one.
struct Outcome {
    size_t statements = 0;
    std::string refusal;
};

Outcome read_script(const std::string& script, const ParseOptions& options) {
    Outcome out;
    try {
        for (const Statement& statement : parse_script(script, options)) {
            ++out.statements;
            const std::string printed = print(statement);
            ParseOptions again = options;
            // Types made by the script were resolved; the printed text spells them out.
            const Statement second = parse_statement({printed, {1, 1}}, again);
            if (!same_statement(statement, second)) {
                out.refusal = "printed text differs: " + printed;
                return out;
            }
        }
    } catch (const StatementError& error) {
        out.refusal = std::string(error.what()) + "\nStatement: " + error.statement_text();
    }
    return out;
}

struct Totals {
    size_t statements = 0;
    size_t refused = 0;
};

/// One script of a case, with what the case expects to be said.
void check_script(const std::string& script, const std::string& name, const json& expected,
                  Totals& totals) {
    const Outcome outcome = read_script(script, {});
    totals.statements += outcome.statements;
    if (outcome.refusal.empty()) return;
    ++totals.refused;
    INFO(name << "\n" << script << "\n" << outcome.refusal);
    CHECK_FALSE(expected.empty());
    if (expected.empty()) return;
    const std::string type = expected.value("type", "");
    if (!type.empty() && type.find("ParseFailed") == std::string::npos) return;
    CHECK(outcome.refusal.find(expected.value("message", "")) != std::string::npos);
}

std::string joined(const json& statements) {
    std::string script;
    for (const json& text : statements) {
        if (!script.empty()) script += '\n';
        script += with_format(text.get<std::string>(), "AVRO");
    }
    return script;
}

}  // namespace

TEST_CASE("the statements of the query tests parse and print", "[sql][corpus]") {
    const fs::path folder = shared_folder() / "conformance" / "qtt";
    if (!fs::exists(folder)) {
        WARN("no conformance corpus at " << folder.string() << ": nothing checked");
        return;
    }
    Totals totals;
    size_t must_fail = 0;
    for (const fs::path& path : files(folder, ".json")) {
        const json file = json::parse(read(path));
        for (const json& test : file.at("tests")) {
            const json expected = test.value("expectedException", json::object());
            const size_t refused = totals.refused;
            const std::string name =
                path.filename().string() + ": " + test.at("name").get<std::string>();
            check_script(joined(test.at("statements")), name, expected, totals);
            // The WITH clause is looked into further up.
            if (expected.value("type", "").find("ParseFailed") == std::string::npos ||
                expected.value("message", "").find("WINDOW_SIZE") != std::string::npos) {
                continue;
            }
            ++must_fail;
            INFO(name);
            CHECK(totals.refused == refused + 1);
        }
    }
    WARN(totals.statements << " statements parsed and printed, " << totals.refused
                           << " cases refused");
    CHECK(totals.statements > 2000);
    CHECK(must_fail > 10);
}

TEST_CASE("the statements of the REST tests parse and print", "[sql][corpus]") {
    const fs::path folder = shared_folder() / "conformance" / "rqtt";
    if (!fs::exists(folder)) {
        WARN("no conformance corpus at " << folder.string() << ": nothing checked");
        return;
    }
    Totals totals;
    for (const fs::path& path : files(folder, ".json")) {
        const json file = json::parse(read(path));
        for (const json& test : file.at("tests")) {
            const std::string name =
                path.filename().string() + ": " + test.at("name").get<std::string>();
            for (const json& text : test.at("statements")) {
                check_script(with_format(text.get<std::string>(), "AVRO"), name,
                             test.value("expectedError", json::object()), totals);
            }
        }
    }
    WARN(totals.statements << " statements parsed and printed, " << totals.refused << " refused");
    CHECK(totals.statements > 500);
}

TEST_CASE("the SQL test scripts parse and print", "[sql][corpus]") {
    const fs::path folder = shared_folder() / "conformance";
    if (!fs::exists(folder)) {
        WARN("no conformance corpus at " << folder.string() << ": nothing checked");
        return;
    }
    ParseOptions options;
    options.test_statements = true;
    for (const fs::path& path : files(folder, ".sql")) {
        INFO(path.string());
        const Outcome outcome = read_script(read(path), options);
        CHECK(outcome.refusal.empty());
        CHECK(outcome.statements > 0);
    }
}

TEST_CASE("syntax errors read as recorded", "[sql][corpus]") {
    const fs::path folder = shared_folder() / "golden";
    if (!fs::exists(folder)) {
        WARN("no recordings at " << folder.string() << ": nothing checked");
        return;
    }
    size_t errors = 0;
    size_t accepted = 0;
    for (const fs::path& path : files(folder, ".jsonl")) {
        std::ifstream in(path);
        for (std::string line; std::getline(in, line);) {
            const json exchange = json::parse(line);
            if (!exchange.contains("request")) continue;
            const json& request = exchange["request"];
            const json body = parsed_body(request);
            if (request.value("path", "") != "/ksql" || !body.is_object()) continue;
            if (!body.contains("ksql") || !body["ksql"].is_string()) continue;
            const std::string script = body["ksql"].get<std::string>();
            const json answer = parsed_body(exchange["response"]);
            std::string recorded;
            if (answer.is_object()) recorded = answer.value("message", "");
            std::string said;
            try {
                check_syntax(script);
            } catch (const StatementError& error) {
                said = error.what();
            }
            INFO(path.filename().string() << " " << exchange["n"] << ": " << script);
            const bool syntax = recorded.find(": Syntax Error") != std::string::npos;
            CHECK(said == (syntax ? recorded : ""));
            ++(syntax ? errors : accepted);
        }
    }
    WARN(errors << " recorded syntax errors, " << accepted << " accepted scripts");
    CHECK(errors > 10);
}

TEST_CASE("statements print as recorded", "[sql][corpus]") {
    const fs::path folder = shared_folder() / "golden";
    if (!fs::exists(folder)) {
        WARN("no recordings at " << folder.string() << ": nothing checked");
        return;
    }
    std::set<std::string> texts;
    const std::function<void(const json&)> collect = [&](const json& node) {
        for (const auto& [key, value] : node.items()) {
            const bool text = value.is_string() && (key == "statementText" || key == "statement" ||
                                                    key == "queryString");
            if (text) texts.insert(value.get<std::string>());
            if (value.is_structured()) collect(value);
        }
    };
    for (const fs::path& path : files(folder, ".jsonl")) {
        std::ifstream in(path);
        for (std::string line; std::getline(in, line);) {
            const json exchange = json::parse(line);
            if (!exchange.contains("response") || !exchange["response"].is_object()) continue;
            const json answer = parsed_body(exchange["response"]);
            if (answer.is_structured()) collect(answer);
        }
    }
    size_t checked = 0;
    for (const std::string& text : texts) {
        // Among texts as users wrote them are those that the server has formatted: one statement,
        // with the property that only the server fills in.
        if (text.find("(CLEANUP_POLICY=") == std::string::npos) continue;
        if (split_statements(text).size() != 1) continue;
        CHECK(print(parse_one(text)) == text);
        ++checked;
    }
    WARN(checked << " recorded statements");
    CHECK(checked > 50);
}
