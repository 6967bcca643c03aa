// Large and deep statements are refused, never fatal; small ones are cheap.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/sql/parse_support.h"

using namespace millrace;
using namespace millrace::sql;

namespace {

std::string repeat(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

bool too_large(const std::string& text) {
    return refusal(text).find("Statement is too large to parse") != std::string::npos;
}

}  // namespace

TEST_CASE("a text holds so many statements and no more", "[sql][limits]") {
    CHECK(split_statements(std::string(100'000, ';')).size() == 100'000);
    CHECK_THROWS_WITH(split_statements(std::string(100'001, ';')),
                      Catch::Matchers::Contains("more than 100000 statements"));
}

TEST_CASE("nesting is limited", "[sql][limits]") {
    struct Shape {
        std::string open, close;
    };
    for (const auto& [open, close] : std::vector<Shape>{{"f(", ")"},
                                                        {"ARRAY[", "]"},
                                                        {"MAP('a':=", ")"},
                                                        {"STRUCT(a:=", ")"},
                                                        {"CAST(", " AS INT)"},
                                                        {"NOT ", ""},
                                                        {"- ", ""},
                                                        {"+ ", ""},
                                                        {"(1 + ", ")"},
                                                        {"(a = ", ")"},
                                                        {"CASE WHEN a THEN ", " END"},
                                                        {"CASE a WHEN b THEN c ELSE ", " END"}}) {
        INFO(open);
        const auto nested = [&](int depth) {
            return "SELECT * FROM a WHERE " + repeat(open, depth) + "b" + repeat(close, depth) +
                   ";";
        };
        const std::string fits = nested(kNestingMax);
        CHECK(refusal(fits).empty());
        CHECK(too_large(nested(kNestingMax + 1)));
        CHECK(too_large(nested(50'000)));
        // What was accepted prints as something that is accepted.
        const Statement statement = parse_one(fits);
        CHECK(same_statement(statement, parse_one(print(statement))));
    }
    CHECK(too_large("SELECT " + repeat("(", 100'000) + ";"));
    CHECK(too_large("SELECT " + repeat("NOT (", 600) + "a" + repeat(")", 600) + " FROM b;"));
    CHECK(too_large(repeat("EXPLAIN ", 100'000) + "q;"));
}

TEST_CASE("nesting of types is limited", "[sql][limits]") {
    const auto type = [](const std::string& open, int depth, const std::string& close) {
        return "CREATE TYPE t AS " + repeat(open, depth) + "INT" + repeat(close, depth) + ";";
    };
    for (const char* open : {"ARRAY<", "MAP<INT, ", "STRUCT<a "}) {
        CHECK(refusal(type(open, kNestingMax - 1, ">")).empty());
        CHECK(too_large(type(open, kNestingMax + 1, ">")));
        CHECK(too_large(type(open, 50'000, ">")));
    }
    CHECK(too_large(type("", 20'000, " ARRAY")));
}

TEST_CASE("long chains are limited, long lists are not", "[sql][limits]") {
    const auto chain = [](const std::string& op, int links) {
        return "SELECT * FROM b WHERE a = 1" + repeat(op, links) + ";";
    };
    for (const char* op : {" OR a = 1", " AND a = 1", " + a", " * a", " || a", "[1]", "->b"}) {
        INFO(op);
        const int fits = kExpressionDepthMax - 10;
        CHECK(refusal(chain(op, fits)).empty());
        CHECK(too_large(chain(op, kExpressionDepthMax + 1)));
        CHECK(too_large(chain(op, 20 * kExpressionDepthMax)));
    }
    CHECK(refusal("SELECT * FROM a WHERE x IN (1" + repeat(", 1", 20'000) + ");").empty());
    CHECK(refusal("SELECT 1" + repeat(", f(x, 'y') AS z", 5'000) + " FROM a;").empty());
}

TEST_CASE("a chain at its limit prints, parses and compares", "[sql][limits]") {
    const std::string text = "a" + repeat(" + a", kExpressionDepthMax - 10);
    const ExpressionPtr expression = parse_expression(text);
    const std::string printed = print(expression);
    CHECK(printed.size() > text.size());
    CHECK(same_expression(expression, parse_expression(printed)));
    // Every link in brackets, as ksqlDB prints it, is a chain too.
    const std::string links = repeat("(", 500) + "a" + repeat(" OR b)", 500);
    CHECK(same_expression(parse_expression(links), parse_expression("a" + repeat(" OR b", 500))));
    const std::string sums = repeat("(", 500) + "a" + repeat(" + b)", 500);
    CHECK(same_expression(parse_expression(sums), parse_expression("a" + repeat(" + b", 500))));
    CHECK(reprint("a OR b OR c") == "((A OR B) OR C)");
    // Mixed classes keep their brackets however deep.
    const std::string mixed = repeat("(a + ", 150) + "b - c * d / e || f || g" + repeat(")", 150);
    CHECK(same_expression(parse_expression(mixed), parse_expression(reprint(mixed))));
}

TEST_CASE("any bytes are refused with a message", "[sql][limits]") {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string odd(1, static_cast<char>(byte));
        for (const std::string& text : {odd, "SELECT " + odd, "SELECT '" + odd + "' FROM a;",
                                        "SELECT `" + odd + "` FROM a;", "CREATE " + odd + " x;"}) {
            INFO(text);
            try {
                parse_script(text);
            } catch (const StatementError& error) {
                CHECK(error.position().line >= 1);
            }
        }
    }
}

TEST_CASE("many threads parse at once", "[sql][limits]") {
    const std::string text =
        "CREATE TABLE x AS SELECT a.b, COUNT(*) n, s->f->g, f(a, (k, v) => k + v) FROM t AS a LEFT "
        "JOIN u WITHIN 1 HOUR ON a.x = u.y WHERE a > 1 AND b < 2 GROUP BY (a, c) EMIT FINAL;";
    const std::string expected = print(parse_one(text));
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                if (print(parse_one(text)) != expected) ++wrong;
                const std::string other =
                    "SELECT x" + std::to_string(t * 1000 + i) + repeat(" + 1", i) + " FROM a;";
                if (!refusal(other).empty()) ++wrong;
                if (refusal("SELECT 1;").empty()) ++wrong;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(wrong == 0);
}

TEST_CASE("a thousand small statements parse in well under a second", "[sql][limits]") {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) {
        parse_one("CREATE STREAM s" + std::to_string(i) +
                  " (id INT KEY, name VARCHAR, total DECIMAL(10, 2)) WITH (KAFKA_TOPIC='t', "
                  "VALUE_FORMAT='JSON', PARTITIONS=1);");
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::steady_clock::now() - begin)
                        .count();
    WARN("1000 small statements: " << ms << " ms");
    CHECK(ms < 5000);  // Generous: sanitizers and a busy machine.
}
