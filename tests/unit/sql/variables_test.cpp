#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "tests/unit/sql/parse_support.h"

using namespace millrace;
using namespace millrace::sql;

namespace {

struct Substitution {
    std::map<std::string, std::string> variables = {
        {"name", "zed"},     {"Quoted", "`a b`"}, {"topic", "'t-1'"}, {"bare", "t"}, {"n", "3"},
        {"neg", "-1.5"},     {"yes", "true"},     {"it", "it's"},     {"at", "@x"},  {"two", "a b"},
        {"text", "'it''s'"}, {"empty", ""},       {"double", "1e3"}};
    ParseOptions options() const {
        ParseOptions out;
        out.variables = &variables;
        return out;
    }
};

}  // namespace

TEST_CASE("a variable stands for a name", "[sql][variables]") {
    const Substitution s;
    const ParseOptions o = s.options();
    CHECK(parse_one("CREATE STREAM ${name} (${name} INT);", o).as<CreateSource>()->name == "ZED");
    CHECK(print(parse_one("SELECT x AS ${Quoted} FROM ${name};", o)) ==
          "SELECT X `a b`\nFROM ZED;");
    CHECK(parse_one("PRINT ${bare};", o).as<PrintTopic>()->topic == "t");
    CHECK(parse_one("PRINT ${topic};", o).as<PrintTopic>()->topic == "t-1");
    const std::string rule =
        "Identifier names cannot start with '@' and may only contain alphanumeric values and '_'.";
    CHECK(refusal("DROP STREAM ${at};", o) ==
          "Illegal argument at Line: 1, Col: 13. " + rule + " Got: '@x'");
    CHECK(refusal("DROP STREAM ${two};", o) ==
          "Illegal argument at Line: 1, Col: 13. " + rule + " Got: 'a b'");
    CHECK(refusal("DROP STREAM ${empty};", o).find("Got: ''") != std::string::npos);
    CHECK(refusal("DROP STREAM ${nope};", o).find("Got: '${nope}'") != std::string::npos);
    CHECK(refusal("DROP STREAM ${name};").find("Got: '${name}'") != std::string::npos);
}

TEST_CASE("a variable stands for a constant", "[sql][variables]") {
    const Substitution s;
    const ParseOptions o = s.options();
    CHECK(print(parse_one("INSERT INTO a VALUES (${n}, ${neg}, ${yes}, ${text}, ${double});", o)) ==
          "INSERT INTO A VALUES (3, -1.5, true, 'it''s', 1E3);");
    CHECK(print(parse_one("CREATE STREAM a WITH (KAFKA_TOPIC=${topic}, PARTITIONS=${n});", o)) ==
          "CREATE STREAM A WITH (KAFKA_TOPIC='t-1', PARTITIONS=3);");
    CHECK(refusal("CREATE STREAM a WITH (KAFKA_TOPIC=${two});", o).find("Illegal argument at ") ==
          0);
    CHECK(refusal("CREATE STREAM a WITH (KAFKA_TOPIC=${nope});", o).find("Got: '${nope}'") !=
          std::string::npos);
    CHECK(print(parse_one("SELECT ${name} FROM a;", o)) == "SELECT ZED\nFROM A;");
}

TEST_CASE("variables are filled in inside text", "[sql][variables]") {
    const Substitution s;
    const ParseOptions o = s.options();
    const auto value = [&](const std::string& text) {
        return parse_one(text, o).as<SetProperty>()->value;
    };
    CHECK(value("SET 'a'='x-${name}-y';") == "x-zed-y");
    CHECK(value("SET 'a'='${it}';") == "it's");
    CHECK(value("SET 'a'='${topic}';") == "'t-1'");
    CHECK(value("SET 'a'='${nope}${n}';") == "${nope}3");
    CHECK(value("SET 'a'='${n';") == "${n");
    CHECK(value("SET 'a'='$${n}';") == "$3");
    CHECK(parse_one("SET '${name}'='';", o).as<SetProperty>()->name == "zed");
    CHECK(parse_one("UNSET '${name}';", o).as<UnsetProperty>()->name == "zed");
    CHECK(parse_one("DEFINE x='${name}';", o).as<DefineVariable>()->value == "zed");
    CHECK(parse_one("DEFINE x='''a''';", o).as<DefineVariable>()->value == "'a'");
    CHECK(substitute_variables("${a}${b}", {{"a", "${b}"}, {"b", "1"}}) == "${b}1");
}
