#include "engine/base/text.h"

#include <catch2/catch.hpp>

using namespace millrace;

TEST_CASE("blanks are cut off both ends", "[base][text]") {
    CHECK(trim(" \t\r\n\v\fa b ") == "a b");
    CHECK(trim("\t a\n", " ") == "\t a\n");
    CHECK(trim(" \n ").empty());
    CHECK(java_trim(std::string_view("\0 a\x01", 4)) == "a");
    CHECK(java_trim(" \xC2\xA0").size() == 2);  // No blank to Java.
}

TEST_CASE("a list falls into trimmed pieces", "[base][text]") {
    using Pieces = std::vector<std::string_view>;
    CHECK(split(" a, b c ,,d", ',') == Pieces{"a", "b c", "", "d"});
    CHECK(split("", ',') == Pieces{""});
    CHECK(split("a,", ',') == Pieces{"a", ""});
}

TEST_CASE("ASCII letters change case, others stay", "[base][text]") {
    CHECK(upper_ascii("aZ\u00e4_1") == "AZ\u00e4_1");
    CHECK(lower_ascii("aZ\u00c4_1") == "az\u00c4_1");
}

TEST_CASE("distances between words count single changes", "[base][text]") {
    CHECK(edit_distance("kitten", "sitting") == 3);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("same", "same") == 0);
    CHECK(edit_distance("tets", "test") == 1);
    CHECK(edit_distance("SELCET", "SELECT") == 1);
    CHECK(edit_distance("ba", "ab") == 1);
    CHECK(edit_distance("ca", "abc") == 3);
}

TEST_CASE("code points become one to four bytes", "[base][text]") {
    std::string out;
    for (char32_t c : {U'a', U'\u00e9', U'\u20ac', U'\U0001F600'}) append_utf8(out, c);
    CHECK(out == "a\u00e9\u20ac\U0001F600");
}
