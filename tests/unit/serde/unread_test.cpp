// Which records are bad does not depend on the columns that are used: a table of values of every
// kind, good and bad, decoded with all columns and with one or none.
#include "tests/unit/serde/support.h"

using namespace millrace;
using namespace millrace::test;

namespace {

SerdeSpec spec_of(std::string format, std::vector<Field> fields, bool wrapped = true) {
    SerdeSpec spec;
    spec.format = std::move(format);
    spec.fields = std::move(fields);
    spec.wrapped = wrapped;
    spec.topic = "t";
    return spec;
}

/// Decodes `texts` with all columns, with none and with each alone; returns how many are bad.
size_t bad_for_all(const SerdeSpec& spec, const std::vector<std::optional<std::string>>& texts) {
    const DecodedTexts all = decode(spec, texts);
    auto compare = [&](const std::vector<size_t>& used) {
        std::vector<SqlTypePtr> types;
        for (size_t index : used) types.push_back(spec.fields[index].type);
        const DecodedTexts some = decode(*make_decoder(spec, used), types, texts);
        REQUIRE(some.failures.size() == all.failures.size());
        for (size_t i = 0; i < all.failures.size(); ++i) {
            CHECK(some.failures[i].record == all.failures[i].record);
            CHECK(some.failures[i].message == all.failures[i].message);
            CHECK(some.failures[i].causes == all.failures[i].causes);
        }
    };
    compare({});
    for (size_t i = 0; i < spec.fields.size(); ++i) compare({i});
    return all.failures.size();
}

const std::vector<SqlTypePtr>& scalar_types() {
    static const std::vector<SqlTypePtr> types = {
        SqlType::boolean(),   SqlType::integer(),     SqlType::bigint(),
        SqlType::double_(),   SqlType::decimal(4, 2), SqlType::string(),
        SqlType::bytes(),     SqlType::date(),        SqlType::time(),
        SqlType::timestamp(), SqlType::decimal(2, 2), SqlType::decimal(38, 0),
    };
    return types;
}

const std::vector<std::string>& scalar_texts() {
    static const std::vector<std::string> texts = {"1",
                                                   "-1",
                                                   "0",
                                                   "-0",
                                                   "007",
                                                   "1.5",
                                                   "1.50",
                                                   "1.500",
                                                   "12.345",
                                                   "123.4",
                                                   "99.99",
                                                   "0.01",
                                                   "-0.001",
                                                   "1e3",
                                                   "1E-2",
                                                   "1e400",
                                                   "1e-400",
                                                   "2147483648",
                                                   "999999999",
                                                   "9999999999",
                                                   "99999999999999999999",
                                                   "1234567890123456789",
                                                   "123456789012345678901234567890123456789012",
                                                   "0.123456789012345678901234567890123456789012",
                                                   "true",
                                                   "false",
                                                   "TRUE",
                                                   "tru",
                                                   "null",
                                                   "+5",
                                                   "5.",
                                                   ".5",
                                                   "-",
                                                   "NaN",
                                                   "Infinity",
                                                   "x",
                                                   "",
                                                   " 1",
                                                   "AQ==",
                                                   "AQ",
                                                   "A",
                                                   "AQ=",
                                                   "***",
                                                   "1d"};
    return texts;
}

}  // namespace

TEST_CASE("JSON scalars are bad or good whether or not they are used", "[serde][unread]") {
    size_t bad = 0;
    for (const SqlTypePtr& type : scalar_types()) {
        const SerdeSpec spec = spec_of("JSON", {{"K", SqlType::integer()}, {"A", type}});
        std::vector<std::optional<std::string>> records;
        for (const std::string& text : scalar_texts()) {
            records.push_back("{\"k\":1,\"a\":" + text + "}");
            records.push_back("{\"k\":1,\"a\":\"" + text + "\"}");
        }
        for (const char* text : {R"("\u0041\n")", R"("\u00")", R"("\x")", R"("\ud83d")",
                                 R"("\u0031")", R"("\u0041Q==")", "{}", "[]", "[1",
                                 R"({"b":[1,2.50,{"c":null}]})", R"({"b":"\x"})", R"([007])"}) {
            records.push_back(std::string("{\"k\":1,\"a\":") + text + "}");
            records.push_back(std::string("{\"k\":1, \"a\" : ") + text + " , \"z\":0}");
        }
        INFO(type->to_string());
        const size_t bad_of_type = bad_for_all(spec, records);
        CHECK(bad_of_type > 10);
        CHECK(bad_of_type < records.size());
        bad += bad_of_type;
    }
    CHECK(bad > 200);
}

TEST_CASE("nested JSON is bad or good whether or not it is used", "[serde][unread]") {
    const auto row =
        SqlType::struct_({{"F", SqlType::integer()}, {"g", SqlType::array(SqlType::double_())}});
    const SerdeSpec spec = spec_of(
        "JSON", {{"K", SqlType::integer()},
                 {"R", row},
                 {"L", SqlType::array(row)},
                 {"M", SqlType::map(SqlType::string(), SqlType::array(SqlType::decimal(3, 1)))}});
    CHECK(
        bad_for_all(spec, {R"({"k":1,"r":{"f":1,"g":[1,2,null]},"l":[{"F":"2"}],"m":{"x":[1.5]}})",
                           R"({"k":1,"r":null,"l":[null],"m":{"x":null}})",
                           R"({"r":{"f":"x","F":1}})", R"({"r":{"F":1,"f":"x"}})", "{}"}) == 1);
    const std::vector<std::optional<std::string>> bad = {
        R"({"k":1,"r":1})",    R"({"k":1,"r":[]})",
        R"({"r":{"f":"x"}})",  R"({"r":{"g":[1,"y"]}})",
        R"({"r":{"g":{}}})",   R"({"l":{}})",
        R"({"l":[1]})",        R"({"l":[{"f":1},{"f":[]}]})",
        R"({"m":[]})",         R"({"m":{"x":[1.55]}})",
        R"({"m":{"x":1}})",    R"({"m":{"\u0041":[true]}})",
        R"({"m":{"\x":[1]}})", R"({"r":{"f":007}})",
        R"({"r":{"\x":1}})",   R"({"r":{"f":1},"l":[{"f":1,"g":[1,2,3,}]})",
        R"({"r":tru})",
    };
    CHECK(bad_for_all(spec, bad) == bad.size());
    const DecodedTexts out =
        decode(*make_decoder(spec, {0}), {SqlType::integer()}, {R"({"l":[{"f":1},{"f":[]}]})"});
    REQUIRE(out.failures.size() == 1);
    CHECK(out.failures[0].causes[0] ==
          "Can't convert type. sourceType: ArrayNode, requiredType: INTEGER, path: $.L[1].F");
}

TEST_CASE("bare JSON is bad or good whether or not it is used", "[serde][unread]") {
    const std::vector<std::optional<std::string>> texts = {"1",    "\"1\"", "[1]", "{\"x\":1}", "x",
                                                           "null", "true",  "",    "[1"};
    CHECK(bad_for_all(spec_of("JSON", {{"A", SqlType::integer()}}, false), texts) == 6);
    CHECK(bad_for_all(spec_of("JSON", {{"A", SqlType::array(SqlType::integer())}}, false), texts) ==
          7);
}

TEST_CASE("a key means the same field whatever is used", "[serde][unread]") {
    // `id` feeds both, and neither stands for the other.
    const SerdeSpec spec = spec_of("JSON", {{"ID", SqlType::integer()}, {"id", SqlType::string()}});
    const DecodedTexts out =
        decode(*make_decoder(spec, {0}), {SqlType::integer()}, {R"({"id":"7"})", R"({"ID":1})"});
    CHECK(out.failures.empty());
    CHECK(out.columns[0].get(0) == Value(7));
    CHECK(out.columns[0].get(1) == Value(1));
}

TEST_CASE("DELIMITED fields are bad or good whether or not they are used", "[serde][unread]") {
    size_t bad = 0;
    for (const SqlTypePtr& type : scalar_types()) {
        const SerdeSpec spec = spec_of("DELIMITED", {{"K", SqlType::integer()}, {"A", type}});
        std::vector<std::optional<std::string>> records = {"1", "1,2,3", "1,\"2"};
        for (const std::string& text : scalar_texts()) records.push_back("1," + text);
        INFO(type->to_string());
        bad += bad_for_all(spec, records);
    }
    CHECK(bad > 200);
}

TEST_CASE("KAFKA values are bad or good whether or not they are used", "[serde][unread]") {
    const std::vector<std::optional<std::string>> texts = {"",         "123",       "1234",
                                                           "12345678", "123456789", std::nullopt};
    CHECK(bad_for_all(spec_of("KAFKA", {{"A", SqlType::integer()}}, false), texts) == 4);
    CHECK(bad_for_all(spec_of("KAFKA", {{"A", SqlType::bigint()}}, false), texts) == 4);
    CHECK(bad_for_all(spec_of("KAFKA", {{"A", SqlType::double_()}}, false), texts) == 4);
    CHECK(bad_for_all(spec_of("KAFKA", {{"A", SqlType::string()}}, false), texts) == 0);
    CHECK(bad_for_all(spec_of("KAFKA", {{"A", SqlType::bytes()}}, false), texts) == 0);
}
