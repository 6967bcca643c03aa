// Bytes of any kind go in; rows or failures come out, and nothing else happens.
#include <random>

#include "engine/serde/utf8.h"
#include "tests/unit/serde/support.h"

using namespace millrace;
using namespace millrace::test;

namespace {

using Random = std::mt19937_64;

std::string mutate(Random& random, std::string text) {
    static const std::string kPieces = "{}[]\",:\\0-+.eEtfn u\n\xFF\xC3";
    for (size_t n = 1 + random() % 4; n > 0; --n) {
        size_t at = text.empty() ? 0 : random() % text.size();
        switch (random() % 5) {
            case 0:
                text.insert(at, 1, kPieces[random() % kPieces.size()]);
                break;
            case 1:
                if (!text.empty()) text.erase(at, 1 + random() % 5);
                break;
            case 2:
                if (!text.empty()) text[at] = kPieces[random() % kPieces.size()];
                break;
            case 3:
                text.resize(at);
                break;
            default:
                text.insert(at, text.substr(at, random() % 20));
                break;
        }
    }
    return text;
}

SerdeSpec wide_spec(std::string format) {
    SerdeSpec spec;
    spec.format = std::move(format);
    spec.fields = {{"A", SqlType::integer()},  {"B", SqlType::string()},
                   {"C", SqlType::double_()},  {"D", SqlType::decimal(10, 2)},
                   {"E", SqlType::boolean()},  {"F", SqlType::bytes()},
                   {"G", SqlType::timestamp()}};
    return spec;
}

/// Every row is there, failures are in order, their rows are NULL, and text is valid UTF-8.
void check_decoded(const DecodedTexts& out, size_t num_rows) {
    for (size_t i = 0; i < out.failures.size(); ++i) {
        REQUIRE(out.failures[i].record < num_rows);
        if (i > 0) REQUIRE(out.failures[i - 1].record < out.failures[i].record);
        for (const Column& column : out.columns) REQUIRE(column.is_null(out.failures[i].record));
    }
    for (const Column& column : out.columns) {
        if (!column.type().is(BaseType::kString)) continue;
        for (size_t row = 0; row < num_rows; ++row) {
            if (!column.is_null(row)) REQUIRE(is_valid_utf8(column.text_at(row)));
        }
    }
}

/// Whatever is used of a record, it is the same records that are bad, for the same reasons.
void check_same_failures(const DecodedTexts& some, const DecodedTexts& all) {
    REQUIRE(some.failures.size() == all.failures.size());
    for (size_t i = 0; i < all.failures.size(); ++i) {
        REQUIRE(some.failures[i].record == all.failures[i].record);
        REQUIRE(some.failures[i].message == all.failures[i].message);
    }
}

void run(const SerdeSpec& spec, const std::vector<std::string>& seeds, uint64_t seed) {
    Random random(seed);
    auto decoder = make_decoder(spec);
    std::vector<SqlTypePtr> types;
    for (const Field& field : spec.fields) types.push_back(field.type);
    auto unread = make_decoder(spec, {});
    auto last = make_decoder(spec, {spec.fields.size() - 1});
    for (int round = 0; round < 300; ++round) {
        std::vector<std::optional<std::string>> texts;
        for (int i = 0; i < 20; ++i) {
            texts.push_back(mutate(random, seeds[random() % seeds.size()]));
        }
        const DecodedTexts all = decode(*decoder, types, texts);
        check_decoded(all, texts.size());
        check_same_failures(decode(*unread, {}, texts), all);
        check_same_failures(decode(*last, {types.back()}, texts), all);
    }
}

}  // namespace

TEST_CASE("JSON survives mutated records", "[serde][malformed]") {
    SerdeSpec spec = wide_spec("JSON");
    auto row = SqlType::struct_({{"X", SqlType::array(SqlType::integer())}});
    spec.fields.push_back({"H", row});
    spec.fields.push_back({"I", SqlType::map(SqlType::string(), row)});
    run(spec,
        {R"({"a":1,"B":"text \u00e4 \"q\"","C":1.5e3,"D":"12.34","E":true,"F":"AAE=","G":17})",
         R"({"A":"5","B":{"deep":[[[{"x":[1,2.50,"\ud83d\ude00"]}]]]},"H":{"X":[1,null,"3"]}})",
         R"({"I":{"k":{"X":[]},"l":null,"\u006b":{}},"zz":[1,{"a":[]}],"b":null})"},
        1);
}

TEST_CASE("bare JSON survives mutated records", "[serde][malformed]") {
    for (const SqlTypePtr& type :
         {SqlType::string(), SqlType::double_(), SqlType::decimal(5, 1),
          SqlType::array(SqlType::map(SqlType::string(), SqlType::string()))}) {
        SerdeSpec spec;
        spec.format = "JSON";
        spec.fields = {{"A", type}};
        spec.wrapped = false;
        run(spec, {"\"te\\u0041xt\"", "-12.5e3", R"([{"a":"b","c":[1,2]},null,{}])"}, 2);
    }
}

TEST_CASE("DELIMITED survives mutated records", "[serde][malformed]") {
    run(wide_spec("DELIMITED"),
        {"1,text,1.5,12.34,true,AAE=,17", "\"1\",\"a,\"\"b\n\",,,,,", ",,NaN,,,,"}, 3);
}

TEST_CASE("KAFKA survives mutated records", "[serde][malformed]") {
    for (const SqlTypePtr& type : {SqlType::integer(), SqlType::double_(), SqlType::string()}) {
        SerdeSpec spec;
        spec.format = "KAFKA";
        spec.fields = {{"A", type}};
        spec.wrapped = false;
        run(spec, {"1234", "12345678", "text \xC3\xA4"}, 4);
    }
}

TEST_CASE("deep nesting is refused, not followed", "[serde][malformed]") {
    SerdeSpec spec;
    spec.format = "JSON";
    spec.fields = {{"A", SqlType::string()}};
    std::string deep = "{\"A\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    DecodedTexts out = decode(spec, {deep, "{\"A\":\"x\"}"});
    CHECK(out.failures.size() == 1);
    CHECK(out.columns[0].get(1) == Value("x"));
}

TEST_CASE("records of any size are read", "[serde][malformed]") {
    SerdeSpec spec;
    spec.format = "JSON";
    spec.fields = {{"A", SqlType::string()}};
    auto decoder = make_decoder(spec);
    for (size_t size : {0u, 1u, 63u, 64u, 65u, 4095u, 4096u, 5000u, 1'000'000u, 10u}) {
        std::string text(size, 'x');
        DecodedTexts out = decode(*decoder, {SqlType::string()}, {"{\"a\":\"" + text + "\"}"});
        CHECK(out.failures.empty());
        CHECK(out.columns[0].text_at(0) == text);
    }
}
