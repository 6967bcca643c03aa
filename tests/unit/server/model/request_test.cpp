#include "server/model/request.h"

#include <catch2/catch.hpp>

using namespace millrace::server;

TEST_CASE("Odd bodies that clients send are taken") {
    auto request = parse_statement_request(
        R"({"ksql":"S;","streamsProperties":{"a":true,"b":"true","c":12,"d":1.5,"e":null,"f":["x","y"]},)"
        R"("sessionVariables":{"v":"1"},"commandSequenceNumber":null,"nope":{}})",
        RequestStyle::kKsql);
    CHECK(request.text == "S;");
    CHECK(request.properties ==
          std::map<std::string, std::string>{
              {"a", "true"}, {"b", "true"}, {"c", "12"}, {"d", "1.5"}, {"f", "x,y"}});
    CHECK(request.variables.at("v") == "1");
    CHECK_FALSE(request.sequence_number);

    request = parse_statement_request(R"({"sql":"S;","ksql":"x","properties":null,"push":true})",
                                      RequestStyle::kQueryStream);
    CHECK(request.text == "S;");
    CHECK(parse_statement_request("{}", RequestStyle::kKsql).text == std::nullopt);
    CHECK(parse_statement_request(R"({"commandSequenceNumber":7})", RequestStyle::kKsql)
              .sequence_number == 7);
    CHECK(parse_close_query(R"({"queryId":"q"})") == "q");
    CHECK(parse_close_query(R"({"queryId":{"id":"q"}})") == "q");
}

TEST_CASE("Bodies that are none are refused") {
    const std::string deep = "{\"ksql\":" + std::string(5000, '[') + std::string(5000, ']') + "}";
    for (const std::string& body :
         {std::string(""), std::string("{"), std::string("[]"), std::string(R"({"ksql":1})"),
          std::string(R"({"streamsProperties":[]})"),
          std::string(R"({"streamsProperties":{"a":{}}})"),
          std::string(R"({"commandSequenceNumber":"x"})"), std::string("\xff"), deep}) {
        CHECK_THROWS_AS(parse_statement_request(body, RequestStyle::kKsql), BadBody);
    }
    CHECK_THROWS_AS(parse_close_query("{}"), BadBody);
    CHECK_THROWS_AS(parse_produce_line(R"({"value":"x"})"), BadBody);
    CHECK_THROWS_AS(check_heartbeat(R"({"hostInfo":{"host":"h"}})"), BadBody);
}

TEST_CASE("A produced record's parts may be missing") {
    auto line = parse_produce_line(R"({"topic":"t","value":"v"})");
    CHECK(line.topic == "t");
    CHECK_FALSE(line.key);
    CHECK(line.value == "v");
    CHECK(line.timestamp_ms == -1);
    CHECK(parse_produce_line(R"({"topic":"t","key":"k","timestamp":5})").timestamp_ms == 5);
}
