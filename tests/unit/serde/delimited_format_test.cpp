#include "tests/unit/serde/support.h"

using namespace millrace;
using namespace millrace::test;

namespace {

SerdeSpec delimited(std::vector<SqlTypePtr> types, char delimiter = ',') {
    SerdeSpec spec;
    spec.format = "DELIMITED";
    for (size_t i = 0; i < types.size(); ++i)
        spec.fields.push_back({"C" + std::to_string(i), types[i]});
    spec.wrapped = types.size() != 1;
    spec.properties["delimiter"] = delimiter;
    return spec;
}

}  // namespace

TEST_CASE("DELIMITED splits lines as RFC 4180 says", "[serde][delimited]") {
    auto text = SqlType::string();
    DecodedTexts out =
        decode(delimited({text, text}), {"a,b", "\"a,1\",\"say \"\"hi\"\"\"", "\"two\nlines\",x",
                                         "a,b\r\nc,d", ",", "\"\",x", "\r\na,b", " a , b "});
    CHECK(out.failures.empty());
    CHECK(out.columns[0].get(0) == Value("a"));
    CHECK(out.columns[0].get(1) == Value("a,1"));
    CHECK(out.columns[1].get(1) == Value("say \"hi\""));
    CHECK(out.columns[0].get(2) == Value("two\nlines"));
    CHECK(out.columns[1].get(3) == Value("b"));
    CHECK(out.columns[0].is_null(4));
    CHECK(out.columns[1].is_null(4));
    CHECK(out.columns[0].is_null(5));
    CHECK(out.columns[0].get(6) == Value("a"));
    CHECK(out.columns[0].get(7) == Value(" a "));
}

TEST_CASE("DELIMITED reads every primitive", "[serde][delimited]") {
    SerdeSpec spec =
        delimited({SqlType::boolean(), SqlType::integer(), SqlType::bigint(), SqlType::double_(),
                   SqlType::decimal(4, 2), SqlType::string(), SqlType::bytes(), SqlType::date(),
                   SqlType::time(), SqlType::timestamp()});
    ValueList row = {true,  1,    int64_t{-2}, 1.0E10, Decimal(150, 2), "t", std::string("\0", 1),
                     19000, 1000, int64_t{5}};
    auto lines = encode(spec, {row, ValueList(10)});
    CHECK(lines[0] == "true,1,-2,1.0E10,1.50,t,AA==,19000,1000,5");
    CHECK(lines[1] == ",,,,,,,,,");
    DecodedTexts out =
        decode(spec, {lines[0], lines[1], std::nullopt, "TRUE,1,2,NaN,1.5,x,AA==,1,1,1",
                      "yes,1,2,3,-1.5,x,AA==,1,1,1"});
    CHECK(out.failures.empty());
    for (size_t i = 0; i < row.size(); ++i) {
        CHECK(out.columns[i].get(0) == row[i]);
        CHECK(out.columns[i].is_null(1));
        CHECK(out.columns[i].is_null(2));
    }
    CHECK(out.columns[0].get(3) == Value(true));
    CHECK(out.columns[0].get(4) == Value(false));
    CHECK(out.columns[4].get(3) == Value(Decimal(150, 2)));
}

TEST_CASE("DELIMITED reports what it cannot read", "[serde][delimited]") {
    SerdeSpec spec = delimited({SqlType::integer(), SqlType::decimal(3, 1)});
    DecodedTexts out =
        decode(spec, {"1", "x,1.0", "1,1.25", "1,2,3", "", "\"1", "1,1", "1,1000", "\"1\"x,2"});
    REQUIRE(out.failures.size() == 8);
    CHECK(out.failures[0].causes[0] == "Unexpected field count, csvFields:1 schemaFields:2");
    CHECK(out.failures[4].causes[0] == "No fields in record");
    CHECK(out.failures[6].record == 7);
    CHECK(out.columns[0].is_null(2));
    CHECK(out.columns[0].get(6) == Value(1));
}

TEST_CASE("DELIMITED quotes as Commons CSV does", "[serde][delimited]") {
    SerdeSpec spec = delimited({SqlType::string(), SqlType::string()});
    auto line = [&](const char* a, const char* b) { return *encode(spec, {{a, b}})[0]; };
    CHECK(line("a", "b") == "a,b");
    CHECK(line("a,b", "c\"d") == "\"a,b\",\"c\"\"d\"");
    CHECK(line("", "") == "\"\",");
    CHECK(line("-1", "-1") == "\"-1\",-1");
    CHECK(line("a ", "#") == "\"a \",\"#\"");
    CHECK(line("a", " b") == "a,\" b\"");
    CHECK(line("a\nb", "\xC3\xA4") == "\"a\nb\",\xC3\xA4");
    CHECK(*encode(delimited({SqlType::decimal(6, 1)}), {{Decimal(-15, 1)}})[0] == "\"-1.5\"");
    CHECK(*encode(delimited({SqlType::string(), SqlType::integer()}, '|'), {{"a,|b", 1}})[0] ==
          "\"a,|b\"|1");
}

TEST_CASE("DELIMITED looks at used columns only, where it is told so", "[serde][delimited]") {
    SerdeSpec spec = delimited({SqlType::integer(), SqlType::integer(), SqlType::string()});
    spec.check_unread = false;
    auto decoder = make_decoder(spec, {2});
    DecodedTexts out = decode(*decoder, {SqlType::string()}, {"x,y,z"});
    CHECK(out.failures.empty());
    CHECK(out.columns[0].get(0) == Value("z"));
}

TEST_CASE("DELIMITED takes any one character between fields", "[serde][delimited]") {
    for (const char* delimiter : {"¬", "§", "\xC2\xA0", "…", "😀"}) {
        SerdeSpec spec = delimited({SqlType::string(), SqlType::string()});
        spec.properties["delimiter"] = delimiter;
        const ValueList row = {std::string("a") + delimiter + "b", "\xC2\xA1é"};
        auto lines = encode(spec, {row});
        CHECK(lines[0] == std::string("\"a") + delimiter + "b\"" + delimiter + "\xC2\xA1é");
        DecodedTexts out =
            decode(spec, {lines[0], "\xEF\xBB\xBFx" + std::string(delimiter) + "\"y\""});
        CHECK(out.failures.empty());
        CHECK(out.columns[0].get(0) == row[0]);
        CHECK(out.columns[1].get(0) == row[1]);
        CHECK(out.columns[0].get(1) == Value("x"));
        CHECK(out.columns[1].get(1) == Value("y"));
    }
}
