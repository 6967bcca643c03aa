#include "cli/entity_printer.h"

#include <catch2/catch.hpp>

using namespace millrace;
using namespace millrace::cli;

namespace {
std::string screen(std::string_view json, size_t width = 100) {
    const auto value = parse_json_tree(json);
    REQUIRE(value);
    return entities_text(*value, width);
}
}  // namespace

TEST_CASE("Sources stand in a table, sorted by name", "[cli][entities]") {
    CHECK(screen(R"([{"@type":"streams","statementText":"SHOW STREAMS;","streams":[
          {"type":"STREAM","name":"S2","topic":"t","keyFormat":"KAFKA","valueFormat":"JSON","isWindowed":true},
          {"type":"STREAM","name":"S1","topic":"t1","keyFormat":"KAFKA","valueFormat":"JSON","isWindowed":false}],
          "warnings":[]}])") ==
          "\n"
          " Stream Name | Kafka Topic | Key Format | Value Format | Windowed \n"
          "------------------------------------------------------------------\n"
          " S1          | t1          | KAFKA      | JSON         | false    \n"
          " S2          | t           | KAFKA      | JSON         | true     \n"
          "------------------------------------------------------------------\n");
}

TEST_CASE("Several entities are told apart by their statements", "[cli][entities]") {
    CHECK(
        screen(
            R"([{"@type":"assert_topic","statementText":"ASSERT TOPIC a;","topicName":"a","exists":true,"warnings":[]},
          {"@type":"terminate_query","statementText":"TERMINATE Q;","queryId":"Q","wasTerminated":true,
           "warnings":[{"message":"slow"}]}])") ==
        "\nASSERT TOPIC a;\nTopic a exists.\n"
        "\nTERMINATE Q;\n"
        " Message              \n"
        "----------------------\n"
        " Terminated query \"Q\" \n"
        "----------------------\n"
        "WARNING: slow\n");
}

TEST_CASE("An entity nobody here knows is shown as JSON", "[cli][entities]") {
    CHECK(screen(R"([{"@type":"novelty","x":1}])") ==
          "\n{\n  \"@type\" : \"novelty\",\n  \"x\" : 1\n}\n");
}

TEST_CASE("Types are spelled as DESCRIBE shows them", "[cli][entities]") {
    CHECK(schema_text(*parse_json_tree(
              R"({"type":"DECIMAL","parameters":{"precision":4,"scale":2}})")) == "DECIMAL(4, 2)");
    CHECK(
        schema_text(*parse_json_tree(
            R"({"type":"MAP","memberSchema":{"type":"ARRAY","memberSchema":{"type":"STRING"}}})")) ==
        "MAP<STRING, ARRAY<VARCHAR(STRING)>>");
    CHECK(schema_text(*parse_json_tree(
              R"({"type":"STRUCT","fields":[{"name":"A","schema":{"type":"INTEGER"}}]})")) ==
          "STRUCT<A INTEGER>");
}

TEST_CASE("A header column names its key", "[cli][entities]") {
    CHECK(
        screen(
            R"([{"@type":"sourceDescription","sourceDescription":{"name":"H","type":"STREAM","fields":[
          {"name":"ID","schema":{"type":"INTEGER"},"type":"KEY"},
          {"name":"V","schema":{"type":"BYTES"},"type":"HEADER","headerKey":"k"}]}}])") ==
        "\nName                 : H\n"
        " Field | Type                           \n"
        "----------------------------------------\n"
        " ID    | INTEGER          (key)         \n"
        " V     | BYTES            (header('k')) \n"
        "----------------------------------------\n"
        "For runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;\n");
}

TEST_CASE("Failed command statuses give their first lines", "[cli][entities]") {
    const auto entities =
        parse_json_tree(R"([{"@type":"currentStatus","commandStatus":{"status":"ERROR",
        "message":"first\nsecond"}},{"@type":"currentStatus","commandStatus":{"status":"SUCCESS","message":"ok"}}])");
    CHECK(failed_statuses_text(*entities) == "first");
}

TEST_CASE("A function's variants are indented, its texts wrapped", "[cli][entities]") {
    CHECK(
        screen(
            R"([{"@type":"describe_function","name":"F","description":"A long text that goes over more than the eighty cells that a narrow terminal has got.",
          "author":"","version":"1","path":"internal","type":"SCALAR","functions":[
          {"arguments":[{"name":"a","type":"INT","description":"the a","isVariadic":false},
                        {"name":"","type":"VARCHAR","description":"","isVariadic":true}],
           "returnType":"INT","description":"Does it"}]}])",
            40) ==
        "\nName        : F\n"
        "Version     : 1\n"
        "Overview    : A long text that goes over more than the eighty cells that a\n"
        "              narrow terminal has got.\n"
        "Type        : SCALAR\n"
        "Jar         : internal\n"
        "Variations  : \n"
        "\n"
        "\tVariation   : F(a INT, VARCHAR[])\n"
        "\tReturns     : INT\n"
        "\tDescription : Does it\n"
        "\ta           : the a\n");
}
