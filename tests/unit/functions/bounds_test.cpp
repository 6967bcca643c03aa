// Patterns, texts and collections from records: what is bounded, and what is not slower than its
// input is long.
#include <catch2/catch.hpp>

#include "engine/base/error.h"
#include "engine/functions/regex.h"
#include "engine/functions/thread_cache.h"
#include "tests/unit/functions/evaluate.h"

using namespace millrace;
using millrace::functions::Regex;
using millrace::test::check_all;

namespace {

std::string times(size_t count, const std::string& text) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += text;
    return out;
}

/// "" when it is taken for a pattern.
std::string refusal(const std::string& pattern) {
    try {
        const Regex regex(pattern);
        Regex::Walk walk(regex, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", regex.num_groups());
        while (walk.next() != nullptr) {
        }
    } catch (const RowError& error) {
        return error.what();
    }
    return "";
}

size_t matches(const Regex& regex, std::string_view text) {
    Regex::Walk walk(regex, text, 0);
    size_t count = 0;
    while (walk.next() != nullptr) ++count;
    return count;
}

test::Row row(const std::string& pattern, const std::string& text, const std::string& with) {
    test::Row made;
    made.schema.value = {
        {"P", SqlType::string()}, {"X", SqlType::string()}, {"W", SqlType::string()}};
    made.values = {pattern, text, with};
    return made;
}

}  // namespace

TEST_CASE("a pattern is bounded in length and nesting", "[functions][regex]") {
    CHECK(refusal(times(200, "(") + "a" + times(200, ")")) == "");
    for (const std::string& nested :
         {times(20000, "["), times(10000, "[^"), times(201, "(") + times(201, ")"),
          times(201, "(?=") + times(201, ")"), times(201, "(?<n>"), times(3000, "[a&&"),
          times(150, "(") + times(60, "[") + "a" + times(60, "]") + times(150, ")")}) {
        INFO(nested.substr(0, 20));
        CHECK_THAT(refusal(nested), Catch::Contains("nests more than 200 levels"));
    }
    CHECK(refusal(times(10000, "(a)")) != "");
    CHECK_THAT(refusal(times(Regex::kPatternBytesMax + 1, "a")), Catch::Contains("is longer than"));
    // Brackets within a class or a quotation open nothing.
    CHECK(refusal("[" + times(500, "(") + "]") == "");
    CHECK(refusal("\\Q" + times(500, "[(") + "\\E") == "");
    CHECK(refusal(times(500, "\\[\\(")) == "");
    CHECK(refusal(times(500, "(a)?[b]?")) == "");
}

TEST_CASE("groups cost memory for each instruction", "[functions][regex]") {
    const Regex regex(times(3000, "(a)?"));
    CHECK(matches(regex, "aaa") == 2);  // The match alone needs none.
    const auto all = [&] { Regex::Walk(regex, "aaa", regex.num_groups()).next(); };
    CHECK_THROWS_WITH(all(), Catch::Contains("too many groups for its size"));
}

TEST_CASE("backtracking is bounded for a match and for a text", "[functions][regex]") {
    const Regex endless("(?=a)(a+)+$");
    CHECK_THROWS_WITH(matches(endless, times(5000, "a") + "b"), Catch::Contains("without end"));
    // Some thousand steps from a place, for ever so many places.
    const Regex often("(?=x)x(a+)+b|y");
    const std::string piece = "x" + times(12, "a") + "c";
    CHECK(matches(often, times(10, piece) + "y") == 1);
    CHECK(matches(often, times(10, "\xC3\xA4" + piece + "y") + "xab") == 11);
    CHECK_THROWS_WITH(matches(often, times(20000, piece)), Catch::Contains("backtracks too often"));
}

TEST_CASE("walking the matches takes one pass of the text", "[functions][regex]") {
    // Looking at all of the text for each match would take hours.
    const std::string long_text = times(1 << 18, "abcd");
    CHECK(matches(Regex("[bd]"), long_text) == 2 << 18);
    CHECK(matches(Regex("b."), long_text + "\r\n") == 1 << 18);  // By PCRE2: Java's line ends.
    CHECK(matches(Regex("b(?=c)"), long_text) == 1 << 18);
    CHECK(matches(Regex(""), long_text) == (1 << 20) + 1);
}

TEST_CASE("a text that a row makes has room for so much", "[functions][regex]") {
    const auto bomb = row("a", times(10000, "a"), times(10000, "b"));
    check_all(bomb, {{"LEN(REGEXP_REPLACE(X, P, W))", "NULL!"},
                     {"LEN(REPLACE(X, P, W))", "NULL!"},
                     {"LEN(REPLACE(X, '', W))", "NULL!"},
                     {"LEN(REGEXP_REPLACE(X, 'aaaa', W))", "25000000"},
                     {"LEN(REPLACE(X, 'aaaa', W))", "25000000"}});
    check_all(row(times(20000, "["), "abc", ""), {{"REGEXP_REPLACE(X, P, W)", "NULL!"},
                                                  {"REGEXP_EXTRACT(P, X)", "NULL!"},
                                                  {"REGEXP_EXTRACT_ALL(P, X)", "NULL!"},
                                                  {"REGEXP_SPLIT_TO_ARRAY(X, P)", "NULL!"}});
}

TEST_CASE("sets and maps of very many values take one pass", "[functions][array]") {
    check_all({{"ARRAY_LENGTH(ARRAY_DISTINCT(GENERATE_SERIES(1, 300000)))", "300000"},
               {"ARRAY_LENGTH(ARRAY_UNION(GENERATE_SERIES(1, 300000), GENERATE_SERIES(2, 300001)))",
                "300001"},
               {"ARRAY_INTERSECT(GENERATE_SERIES(1, 300000), GENERATE_SERIES(300000, 600000))",
                "[300000]"},
               {"ARRAY_EXCEPT(GENERATE_SERIES(1, 300000), GENERATE_SERIES(2, 300001))", "[1]"},
               {"ARRAY_LENGTH(ARRAY_DISTINCT(ARRAY_CONCAT(GENERATE_SERIES(1, 40), "
                "ARRAY[CAST(NULL AS INT), 7, NULL])))",
                "41"},
               {"ARRAY_LENGTH(ARRAY_DISTINCT(TRANSFORM(GENERATE_SERIES(1, 3000), x => "
                "CAST(x % 50 AS DOUBLE))))",
                "50"},
               {"ARRAY_LENGTH(ARRAY_DISTINCT(TRANSFORM(GENERATE_SERIES(1, 3000), x => "
                "ARRAY[CAST(x % 50 AS STRING)])))",
                "50"}});
    const std::string texts =
        "TRANSFORM(GENERATE_SERIES(1, 300000), x => CAST(x % 299999 AS STRING))";
    check_all(
        {{("ARRAY_LENGTH(MAP_KEYS(AS_MAP(" + texts + ", GENERATE_SERIES(1, 300000))))").c_str(),
          "299999"}});
}

TEST_CASE("SPLIT_TO_MAP takes one pass", "[functions][string]") {
    std::string pairs;
    for (int i = 0; i < 300'000; ++i)
        pairs += std::to_string(i % 299'999) + ":" + std::to_string(i) + ",";
    check_all(row("", pairs, ""), {{"ARRAY_LENGTH(MAP_KEYS(SPLIT_TO_MAP(X, ',', ':')))", "299999"},
                                   {"SPLIT_TO_MAP(X, ',', ':')['0']", "299999"}});
}

TEST_CASE("a date pattern is bounded in length and nesting", "[functions][date]") {
    const auto nested = [](size_t depth) {
        return row(times(depth, "[") + "yyyy-MM-dd" + times(depth, "]"), "2020-03-04", "");
    };
    check_all(nested(100), {{"CAST(PARSE_TIMESTAMP(X, P) AS STRING)", "2020-03-04T00:00:00.000"},
                            {"FORMAT_DATE(FROM_DAYS(0), P)", "1970-01-01"}});
    for (size_t depth : {101, 20'000, 400'000}) {
        check_all(nested(depth), {{"PARSE_DATE(X, P)", "NULL!"},
                                  {"PARSE_TIME(X, P)", "NULL!"},
                                  {"PARSE_TIMESTAMP(X, P)", "NULL!"},
                                  {"STRINGTOTIMESTAMP(X, P)", "NULL!"},
                                  {"FORMAT_DATE(FROM_DAYS(0), P)", "NULL!"}});
    }
}

TEST_CASE("LIKE takes any number of % for one", "[functions][like]") {
    const auto runs = row(times(1 << 20, "%") + "b", times(1 << 20, "a") + "\n", "%a%");
    check_all(runs, {{"X LIKE P", "false"},
                     {"X LIKE W", "false"},
                     {"'aab' LIKE P", "true"},
                     {"'a' LIKE '%%'", "true"},
                     {"'ab' LIKE 'a%%'", "true"},
                     {"'acb' LIKE 'a%%b'", "true"},
                     {"'ab' LIKE '%%_%%b'", "true"},
                     {"'b' LIKE '%_%b'", "false"}});
}

TEST_CASE("what is asked for again stays in a thread's cache", "[functions][cache]") {
    static int made = 0;
    struct Counted {
        explicit Counted(std::string_view text) : size(text.size()) { ++made; }
        size_t size;
    };
    using Cache = functions::ThreadCache<Counted, 8>;
    for (int i = 0; i < 100; ++i) {
        CHECK(Cache::get("constant").size == 8);
        CHECK(Cache::get("another").size == 7);
        CHECK(Cache::get("of record " + std::to_string(i)).size > 7);
    }
    CHECK(made == 102);
    Cache::get("of record 0");
    CHECK(made == 103);
}
