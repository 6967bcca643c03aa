// JSON as Jackson reads it: what stands round a value, and whose value a key is.
#include "tests/unit/serde/support.h"

using namespace millrace;
using namespace millrace::test;

namespace {

SerdeSpec json(std::vector<Field> fields, bool wrapped = true) {
    SerdeSpec spec;
    spec.format = "JSON";
    spec.fields = std::move(fields);
    spec.wrapped = wrapped;
    return spec;
}

Value read_one(const std::string& record, const SqlTypePtr& type, bool wrapped = true) {
    DecodedTexts out = decode(json({{"V", type}}, wrapped), {record});
    INFO(record);
    INFO((out.failures.empty() ? "" : out.failures[0].message));
    CHECK(out.failures.empty());
    return out.columns[0].get(0);
}

bool refused(const std::string& record, const SqlTypePtr& type, bool wrapped = true) {
    DecodedTexts out = decode(json({{"V", type}}, wrapped), {record});
    return out.failures.size() == 1 && out.columns[0].is_null(0);
}

}  // namespace

TEST_CASE("what follows the first value of a record is nobody's", "[serde][json]") {
    const std::vector<std::string> tails = {
        "", " ", std::string("\0", 1), " 5", "{\"V\":9}", "}", "]", "\"open", " \xFF\xFE", "\x01"};
    for (const std::string& tail : tails) {
        CHECK(read_one("{\"V\":8}" + tail, SqlType::integer()) == Value(8));
        CHECK(read_one("[\"}\\\"\"]" + tail, SqlType::array(SqlType::string()), false) ==
              Value(ValueList{"}\""}));
        CHECK(read_one("\"a\"" + tail, SqlType::string(), false) == Value("a"));
    }
    CHECK(read_one("8 9", SqlType::integer(), false) == Value(8));
    CHECK(refused("8,9", SqlType::integer(), false));
    CHECK(refused("8x", SqlType::integer(), false));
    CHECK(refused("{\"V\":8", SqlType::integer()));
    CHECK(refused("{\"V\":\"x\"} 5", SqlType::integer()));
    CHECK(decode(json({{"V", SqlType::integer()}}), {"null, 1"}).failures.empty());
}

TEST_CASE("a byte order mark ahead of a record is passed over", "[serde][json]") {
    const std::string mark = "\xEF\xBB\xBF";
    CHECK(read_one(mark + "{\"V\":8}", SqlType::integer()) == Value(8));
    CHECK(read_one(mark + " {\"V\":8} ", SqlType::integer()) == Value(8));
    CHECK(read_one(mark + "7", SqlType::integer(), false) == Value(7));
    CHECK(read_one(mark + "\"a\"", SqlType::string(), false) == Value("a"));
    CHECK(read_one("{\"V\":\"" + mark + "a\"}", SqlType::string()) == Value(mark + "a"));
    CHECK(decode(json({{"V", SqlType::integer()}}), {mark + "null"}).failures.empty());
    CHECK(refused(mark, SqlType::integer()));
}

TEST_CASE("one key feeds the column of its name and that of its upper case", "[serde][json]") {
    const SqlTypePtr list = SqlType::array(SqlType::integer());
    SerdeSpec spec = json({{"ID", SqlType::bigint()},
                           {"id", SqlType::string()},
                           {"L", list},
                           {"l", SqlType::string()}});
    const std::vector<std::optional<std::string>> records = {
        R"({"id":4,"l":[1, 2]})", R"({"ID":4,"L":[]})", R"({"ID":5,"id":6})",
        R"({"id":6,"ID":5})",     R"({"Id":7})",        R"({"id":null})",
        R"({"id":"x"})"};
    DecodedTexts out = decode(spec, records);
    CHECK(out.columns[0].get(0) == Value(int64_t{4}));
    CHECK(out.columns[1].get(0) == Value("4"));
    CHECK(out.columns[2].get(0) == Value(ValueList{1, 2}));
    CHECK(out.columns[3].get(0) == Value("[1,2]"));
    CHECK(out.columns[0].get(1) == Value(int64_t{4}));
    CHECK(out.columns[1].is_null(1));
    for (size_t row : {2, 3}) {
        CHECK(out.columns[0].get(row) == Value(int64_t{5}));
        CHECK(out.columns[1].get(row) == Value("6"));
    }
    CHECK(out.columns[0].get(4) == Value(int64_t{7}));
    CHECK(out.columns[1].is_null(4));
    REQUIRE(out.failures.size() == 1);
    CHECK(out.failures[0].record == 6);
    CHECK_THAT(out.failures[0].message, Catch::Contains("path: $.ID"));
    // Whichever of the two is read.
    for (size_t used : {0, 1}) {
        auto decoder = make_decoder(spec, {used});
        DecodedTexts part = decode(*decoder, {spec.fields[used].type}, records);
        CHECK(part.failures.size() == 1);
        for (size_t row = 0; row < records.size(); ++row)
            CHECK(part.columns[0].get(row) == out.columns[used].get(row));
    }
}

TEST_CASE("one key feeds two fields of a STRUCT", "[serde][json]") {
    const SqlTypePtr inner = SqlType::struct_({{"A", SqlType::integer()}});
    const SqlTypePtr type = SqlType::struct_({{"ID", SqlType::integer()},
                                              {"id", SqlType::string()},
                                              {"S", inner},
                                              {"s", SqlType::string()}});
    CHECK(read_one(R"({"V":{"id":4,"s":{"a":1}}})", type) ==
          Value(ValueList{4, "4", Value(ValueList{1}), "{\"a\":1}"}));
    CHECK(read_one(R"({"V":{"id":4,"ID":5}})", type) == Value(ValueList{5, "4", Value(), Value()}));
    CHECK(read_one(R"({"V":{"ID":5,"id":4}})", type) == Value(ValueList{5, "4", Value(), Value()}));
    CHECK(refused(R"({"V":{"id":"x"}})", type));
}

TEST_CASE("keys are upper-cased by Unicode", "[serde][json]") {
    const SqlTypePtr inner = SqlType::struct_({{"STRASSE", SqlType::integer()}});
    DecodedTexts out = decode(json({{"ÄPFEL", SqlType::integer()}, {"R", inner}}),
                              {R"({"äpfel":1,"r":{"straße":2}})", R"({"Äpfel":3})"});
    CHECK(out.failures.empty());
    CHECK(out.columns[0].get(0) == Value(1));
    CHECK(out.columns[1].get(0) == Value(ValueList{2}));
    CHECK(out.columns[0].get(1) == Value(3));
}

TEST_CASE("a DOUBLE in quotes is read as Java reads it", "[serde][json]") {
    const SqlTypePtr type = SqlType::double_();
    CHECK(read_one(R"({"V":" 1.5 "})", type) == Value(1.5));
    CHECK(read_one(R"({"V":"1d"})", type) == Value(1.0));
    CHECK(read_one(R"({"V":"1.F"})", type) == Value(1.0));
    CHECK(read_one(R"({"V":"\t-2e3f\n"})", type) == Value(-2000.0));
    for (const char* wrong : {"1dd", "d", "NaNd", "", " ", "1 d", "1l"})
        CHECK(refused(std::string("{\"V\":\"") + wrong + "\"}", type));
    CHECK(refused(R"({"V":1d})", type));
    CHECK(refused(R"({"V":" 1 "})", SqlType::integer()));
}

TEST_CASE("a TIME is within its day, whether or not it is read", "[serde][json]") {
    for (const char* format : {"JSON", "DELIMITED"}) {
        SerdeSpec spec = json({{"V", SqlType::time()}, {"W", SqlType::integer()}});
        spec.format = format;
        auto unread = make_decoder(spec, {1});
        const auto record = [&](const std::string& time) {
            return spec.format == "JSON" ? "{\"V\":" + time + ",\"W\":1}" : time + ",1";
        };
        for (const char* good : {"0", "86399999", "9999999", "1234567"}) {
            CHECK(decode(spec, {record(good)}).columns[0].get(0) == Value(std::atoi(good)));
            CHECK(decode(*unread, {SqlType::integer()}, {record(good)}).failures.empty());
        }
        for (const char* bad : {"-1", "86400000", "86400001", "99999999999", "4294967296"}) {
            INFO(format << " " << bad);
            CHECK(decode(spec, {record(bad)}).failures.size() == 1);
            CHECK(decode(*unread, {SqlType::integer()}, {record(bad)}).failures.size() == 1);
        }
    }
}
