#include "cli/json_value.h"

#include <catch2/catch.hpp>

using namespace millrace::cli;

TEST_CASE("JSON keeps the order of members and the digits of numbers", "[cli][json]") {
    const auto value = parse_json(R"({"b":1.50,"a":[1e10,-3,12345678901234567890123],"c":null})");
    REQUIRE(value);
    CHECK(value->names == std::vector<std::string>{"b", "a", "c"});
    CHECK(value->text_of("b") == "1.50");
    CHECK((*value)["a"].items[0].text == "1e10");
    CHECK((*value)["a"].items[2].text == "12345678901234567890123");
    CHECK(value->find("c") == nullptr);
    CHECK(value->find("d") == nullptr);
    CHECK(compact_json(*value) == R"({"b":1.50,"a":[1e10,-3,12345678901234567890123],"c":null})");
    CHECK_FALSE(parse_json("{"));
    CHECK_FALSE(parse_json("{} {}"));
}

TEST_CASE("Pretty JSON looks as ksqlDB's shell prints it", "[cli][json]") {
    const auto value =
        parse_json(R"([{"a":"x\ny\u0001","b":[],"c":{},"d":[1,{"e":true}]},{"f":"\u00e9"}])");
    REQUIRE(value);
    CHECK(pretty_json(*value) ==
          "[ {\n"
          "  \"a\" : \"x\\ny\\u0001\",\n"
          "  \"b\" : [ ],\n"
          "  \"c\" : { },\n"
          "  \"d\" : [ 1, {\n"
          "    \"e\" : true\n"
          "  } ]\n"
          "}, {\n"
          "  \"f\" : \"\u00e9\"\n"
          "} ]");
}

TEST_CASE("Objects are found in a stream however it is cut", "[cli][json]") {
    const std::string text = "[{\"header\":{\"x\":\"}{\\\"\"}},\n{\"row\":{\"columns\":[1]}},\n\n]";
    for (size_t cut = 1; cut < text.size(); ++cut) {
        JsonObjectScanner scanner;
        auto found = scanner.add(std::string_view(text).substr(0, cut));
        for (auto& object : scanner.add(std::string_view(text).substr(cut))) {
            found.push_back(std::move(object));
        }
        CHECK(found == std::vector<std::string>{"{\"header\":{\"x\":\"}{\\\"\"}}",
                                                "{\"row\":{\"columns\":[1]}}"});
    }
}
