#include "tests/unit/serde/support.h"

using namespace millrace;
using namespace millrace::test;

namespace {

SerdeSpec json(std::vector<Field> fields, bool wrapped = true) {
    SerdeSpec spec;
    spec.format = "JSON";
    spec.fields = std::move(fields);
    spec.wrapped = wrapped;
    spec.topic = "t";
    return spec;
}

/// One record with one field A of this type.
Value read(const char* text, const SqlTypePtr& type) {
    DecodedTexts out = decode(json({{"A", type}}), {std::string("{\"A\":") + text + "}"});
    INFO(text);
    INFO((out.failures.empty() ? "" : out.failures[0].message));
    CHECK(out.failures.empty());
    return out.columns[0].get(0);
}
std::string failure(const char* text, const SqlTypePtr& type) {
    DecodedTexts out = decode(json({{"A", type}}), {std::string("{\"A\":") + text + "}"});
    INFO(text);
    REQUIRE(out.failures.size() == 1);
    CHECK(out.columns[0].is_null(0));
    return out.failures[0].causes[0];
}

}  // namespace

TEST_CASE("fields are found by exact name, then by upper case", "[serde][json]") {
    SerdeSpec spec = json({{"ID", SqlType::integer()}, {"name", SqlType::string()}});
    DecodedTexts out = decode(
        spec, {R"({"ID":1,"name":"a"})", R"({"name":"b","id":2})", R"({"id":3,"ID":4})",
               R"({"ID":5,"Id":6})", R"({"NAME":"x"})", R"({"id":7,"Id":8})", R"({"\u0049D":9})",
               "{}", R"({"other":{"ID":1},"x":[{"ID":2}],"ID":10})", R"({"id":"x","ID":11})"});
    CHECK(out.columns[0].get(0) == Value(1));
    CHECK(out.columns[1].get(0) == Value("a"));
    CHECK(out.columns[0].get(1) == Value(2));
    CHECK(out.columns[1].get(1) == Value("b"));
    CHECK(out.columns[0].get(2) == Value(4));
    CHECK(out.columns[0].get(3) == Value(5));
    CHECK(out.columns[1].is_null(4));
    CHECK(out.columns[0].get(5) == Value(8));
    CHECK(out.columns[0].get(6) == Value(9));
    CHECK(out.columns[0].is_null(7));
    CHECK(out.columns[0].get(8) == Value(10));
}

TEST_CASE("the order of fields may change from record to record", "[serde][json]") {
    SerdeSpec spec = json({{"A", SqlType::integer()}, {"B", SqlType::integer()}});
    auto decoder = make_decoder(spec);
    std::vector<SqlTypePtr> types = {SqlType::integer(), SqlType::integer()};
    for (int round = 0; round < 3; ++round) {
        DecodedTexts out = decode(*decoder, types,
                                  {R"({"A":1,"B":2})", R"({"B":4,"A":3})",
                                   R"({"x":0,"AA":9,"A":5})", R"({"A":6,"B\u0042":7,"B":8})"});
        CHECK(out.failures.empty());
        CHECK(out.columns[0].ints() == std::vector<int32_t>{1, 3, 5, 6});
        CHECK(out.columns[1].get(1) == Value(4));
        CHECK(out.columns[1].is_null(2));
        CHECK(out.columns[1].get(3) == Value(8));
    }
}

TEST_CASE("integers are read as Jackson's numbers", "[serde][json]") {
    auto i = SqlType::integer();
    auto l = SqlType::bigint();
    CHECK(read("0", i) == Value(0));
    CHECK(read("-2147483648", i) == Value(std::numeric_limits<int32_t>::min()));
    CHECK(read("4294967297", i) == Value(1));
    CHECK(read("1.9", i) == Value(1));
    CHECK(read("1e3", l) == Value(int64_t{1000}));
    CHECK(read("9223372036854775807", l) == Value(std::numeric_limits<int64_t>::max()));
    CHECK(read("9223372036854775808", l) == Value(std::numeric_limits<int64_t>::min()));
    CHECK(read("\"12\"", i) == Value(12));
    CHECK(read("null", i) == Value());
    CHECK(read(" 7 ", SqlType::date()) == Value(7));
    CHECK(read("\"8\"", SqlType::timestamp()) == Value(int64_t{8}));
    CHECK(failure("\"x\"", i) == "Can't coerce string to type. targetType: INTEGER, path: $.A");
    CHECK(failure("true", i) ==
          "Can't convert type. sourceType: BooleanNode, requiredType: INTEGER, path: $.A");
    CHECK(failure("[1]", i) ==
          "Can't convert type. sourceType: ArrayNode, requiredType: INTEGER, path: $.A");
    failure("01", i);
    failure("+1", i);
    failure("1.", i);
    failure("--1", i);
    failure("1x", i);
}

TEST_CASE("doubles and decimals are read from numbers and strings", "[serde][json]") {
    auto d = SqlType::double_();
    CHECK(read("1", d) == Value(1.0));
    CHECK(read("1.0E10", d) == Value(1e10));
    CHECK(read("-0.0", d) == Value(-0.0));
    CHECK(read("\"-Infinity\"", d) == Value(-std::numeric_limits<double>::infinity()));
    CHECK(read("1e400", d) == Value(std::numeric_limits<double>::infinity()));
    CHECK(read("1e-400", d) == Value(0.0));
    failure("NaN", d);
    failure("\"x\"", d);
    auto dec = SqlType::decimal(4, 2);
    CHECK(read("1.5", dec) == Value(Decimal(150, 2)));
    CHECK(read("\"1.50\"", dec) == Value(Decimal(150, 2)));
    CHECK(read("1", dec) == Value(Decimal(100, 2)));
    CHECK(read("1.500", dec) == Value(Decimal(150, 2)));
    failure("1.555", dec);
    failure("100", dec);
    failure("\"x\"", dec);
    failure("false", dec);
}

TEST_CASE("STRING takes any JSON as its text", "[serde][json]") {
    auto s = SqlType::string();
    CHECK(read(R"("a\u00e4\ud83d\ude00\n\/\"")", s) == Value("a\xC3\xA4\xF0\x9F\x98\x80\n/\""));
    CHECK(read(R"("\ud83d")", s) == Value("\xEF\xBF\xBD"));
    CHECK(read("\"\"", s) == Value(""));
    CHECK(read("12", s) == Value("12"));
    CHECK(read("1.50", s) == Value("1.50"));
    CHECK(read("true", s) == Value("true"));
    CHECK(read(R"( { "a" : [ 1 , "x\u0041" , null , { } ] } )", s) ==
          Value(R"({"a":[1,"xA",null,{}]})"));
    failure(R"("\x")", s);
    failure(R"("\u12")", s);
    failure("tru", s);
    failure("\"a\tb\"", s);  // Control characters must be escaped.
}

TEST_CASE("BOOLEAN and BYTES take only their own", "[serde][json]") {
    CHECK(read("false", SqlType::boolean()) == Value(false));
    CHECK(failure("\"true\"", SqlType::boolean()) ==
          "Can't convert type. sourceType: TextNode, requiredType: BOOLEAN, path: $.A");
    failure("1", SqlType::boolean());
    CHECK(read("\"AAE=\"", SqlType::bytes()) == Value(std::string("\0\1", 2)));
    failure("\"?\"", SqlType::bytes());
    failure("1", SqlType::bytes());
}

TEST_CASE("nested values are read to their depth", "[serde][json]") {
    auto row = SqlType::struct_({{"X", SqlType::integer()}, {"y", SqlType::string()}});
    CHECK(read(R"({"x":1,"y":"z","more":[1,2]})", row) == Value(ValueList{1, "z"}));
    CHECK(read("{}", row) == Value(ValueList{Value(), Value()}));
    CHECK(read("null", row) == Value());
    CHECK(read(R"([{"X":1},null])", SqlType::array(row)) ==
          Value(ValueList{Value(ValueList{1, Value()}), Value()}));
    CHECK(read(R"({"a":1,"b":null,"a":2})", SqlType::map(SqlType::string(), SqlType::integer())) ==
          Value(ValueMap{{"a", 2}, {"b", Value()}}));
    CHECK(failure(R"({"X":[]})", row) ==
          "Can't convert type. sourceType: ArrayNode, requiredType: INTEGER, path: $.A.X");
    CHECK(failure(R"([1,"x"])", SqlType::array(SqlType::integer())) ==
          "Can't coerce string to type. targetType: INTEGER, path: $.A[1]");
    failure("{}", SqlType::array(row));
    failure("[]", row);
    failure("1", row);
}

TEST_CASE("large maps keep one entry a key, in order", "[serde][json]") {
    std::string text = "{";
    for (int i = 0; i < 5000; ++i) {
        text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i % 2500) + "\":" + std::to_string(i);
    }
    Value map = read((text + "}").c_str(), SqlType::map(SqlType::string(), SqlType::integer()));
    REQUIRE(map.as_map().size() == 2500);
    CHECK(map.as_map()[7].first == Value("k7"));
    CHECK(map.as_map()[7].second == Value(2507));
    CHECK(map.as_map()[2499].second == Value(4999));
}

TEST_CASE("malformed records are reported, the others are kept", "[serde][json]") {
    SerdeSpec spec = json({{"A", SqlType::integer()}});
    const char* const bad[] = {"",
                               "{",
                               "{\"A\":1",
                               "{\"A\"}",
                               "{\"A\":}",
                               "[1]",
                               "12",
                               "\"x\"",
                               "nul",
                               "{\"A\":1,}",
                               "{\"A\":1 2}",
                               "{A:1}",
                               "{\"B\":tru}",
                               "\xFF",
                               "{\"A\":\"\xFF\"}"};
    for (const char* text : bad) {
        INFO(text);
        DecodedTexts out = decode(spec, {"{\"A\":1}", text, "{\"A\":2}"});
        REQUIRE(out.failures.size() == 1);
        CHECK(out.failures[0].record == 1);
        CHECK(out.failures[0].message.starts_with("Failed to deserialize value from topic: t. "));
        CHECK(out.columns[0].get(0) == Value(1));
        CHECK(out.columns[0].is_null(1));
        CHECK(out.columns[0].get(2) == Value(2));
    }
    DecodedTexts framed = decode(spec, {std::string("\0\0\0\0\1{}", 7)});
    REQUIRE(framed.failures.size() == 1);
    CHECK_THAT(framed.failures[0].message, Catch::Contains("0x00"));
    CHECK(decode(spec, {"null"}).failures.empty());
    CHECK(decode(spec, {" \n{\"A\":1}\r\n "}).failures.empty());
}

TEST_CASE("JSON looks at used columns only, where it is told so", "[serde][json]") {
    SerdeSpec spec =
        json({{"A", SqlType::integer()}, {"B", SqlType::string()}, {"C", SqlType::integer()}});
    spec.check_unread = false;
    auto decoder = make_decoder(spec, {1});
    DecodedTexts out =
        decode(*decoder, {SqlType::string()}, {R"({"A":"no number","B":"b","C":[]})"});
    CHECK(out.failures.empty());
    CHECK(out.columns[0].get(0) == Value("b"));
    auto none = make_decoder(spec, {});
    DecodedTexts nothing = decode(*none, {}, {"{\"A\":1}", "{"});
    CHECK(nothing.failures.size() == 1);
}

TEST_CASE("bare values are read without a record around them", "[serde][json]") {
    DecodedTexts out = decode(json({{"A", SqlType::string()}}, false),
                              {"\"x\"", "null", "12", "{\"a\": 1}", "\"x", "tru"});
    CHECK(out.columns[0].get(0) == Value("x"));
    CHECK(out.columns[0].is_null(1));
    CHECK(out.columns[0].get(2) == Value("12"));
    CHECK(out.columns[0].get(3) == Value("{\"a\":1}"));
    CHECK(out.failures.size() == 2);
    DecodedTexts row = decode(json({{"A", SqlType::struct_({{"F", SqlType::integer()}})}}, false),
                              {R"({"F":1})", "1"});
    CHECK(row.columns[0].get(0) == Value(ValueList{1}));
    CHECK(row.failures.size() == 1);
}
