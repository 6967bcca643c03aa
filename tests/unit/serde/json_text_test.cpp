#include "engine/serde/json_text.h"

#include <catch2/catch.hpp>
#include <limits>

#include "engine/serde/json_value.h"

using namespace millrace;

namespace {

std::string rest(const Value& value, const SqlTypePtr& type, JsonStyle style = JsonStyle::kRest) {
    std::string from_value;
    append_json_value(from_value, value, *type, style);
    Column column(type);
    column.append(value);
    std::string from_column;
    append_json_cell(from_column, column, 0, style);
    CHECK(from_value == from_column);
    return from_value;
}
std::string topic(const Value& value, const SqlTypePtr& type) {
    return rest(value, type, JsonStyle::kTopic);
}

}  // namespace

TEST_CASE("REST rows show every type", "[serde][json]") {
    CHECK(rest(Value(), SqlType::integer()) == "null");
    CHECK(rest(true, SqlType::boolean()) == "true");
    CHECK(rest(-5, SqlType::integer()) == "-5");
    CHECK(rest(int64_t{5}, SqlType::bigint()) == "5");
    CHECK(rest(1e10, SqlType::double_()) == "1.0E10");
    CHECK(rest(std::numeric_limits<double>::quiet_NaN(), SqlType::double_()) == "\"NaN\"");
    CHECK(rest(-std::numeric_limits<double>::infinity(), SqlType::double_()) == "\"-Infinity\"");
    CHECK(rest(Decimal(150, 2), SqlType::decimal(4, 2)) == "1.50");
    CHECK(rest(Decimal(1, 7), SqlType::decimal(8, 7)) == "0.0000001");
    CHECK(rest("x", SqlType::string()) == "\"x\"");
    CHECK(rest(std::string("\0\1", 2), SqlType::bytes()) == "\"AAE=\"");
    CHECK(rest(0, SqlType::date()) == "\"1970-01-01\"");
    CHECK(rest(36'000'000, SqlType::time()) == "\"10:00\"");
    CHECK(rest(int64_t{1}, SqlType::timestamp()) == "\"1970-01-01T00:00:00.001\"");
    CHECK(rest(Value(ValueList{1, Value()}), SqlType::array(SqlType::integer())) == "[1,null]");
    CHECK(rest(Value(ValueMap{{"k", 1}}), SqlType::map(SqlType::string(), SqlType::integer())) ==
          "{\"k\":1}");
    CHECK(rest(Value(ValueList{1, "y"}),
               SqlType::struct_({{"A", SqlType::integer()}, {"b", SqlType::string()}})) ==
          "{\"A\":1,\"b\":\"y\"}");
}

TEST_CASE("topics show dates as numbers and small decimals with exponents", "[serde][json]") {
    CHECK(topic(19000, SqlType::date()) == "19000");
    CHECK(topic(5, SqlType::time()) == "5");
    CHECK(topic(int64_t{7}, SqlType::timestamp()) == "7");
    CHECK(topic(Decimal(150, 2), SqlType::decimal(4, 2)) == "1.50");
    CHECK(topic(Decimal(1, 7), SqlType::decimal(8, 7)) == "1E-7");
    CHECK(topic(Value(ValueList{Decimal(0, 7)}), SqlType::array(SqlType::decimal(8, 7))) ==
          "[0E-7]");
}

TEST_CASE("strings are escaped as Jackson does", "[serde][json]") {
    CHECK(rest("a\"b\\c/d", SqlType::string()) == "\"a\\\"b\\\\c/d\"");
    CHECK(rest("\b\t\n\f\r\x01\x1F\x7F", SqlType::string()) ==
          "\"\\b\\t\\n\\f\\r\\u0001\\u001F\x7F\"");
    CHECK(rest("\xC3\xA4\xF0\x9F\x98\x80", SqlType::string()) == "\"\xC3\xA4\xF0\x9F\x98\x80\"");
}

TEST_CASE("JSON texts are read as values", "[serde][json]") {
    auto type =
        SqlType::struct_({{"A", SqlType::array(SqlType::bigint())}, {"b", SqlType::string()}});
    auto value = parse_json_value(R"({"a":[1,"2",null],"b":{"x": 1.0}})", *type);
    REQUIRE(value);
    CHECK(*value ==
          Value(ValueList{Value(ValueList{int64_t{1}, int64_t{2}, Value()}), "{\"x\":1.0}"}));
    CHECK(*parse_json_value(" 12 ", *SqlType::integer()) == Value(12));
    CHECK(parse_json_value("null", *type)->is_null());
    CHECK_FALSE(parse_json_value("{", *type));
    CHECK_FALSE(parse_json_value("", *type));
    CHECK(parse_json_value("[1]", *SqlType::integer()).status().message() ==
          "Can't convert type. sourceType: ArrayNode, requiredType: INTEGER, path: $");
}
