// Expressions over one row: typing, NULL logic, casts, nested values, messages.
#include <catch2/catch.hpp>

#include "tests/unit/functions/evaluate.h"

using namespace millrace;
using test::check_all;

namespace {

test::Row row() {
    test::Row out;
    out.schema.value = {
        {"I", SqlType::integer()},
        {"L", SqlType::bigint()},
        {"D", SqlType::double_()},
        {"S", SqlType::string()},
        {"N", SqlType::integer()},
        {"NS", SqlType::string()},
        {"NB", SqlType::boolean()},
        {"A", SqlType::array(SqlType::integer())},
        {"M", SqlType::map(SqlType::string(), SqlType::integer())},
        {"R", SqlType::struct_({{"F", SqlType::integer()}})},
        {"P", SqlType::decimal(5, 2)},
        {"T", SqlType::timestamp()},
    };
    out.values = {Value(int32_t{7}),
                  Value(int64_t{3'000'000'000}),
                  Value(2.5),
                  Value("abc"),
                  Value(),
                  Value(),
                  Value(),
                  Value(ValueList{Value(int32_t{1}), Value(), Value(int32_t{3})}),
                  Value(ValueMap{{Value("k"), Value(int32_t{9})}}),
                  Value(ValueList{Value(int32_t{5})}),
                  Value(Decimal(150, 2)),
                  Value(int64_t{0})};
    return out;
}

}  // namespace

TEST_CASE("arithmetic follows Java", "[exec][expression]") {
    check_all(row(), {
                         {"I + 1", "8"},
                         {"I / 2", "3"},
                         {"-I / 2", "-3"},
                         {"-I % 4", "-3"},
                         {"I / 0", "NULL!"},
                         {"I + L", "3000000007"},
                         {"2147483647 + I", "-2147483642"},
                         {"D / 0", "Infinity"},
                         {"I * D", "17.5"},
                         {"P + 1", "2.50"},
                         {"P * P", "2.2500"},
                         {"1.0 / 3.0", "NULL!"},
                         {"1.0 / 4.0", "0.250000"},
                         {"N + 1", "NULL!"},
                         {"-N", "NULL!"},
                         {"S + 'd'", "abcd"},
                         {"S + NS", "abcnull"},
                         {"S || NS", "abc"},
                     });
}

TEST_CASE("comparisons and logic have two values", "[exec][expression]") {
    check_all(row(), {
                         {"I = 7", "true"},
                         {"I <> 7", "false"},
                         {"I < L", "true"},
                         {"I > D", "true"},
                         {"P = 1.5", "true"},
                         {"P = D", "false"},
                         {"P < D", "true"},
                         {"D = 2.5", "true"},
                         {"D > 2.49999", "true"},
                         {"I < 7.5", "true"},
                         {"7.5 < I", "false"},
                         {"I = 7.0", "true"},
                         {"N = 1", "false"},
                         {"N <> 1", "false"},
                         {"NOT (N = 1)", "true"},
                         {"N IS NULL", "true"},
                         {"I IS NOT NULL", "true"},
                         {"N IS DISTINCT FROM I", "true"},
                         {"N IS NOT DISTINCT FROM N", "true"},
                         {"N IS NOT DISTINCT FROM NULL", "true"},
                         {"NOT NB", "NULL!"},
                         {"NB AND TRUE", "NULL!"},
                         {"FALSE AND NB", "false"},
                         {"TRUE OR NB", "true"},
                         {"I > 0 AND S = 'abc'", "true"},
                         {"I > 0 AND I / 0 = 1", "NULL!"},
                         {"I < 0 AND I / 0 = 1", "false"},
                         {"I BETWEEN 7 AND 8", "true"},
                         {"I NOT BETWEEN 7 AND 8", "false"},
                         {"N BETWEEN 1 AND 2", "false"},
                         {"(N + 1) = 2", "NULL!"},
                         {"S > 'ab'", "true"},
                         {"A = ARRAY[1, CAST(NULL AS INT), 3]", "true"},
                         {"T = '1970-01-01T00:00:00'", "true"},
                         {"T < '1970-01-01T00:00:00.001'", "true"},
                         {"ROWTIME >= '1970-01-01'", "true"},
                         {"ROWTIME < '1970-01-01T00:00:01'", "true"},
                     });
}

TEST_CASE("IN, LIKE and CASE", "[exec][expression]") {
    check_all(row(), {
                         {"I IN (1, 7)", "true"},
                         {"I IN (1, '7')", "true"},
                         {"I NOT IN (1, 7)", "false"},
                         {"I IN (N, 8)", "false"},
                         {"N IN (1)", "false"},
                         {"I IN (7.0, 8.5)", "true"},
                         {"S IN ('x', 'abc')", "true"},
                         {"S IN (7)", "false"},
                         {"A IN (ARRAY[1])", "false"},
                         {"R IN (STRUCT(F := '5'))", "true"},
                         {"S LIKE 'abc'", "true"},
                         {"S LIKE 'a%'", "true"},
                         {"S LIKE '%c'", "true"},
                         {"S LIKE '%b%'", "true"},
                         {"S LIKE 'a_c'", "true"},
                         {"S LIKE '_b'", "false"},
                         {"S LIKE 'a%b%c'", "true"},
                         {"'aXbXbY' LIKE '%b_'", "true"},
                         {"'abab' LIKE '%ab'", "true"},
                         {"'50%' LIKE '%!%' ESCAPE '!'", "true"},
                         {"'50x' LIKE '%!%' ESCAPE '!'", "false"},
                         {"NS LIKE 'a%'", "NULL!"},
                         {"S NOT LIKE 'a%'", "false"},
                         {"CASE WHEN I > 5 THEN 'big' ELSE 'small' END", "big"},
                         {"CASE WHEN I > 50 THEN 'big' END", "NULL"},
                         {"CASE WHEN I = 7 THEN 1 WHEN I / 0 = 1 THEN 2 END", "1"},
                         {"CASE WHEN FALSE THEN I / 0 ELSE 3 END", "3"},
                         {"CASE I WHEN 7 THEN 'seven' ELSE 'no' END", "seven"},
                     });
}

TEST_CASE("casts, and what a failing one does to its surroundings", "[exec][expression]") {
    check_all(row(), {
                         {"CAST(I AS BIGINT)", "7"},
                         {"CAST(I AS STRING)", "7"},
                         {"CAST(D AS INT)", "2"},
                         {"CAST(-2.7E0 AS BIGINT)", "-2"},
                         {"CAST(1E30 AS INT)", "2147483647"},
                         {"CAST(L AS INT)", "-1294967296"},
                         {"CAST(' 12 ' AS INT)", "12"},
                         {"CAST('99999999999' AS INT)", "NULL!"},
                         {"CAST('99999999999' AS BIGINT)", "99999999999"},
                         {"CAST('x' AS INT)", "NULL!"},
                         {"IFNULL(CAST('x' AS INT), 3)", "3!"},
                         {"CAST('x' AS INT) = 1", "false!"},
                         {"CAST(N AS STRING)", "NULL"},
                         {"CAST(A AS STRING)", "[1, null, 3]"},
                         {"CAST(1.256 AS DECIMAL(3, 2))", "1.26"},
                         {"ARRAY[I / 0, 1]", "[null, 1]!"},
                         {"CAST('2024-02-03' AS DATE)", "2024-02-03"},
                         {"CAST('t' AS BOOLEAN)", "true"},
                     });
}

TEST_CASE("nested values", "[exec][expression]") {
    check_all(row(), {
                         {"A[1]", "1"},
                         {"A[-1]", "3"},
                         {"A[0]", "NULL"},
                         {"A[9]", "NULL"},
                         {"M['k']", "9"},
                         {"M['x']", "NULL"},
                         {"R->F", "5"},
                         {"STRUCT(X := I, Y := S)", "Struct{X=7,Y=abc}"},
                         {"STRUCT(X := I)->X", "7"},
                         {"ARRAY[1, 2.5]", "[1.0, 2.5]"},
                         {"ARRAY['1', 2]", "[1, 2]"},
                         {"MAP('a' := 1, 'b' := I)['b']", "7"},
                         {"ARRAY[NULL, STRUCT(X := 1), STRUCT(Y := 2)][2]->Y", "NULL"},
                     });
}

TEST_CASE("mistakes have ksqlDB's words", "[exec][expression][errors]") {
    check_all(
        row(),
        {
            {"NOPE", "ERROR: Line: 1, Col: 1: SELECT column 'NOPE' cannot be resolved."},
            {"I + S",
             "ERROR: Error processing expression: (I + S). Unsupported arithmetic types. INTEGER "
             "STRING\n"
             "Statement: (I + S)"},
            {"I = 'x'",
             "ERROR: Cannot compare I (INTEGER) to 'x' (STRING) with EQUAL.\nStatement: (I = 'x')"},
            {"A < A",
             "ERROR: Cannot compare A (ARRAY<INTEGER>) to A (ARRAY<INTEGER>) with LESS_THAN.\n"
             "Statement: (A < A)"},
            {"I = NULL",
             "ERROR: Comparison with NULL not supported: INTEGER = NULL\n"
             "Use 'IS NULL' or 'IS NOT NULL' instead."},
            {"CAST(S AS ARRAY<INT>)",
             "ERROR: Invalid Select: Cast of STRING to ARRAY<INTEGER> is not supported"},
            {"I IN (10, 'x')",
             "ERROR: Invalid Select: invalid input syntax for type INTEGER: \"x\"."},
            {"P IN (10, true)",
             "ERROR: Invalid Select: operator does not exist: DECIMAL(12, 2) = BOOLEAN "
             "(true)\nHint: You "
             "might need to add explicit type casts."},
            {"CASE WHEN TRUE THEN 1 ELSE 'x' END",
             "ERROR: Invalid Case expression. Type for the default clause should be the same as "
             "for 'THEN' "
             "clauses.\nTHEN type: INTEGER.\nDEFAULT type: STRING."},
            {"R->G", "ERROR: Could not find field 'G' in 'R'."},
            {"ARRAY[NULL]",
             "ERROR: Cannot construct an array with all NULL elements (see "
             "https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a "
             "NULL "
             "value to the desired type."},
        });
}

TEST_CASE("LIKE's wildcards do not stand for line ends", "[exec][expression][like]") {
    test::Row row;
    row.schema.value = {{"S", SqlType::string()}};
    auto like = [&](const char* text, const char* pattern) {
        row.values = {Value(text)};
        return test::evaluate("S LIKE '" + std::string(pattern) + "'", row);
    };
    CHECK(like("one\ntwo", "one%") == "false");
    CHECK(like("one two three four", "one%") == "true");
    CHECK(like("one two three\rfour", "one%") == "false");
    CHECK(like("über alles", "%alles") == "true");
    CHECK(like("one\ntwo", "%two") == "false");
    CHECK(like("one\ntwo", "%e\nt%") == "true");
    CHECK(like("a\xE2\x80\xA8z", "a%") == "false");
    CHECK(like("aéz", "a_z") == "true");
}
