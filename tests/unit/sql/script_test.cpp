#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/sql/parse_support.h"

using namespace millrace;
using namespace millrace::sql;

namespace {

std::vector<std::string> texts(const std::string& script) {
    std::vector<std::string> out;
    for (const StatementText& text : split_statements(script)) out.push_back(text.text);
    return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a script is cut at semicolons", "[sql][script]") {
    CHECK(texts("") == Texts{});
    CHECK(texts("  \n -- x\n /* y */ ") == Texts{});
    CHECK(texts("a;") == Texts{"a;"});
    CHECK(texts("a; b ;c") == Texts{"a;", "b ;", "c"});
    CHECK(texts(";;") == Texts{";", ";"});
    CHECK(texts("a; -- trailing") == Texts{"a;"});
    CHECK(texts("a -- x;y\n b;") == Texts{"a -- x;y\n b;"});
    CHECK(texts("/* a;b */ c /* d;e */ ;f") == Texts{"c /* d;e */ ;", "f"});
}

TEST_CASE("quotes hide semicolons and comments", "[sql][script]") {
    CHECK(texts("a 'x;y'; b") == Texts{"a 'x;y';", "b"});
    CHECK(texts("a 'it''s;'; b") == Texts{"a 'it''s;';", "b"});
    CHECK(texts("a '--'; b") == Texts{"a '--';", "b"});
    CHECK(texts("a \"x;y\"; `;`;") == Texts{"a \"x;y\";", "`;`;"});
    CHECK(texts("a 'open; b;") == Texts{"a 'open; b;"});
    CHECK(texts("DEFINE a='${b;}'; c;") == Texts{"DEFINE a='${b;}';", "c;"});
    CHECK(texts("a /* open; b;") == Texts{"a /* open;", "b;"});
}

TEST_CASE("statements know their place in the script", "[sql][script]") {
    const auto cut = split_statements("a;\n  b; c;\n/* é\n */ d;");
    REQUIRE(cut.size() == 4);
    CHECK(cut[0].position.line == 1);
    CHECK(cut[0].position.column == 1);
    CHECK(cut[1].position.line == 2);
    CHECK(cut[1].position.column == 3);
    CHECK(cut[2].position.column == 6);
    CHECK(cut[3].position.line == 4);
    CHECK(cut[3].position.column == 5);
}

TEST_CASE("directives of test scripts come in their order", "[sql][script]") {
    const auto items = split_test_script(
        "----\n--@test: a name: with colon\n--@expected.error: x.Y\n-- plain\nSELECT 1;\n"
        "--@expected.message: two\n  words \nSHOW\n--@not.one: inside\n TABLES;");
    REQUIRE(items.size() == 5);
    CHECK(items[0].directive == "test");
    CHECK(items[0].argument == "a name: with colon");
    CHECK(items[0].statement.position.line == 2);
    CHECK(items[1].directive == "expected.error");
    CHECK(items[1].argument == "x.Y");
    CHECK(items[2].directive.empty());
    CHECK(items[2].statement.text == "SELECT 1;");
    CHECK(items[3].argument == "two");
    CHECK(items[4].statement.text == "words \nSHOW\n--@not.one: inside\n TABLES;");
}

TEST_CASE("a script is parsed statement by statement", "[sql][script]") {
    const auto statements = parse_script(
        "DEFINE n='zed'; CREATE TYPE pt AS STRUCT<x INT>; CREATE STREAM ${n} (p pt);\n"
        "UNDEFINE n; DROP TYPE pt;");
    REQUIRE(statements.size() == 5);
    const auto* create = statements[2].as<CreateSource>();
    CHECK(create->name == "ZED");
    CHECK(create->columns.at(0).type->to_string() == "STRUCT<`X` INTEGER>");
    CHECK(statements[2].text == "CREATE STREAM ${n} (p pt);");
    CHECK(refusal("CREATE TYPE a AS INT; DROP TYPE a; CREATE TYPE b AS a;") ==
          "Failed to prepare statement: Cannot resolve unknown type: A");
    CHECK_NOTHROW(check_syntax("CREATE STREAM ${n} (x no_such_type); SHOW TABLES;"));
    CHECK_THROWS_AS(check_syntax("SHOW TABLES; SHO TABLES;"), StatementError);
}

TEST_CASE("an excerpt points at the column", "[sql][script]") {
    CHECK(source_excerpt("SELECT 1;", {1, 9}) == "SELECT 1;\n        ^");
    CHECK(source_excerpt("a\r\n\tb c\n", {2, 4}) == "\tb c\n\t  ^");
    CHECK(source_excerpt("'é' x", {1, 5}) == "'é' x\n    ^");
    const std::string x(60, 'x'), y(100, 'y');
    CHECK(source_excerpt(x + " ! " + y, {1, 62}) == "…" + std::string(51, 'x') + " ! " +
                                                        std::string(24, 'y') + "…\n" +
                                                        std::string(53, ' ') + "^");
    CHECK(source_excerpt("! " + y, {1, 1}) == "! " + std::string(76, 'y') + "…\n^");
    CHECK(source_excerpt(y + " !", {1, 102}) ==
          "…" + std::string(76, 'y') + " !\n" + std::string(78, ' ') + "^");
    CHECK(source_excerpt(y, {1, 101}) ==
          "…" + std::string(78, 'y') + "\n" + std::string(79, ' ') + "^");
    CHECK(source_excerpt("a", {3, 1}).empty());
    CHECK(source_excerpt("a", {}).empty());
}
