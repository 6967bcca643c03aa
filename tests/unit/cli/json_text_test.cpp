#include "cli/json_text.h"

#include <catch2/catch.hpp>

using namespace millrace;
using namespace millrace::cli;

TEST_CASE("Pretty JSON looks as ksqlDB's shell prints it", "[cli][json]") {
    const auto value =
        parse_json_tree(R"([{"a":"x\ny\u0001","b":[],"c":{},"d":[1,{"e":true}]},{"f":"\u00e9"}])");
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
