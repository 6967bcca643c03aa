#include "engine/base/error.h"
#include "tests/unit/serde/support.h"

using namespace millrace;
using namespace millrace::test;

namespace {

SerdeSpec kafka(SqlTypePtr type, bool is_key = false) {
    SerdeSpec spec;
    spec.format = "KAFKA";
    spec.fields = {{"K", std::move(type)}};
    spec.wrapped = false;
    spec.is_key = is_key;
    spec.topic = "t";
    return spec;
}

}  // namespace

TEST_CASE("KAFKA writes what Kafka's serializers write", "[serde][kafka]") {
    CHECK(encode(kafka(SqlType::integer()), {{1}, {-2}, {Value()}}) ==
          std::vector<std::optional<std::string>>{std::string("\0\0\0\1", 4), "\xFF\xFF\xFF\xFE",
                                                  std::nullopt});
    CHECK(encode(kafka(SqlType::bigint()), {{int64_t{258}}})[0] ==
          std::string("\0\0\0\0\0\0\1\2", 8));
    CHECK(encode(kafka(SqlType::double_()), {{1.0}})[0] == std::string("\x3F\xF0\0\0\0\0\0\0", 8));
    CHECK(encode(kafka(SqlType::string()), {{"a\xC3\xA4"}, {""}}) ==
          std::vector<std::optional<std::string>>{"a\xC3\xA4", ""});
    CHECK(encode(kafka(SqlType::bytes()), {{"\xFF"}})[0] == "\xFF");
}

TEST_CASE("KAFKA reads back what it wrote", "[serde][kafka]") {
    std::vector<std::pair<SqlTypePtr, Value>> samples = {
        {SqlType::integer(), std::numeric_limits<int32_t>::min()},
        {SqlType::bigint(), std::numeric_limits<int64_t>::max()},
        {SqlType::double_(), -0.0},
        {SqlType::string(), "text"},
        {SqlType::bytes(), std::string("\0\xFF", 2)}};
    for (const auto& [type, value] : samples) {
        INFO(type->to_string());
        DecodedTexts out = decode(kafka(type), encode(kafka(type), {{value}, {Value()}}));
        CHECK(out.failures.empty());
        CHECK(out.columns[0].get(0) == value);
        CHECK(out.columns[0].is_null(1));
    }
}

TEST_CASE("KAFKA reports wrong lengths", "[serde][kafka]") {
    DecodedTexts out = decode(kafka(SqlType::integer(), true), {"abc", std::string(4, '\0'), ""});
    REQUIRE(out.failures.size() == 2);
    CHECK(out.failures[0].record == 0);
    CHECK(out.failures[1].record == 2);
    CHECK(out.failures[0].message ==
          "Error deserializing key from topic: t. Size of data received by IntegerDeserializer is "
          "not 4");
    CHECK(out.columns[0].is_null(0));
    CHECK(out.columns[0].int_at(1) == 0);
    CHECK(decode(kafka(SqlType::bigint()), {"1234"}).failures.size() == 1);
    CHECK(decode(kafka(SqlType::double_()), {"1234"}).failures.size() == 1);
}

TEST_CASE("KAFKA makes text valid UTF-8", "[serde][kafka]") {
    DecodedTexts out = decode(kafka(SqlType::string()), {"a\xFFz", "\xE2\x82", "\xF0\x9F\x98\x80"});
    CHECK(out.columns[0].text_at(0) == "a\xEF\xBF\xBDz");
    CHECK(out.columns[0].text_at(1) == "\xEF\xBF\xBD");
    CHECK(out.columns[0].text_at(2) == "\xF0\x9F\x98\x80");
}

TEST_CASE("NONE has nothing to read or write", "[serde][none]") {
    SerdeSpec spec;
    spec.format = "NONE";
    spec.is_key = true;
    std::string out;
    CHECK_FALSE(make_encoder(spec)->encode_row({}, 0, out));
    CHECK(decode(spec, {std::nullopt, "x"}).failures.empty());
}
