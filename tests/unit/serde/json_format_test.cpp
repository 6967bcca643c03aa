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

}  // namespace

TEST_CASE("JSON writes columns in order, NULLs included", "[serde][json]") {
    SerdeSpec spec = json({{"A", SqlType::integer()}, {"b\"", SqlType::string()}});
    auto out = encode(spec, {{1, "x"}, {Value(), Value()}});
    CHECK(out[0] == R"({"A":1,"b\"":"x"})");
    CHECK(out[1] == R"({"A":null,"b\"":null})");
    CHECK(encode(json({}), {{}})[0] == "{}");
}

TEST_CASE("JSON writes chosen rows into one buffer", "[serde][json]") {
    SerdeSpec spec = json({{"A", SqlType::integer()}});
    auto columns = columns_of(spec, {{1}, {2}, {3}});
    EncodedRows out;
    std::vector<EncodeFailure> failures;
    std::vector<uint32_t> rows = {2, 0};
    make_encoder(spec)->encode(columns, rows, out, failures);
    REQUIRE(out.size() == 2);
    CHECK(out.at(0) == R"({"A":3})");
    CHECK(out.at(1) == R"({"A":1})");
}

TEST_CASE("JSON writes bare values", "[serde][json]") {
    SerdeSpec spec = json({{"A", SqlType::string()}}, false);
    auto out = encode(spec, {{"x"}, {Value()}});
    CHECK(out[0] == "\"x\"");
    CHECK_FALSE(out[1]);
    SerdeSpec list = json({{"A", SqlType::array(SqlType::bigint())}}, false);
    CHECK(encode(list, {{Value(ValueList{int64_t{1}, Value()})}})[0] == "[1,null]");
}

TEST_CASE("JSON reads back every type that it writes", "[serde][json]") {
    auto row_type = SqlType::struct_({{"X", SqlType::integer()}, {"y", SqlType::string()}});
    SerdeSpec spec = json({{"A", SqlType::boolean()},
                           {"B", SqlType::integer()},
                           {"C", SqlType::bigint()},
                           {"D", SqlType::double_()},
                           {"E", SqlType::decimal(10, 8)},
                           {"F", SqlType::string()},
                           {"G", SqlType::bytes()},
                           {"H", SqlType::date()},
                           {"I", SqlType::time()},
                           {"J", SqlType::timestamp()},
                           {"K", SqlType::array(SqlType::array(SqlType::double_()))},
                           {"L", SqlType::map(SqlType::string(), row_type)},
                           {"M", row_type}});
    Value inner(ValueList{1, Value()});
    std::vector<ValueList> rows = {
        {true, -1, std::numeric_limits<int64_t>::min(), std::numeric_limits<double>::quiet_NaN(),
         Decimal(1, 8), "a\"\n\xC3\xA4\xF0\x9F\x98\x80", std::string("\0\xFF", 2), -1, 86'399'999,
         int64_t{-5}, Value(ValueList{Value(ValueList{1.5, Value()}), Value(ValueList{})}),
         Value(ValueMap{{"k\"", inner}, {"", Value()}}), inner},
        ValueList(13)};
    auto texts = encode(spec, rows);
    DecodedTexts out = decode(spec, {texts[0], texts[1], std::nullopt});
    CHECK(out.failures.empty());
    for (size_t i = 0; i < rows[0].size(); ++i) {
        INFO(spec.fields[i].name);
        CHECK(out.columns[i].get(0) == rows[0][i]);
        CHECK(out.columns[i].is_null(1));
        CHECK(out.columns[i].is_null(2));
        // The same type bare.
        SerdeSpec bare = json({spec.fields[i]}, false);
        DecodedTexts alone = decode(bare, encode(bare, {{rows[0][i]}}));
        CHECK(alone.failures.empty());
        CHECK(alone.columns[0].get(0) == rows[0][i]);
    }
}
