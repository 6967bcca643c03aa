#include <catch2/catch.hpp>

#include "tests/unit/functions/evaluate.h"

using millrace::test::check_all;

TEST_CASE("mathematical functions give what the reference says", "[functions][math]") {
    check_all({
        {"ABS(-7)", "7"},
        {"ABS(-7.50)", "7.50"},
        {"ABS(-2147483648)", "-2147483648"},
        {"ABS(CAST(NULL AS INT))", "NULL"},
        {"ACOS(1)", "0.0"},
        {"ACOS(2)", "NaN"},
        {"ASIN(0)", "0.0"},
        {"ATAN(0)", "0.0"},
        {"ATAN2(1, 0)", "1.5707963267948966"},
        {"CBRT(-8)", "-2.0"},
        {"CEIL(1.2E0)", "2.0"},
        {"CEIL(1.20)", "2.00"},
        {"COS(0)", "1.0"},
        {"COT(1)", "0.6420926159343306"},
        {"COT(0)", "Infinity"},
        {"DEGREES(PI())", "180.0"},
        {"EXP(0)", "1.0"},
        {"FLOOR(-1.5E0)", "-2.0"},
        {"FLOOR(-1.50)", "-2.00"},
        {"GREATEST(3, NULL, 9)", "9"},
        {"LEAST('b', 'a', NULL)", "a"},
        {"GREATEST(1.5, 2.25)", "2.25"},
        {"LN(1)", "0.0"},
        {"LN(0)", "-Infinity"},
        {"LOG(2, 8)", "3.0"},
        {"LOG(100)", "4.605170185988092"},
        {"LOG(1, 8)", "NaN"},
        {"PI()", "3.141592653589793"},
        {"POWER(2, 10)", "1024.0"},
        {"ROUND(-2.5E0)", "-2"},
        {"ROUND(2.5E0)", "3"},
        {"ROUND(1234.567E0, -2)", "1200.0"},
        {"ROUND(1.255E0, 2)", "1.26"},
        {"ROUND(-1.5)", "-1"},
        {"ROUND(12.345, 2)", "12.350"},
        {"ROUND(-12.345, 2)", "-12.340"},
        {"ROUND(155.00, -1)", "160.00"},
        {"ROUND(CAST(NULL AS INT))", "NULL!"},
        {"SIGN(-4)", "-1"},
        {"SQRT(9)", "3.0"},
        {"SQRT(-1)", "NaN"},
        {"TRUNC(-12.79E0, 1)", "-12.7"},
        {"TRUNC(12.79)", "12"},
        {"TRUNC(12.79, 1)", "12.70"},
        {"GEO_DISTANCE(0, 0, 0, 1)", "111.19492664455873"},
        {"GEO_DISTANCE(0, 0, 0, 1, 'furlong')", "NULL!"},
    });
}

TEST_CASE("conditional functions pick values", "[functions][conditional]") {
    check_all({
        {"COALESCE(NULL, 2, 3)", "2"},
        {"COALESCE(CAST(NULL AS STRING), 'x')", "x"},
        {"IFNULL(NULL, 'x')", "x"},
        {"NULLIF(1, 1)", "NULL"},
        {"NULLIF(1, 2)", "1"},
        {"NULLIF(ARRAY[1], ARRAY[1])", "NULL"},
        {"AS_VALUE(5)", "5"},
    });
}
