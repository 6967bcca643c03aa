#include <catch2/catch.hpp>

#include "tests/unit/functions/evaluate.h"

using millrace::test::check_all;

TEST_CASE("arrays", "[functions][array]") {
    check_all({
        {"ARRAY_CONCAT(ARRAY[1], ARRAY[1, 2])", "[1, 1, 2]"},
        {"ARRAY_CONCAT(CAST(NULL AS ARRAY<INT>), ARRAY[1])", "[1]"},
        {"ARRAY_CONTAINS(ARRAY[1, 2], 3)", "false"},
        {"ARRAY_CONTAINS(ARRAY[1, NULL], NULL)", "true"},
        {"ARRAY_CONTAINS(CAST(NULL AS ARRAY<INT>), 1)", "false"},
        {"ARRAY_DISTINCT(ARRAY[2, 1, 2, NULL, NULL])", "[2, 1, null]"},
        {"ARRAY_EXCEPT(ARRAY[1, 1, 2], ARRAY[2])", "[1]"},
        {"ARRAY_INTERSECT(ARRAY[3, 1], ARRAY[1, 3])", "[3, 1]"},
        {"ARRAY_JOIN(ARRAY[1, NULL, 2], '|')", "1|null|2"},
        {"ARRAY_JOIN(ARRAY['a', 'b'])", "a,b"},
        {"ARRAY_JOIN(ARRAY[ARRAY[1]])", "NULL!"},
        {"ARRAY_LENGTH(ARRAY[1, 2])", "2"},
        {"ARRAY_MAX(ARRAY['a', 'B'])", "a"},
        {"ARRAY_MIN(ARRAY[3, NULL, 2])", "2"},
        {"ARRAY_REMOVE(ARRAY[1, 2, 1], 1)", "[2]"},
        {"ARRAY_REMOVE(ARRAY[1, NULL], NULL)", "[1]"},
        {"ARRAY_SORT(ARRAY[3, NULL, 1])", "[1, 3, null]"},
        {"ARRAY_SORT(ARRAY[1, NULL, 3], 'DESC')", "[3, 1, null]"},
        {"ARRAY_SORT(ARRAY[1], 'up')", "NULL"},
        {"ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])", "[1, 2, 3]"},
        {"GENERATE_SERIES(5, 1, -2)", "[5, 3, 1]"},
        {"GENERATE_SERIES(1, 3)", "[1, 2, 3]"},
        {"GENERATE_SERIES(3, 1)", "[3, 2, 1]"},
        {"GENERATE_SERIES(2, 2)", "[2]"},
        {"GENERATE_SERIES(1, 3, 0)", "NULL!"},
        {"SLICE(ARRAY[1, 2, 3], 2, 3)", "[2, 3]"},
        {"SLICE(ARRAY[1, 2, 3], NULL, 2)", "[1, 2]"},
        {"SLICE(ARRAY[1, 2, 3], 0, 2)", "NULL"},
        {"SLICE(ARRAY[1, 2, 3], 1, 4)", "NULL"},
        {"SLICE(ARRAY[1, 2, 3], 2, 1)", "[]"},
    });
}

TEST_CASE("maps", "[functions][map]") {
    check_all({
        {"AS_MAP(ARRAY['a', 'b'], ARRAY[1])", "{a=1, b=null}"},
        {"AS_MAP(ARRAY['a', 'a'], ARRAY[1, 2])", "{a=2}"},
        {"ENTRIES(MAP('b' := 1, 'a' := 2), true)", "[Struct{K=a,V=2}, Struct{K=b,V=1}]"},
        {"MAP_KEYS(MAP('a' := 1))", "[a]"},
        {"MAP_VALUES(MAP('a' := 1))", "[1]"},
        {"MAP_UNION(MAP('a' := 1), MAP('a' := 2))", "{a=2}"},
        {"MAP_UNION(CAST(NULL AS MAP<STRING, INT>), MAP('a' := 2))", "{a=2}"},
    });
}

TEST_CASE("lambdas", "[functions][lambda]") {
    check_all({
        {"FILTER(ARRAY[1, 2, 3], x => x > 1)", "[2, 3]"},
        {"FILTER(MAP('a' := 1, 'b' := 2), (k, v) => v > 1)", "{b=2}"},
        {"FILTER(CAST(NULL AS ARRAY<INT>), x => x > 1)", "NULL"},
        {"TRANSFORM(ARRAY[1, 2], x => x * 10)", "[10, 20]"},
        {"TRANSFORM(ARRAY['a'], x => UCASE(x) || 'b')", "[Ab]"},
        {"TRANSFORM(MAP('a' := 1), (k, v) => UCASE(k), (k, v) => v + 1)", "{A=2}"},
        {"TRANSFORM(MAP('a' := 1, 'b' := 2), (k, v) => 'x', (k, v) => v)", "NULL!"},
        {"REDUCE(ARRAY[1, 2], 0, (s, x) => s + x)", "3"},
        {"REDUCE(CAST(NULL AS ARRAY<INT>), 5, (s, x) => s + x)", "5"},
        {"REDUCE(MAP('a' := 1, 'b' := 2), 0, (s, k, v) => s + v)", "3"},
        {"TRANSFORM(ARRAY[ARRAY[1, 2], ARRAY[3]], a => REDUCE(a, 0, (s, x) => s + x))", "[3, 3]"},
        {"TRANSFORM(ARRAY[1, 2], x => FILTER(ARRAY[1, 2, 3], y => y > x))", "[[2, 3], [3]]"},
    });
}

TEST_CASE("a lambda that fails takes the row with it", "[functions][lambda]") {
    CHECK(millrace::test::evaluate("TRANSFORM(ARRAY[0, 1], x => 1 / x)") == "NULL!");
    CHECK(millrace::test::evaluate("TRANSFORM(ARRAY[0, 1], x => IFNULL(1 / x, 9))") == "[9, 1]!");
}
