#include "engine/base/json_tree.h"

#include <catch2/catch.hpp>

#include "engine/base/error.h"

using namespace millrace;

TEST_CASE("JSON keeps the order of members and the digits of numbers", "[base][json]") {
    const std::string text = R"({"b":1.50,"a":[1e10,-3,12345678901234567890123],"c":null})";
    const auto tree = parse_json_tree(text);
    REQUIRE(tree);
    CHECK(tree->members[0].first == "b");
    CHECK(tree->text_of("b") == "1.50");
    CHECK_FALSE((*tree)["b"].is_integer());
    CHECK((*tree)["a"].items[0].text == "1e10");
    CHECK((*tree)["a"].items[2].is_integer());
    CHECK(tree->find("c") != nullptr);
    CHECK_FALSE(tree->has("c"));
    CHECK(tree->find("d") == nullptr);
    CHECK(tree->dump() == text);
}

TEST_CASE("of equal names the last value stays, where the first stood", "[base][json]") {
    CHECK(parse_json_tree(R"({"a":1,"b":2,"a":3})")->dump() == R"({"a":3,"b":2})");
    std::string written = "{\"a\":0", kept = "{\"a\":1,\"m17\":2";
    for (int i = 17; i < 200'000; ++i) {
        written += ",\"m" + std::to_string(i) + "\":0";
        if (i > 17) kept += ",\"m" + std::to_string(i) + "\":0";
    }
    CHECK(parse_json_tree(written + ",\"a\":1,\"m17\":2}")->dump() == kept + "}");
}

TEST_CASE("strings are unescaped, lone surrogates become question marks", "[base][json]") {
    const auto text = [](const char* json) { return parse_json_tree(json)->text; };
    CHECK(text(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
    CHECK(text(R"("\u00e9\u20AC\ud83d\ude00")") == "\u00e9\u20ac\U0001F600");
    CHECK(text(R"("\ud83dx")") == "?x");
    CHECK(text(R"("\ude00")") == "?");
    CHECK(text(R"("\ud83d\ud83d\ude00")") == "?\U0001F600");
    CHECK(text(R"("\ud83d\u0041")") == "?A");
}

TEST_CASE("what is no JSON is refused with the place", "[base][json]") {
    const auto why = [](const std::string& text) {
        std::string error;
        CHECK_FALSE(parse_json_tree(text, &error));
        return error;
    };
    CHECK(why("") == "unexpected end at byte 0");
    CHECK(why("{} {}") == "something follows the value at byte 3");
    CHECK(why("[1") == "unexpected end at byte 2");
    CHECK(why("[1 2]") == "unexpected character at byte 3");
    CHECK(why("{a:1}") == "expected a name at byte 1");
    CHECK(why("01") == "leading zero at byte 2");
    CHECK(why("1.") == "expected a digit at byte 2");
    CHECK(why("-") == "expected a digit at byte 1");
    CHECK(why("truex") == "unexpected character at byte 0");
    CHECK(why("1x") == "unexpected character at byte 1");
    CHECK(why("1e1234567890") == "exponent out of range at byte 12");
    CHECK(why("\"a") == "unexpected end at byte 2");
    CHECK(why("\"\\x\"") == "bad escape at byte 3");
    CHECK(why("\"\\u12g4\"") == "bad escape at byte 3");
    CHECK(why("\"\n\"") == "control character in a string at byte 2");
    CHECK(why(std::string(2000, '[')) == "nested too deeply at byte 1000");
}

TEST_CASE("the first value of a text is read whatever follows", "[base][json]") {
    CHECK(first_json_value(" {\"a\":1} rest")->dump() == R"({"a":1})");
    CHECK_FALSE(first_json_value(" \n"));
    CHECK_THROWS_AS(first_json_value("nope"), RowError);
}

TEST_CASE("numbers are printed as BigDecimal prints them", "[base][json]") {
    const std::pair<const char*, const char*> kNumbers[] = {
        {"4.5", "4.5"},
        {"1.50", "1.50"},
        {"1.0E10", "1.0E+10"},
        {"1E10", "1E+10"},
        {"1.0E-5", "0.000010"},
        {"1.5E-10", "1.5E-10"},
        {"-0.0", "0.0"},
        {"-12.34e1", "-123.4"},
        {"0.001", "0.001"},
        {"0E-10", "0E-10"},
        {"1e0", "1"},
        {"0.0000001", "1E-7"},
        {"1e999999999", "1E+999999999"},
    };
    for (const auto& [written, printed] : kNumbers) CHECK(big_decimal_text(written) == printed);
}

TEST_CASE("text and whole numbers are read off scalars", "[base][json]") {
    const auto tree = parse_json_tree(R"({"t":true,"n":12,"s":"7","x":"y","a":[null,"q"]})");
    CHECK(tree->is_true("t"));
    CHECK((*tree)["n"].as_long(0) == 12);
    CHECK((*tree)["s"].as_long(0) == 7);
    CHECK((*tree)["x"].as_long(5) == 5);
    CHECK((*tree)["t"].as_text() == "true");
    CHECK((*tree)["a"].as_text() == R"([null,"q"])");
    CHECK(tree->text_of("a").empty());
}
