#include "engine/types/value.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace millrace;

namespace {

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("doubles print as Java prints them", "[types][value]") {
    CHECK(java_double(1) == "1.0");
    CHECK(java_double(0) == "0.0");
    CHECK(java_double(-0.0) == "-0.0");
    CHECK(java_double(1e10) == "1.0E10");
    CHECK(java_double(1e7) == "1.0E7");
    CHECK(java_double(9999999) == "9999999.0");
    CHECK(java_double(1234567.5) == "1234567.5");
    CHECK(java_double(0.001) == "0.001");
    CHECK(java_double(0.0001) == "1.0E-4");
    CHECK(java_double(0.00123) == "0.00123");
    CHECK(java_double(1.5e-5) == "1.5E-5");
    CHECK(java_double(123.456) == "123.456");
    CHECK(java_double(100) == "100.0");
    CHECK(java_double(-2.5) == "-2.5");
    CHECK(java_double(4.9e-324) == "4.9E-324");
    CHECK(java_double(2e-323) == "2.0E-323");
    CHECK(java_double(std::numeric_limits<double>::max()) == "1.7976931348623157E308");
    CHECK(java_double(0.1 + 0.2) == "0.30000000000000004");
    CHECK(java_double(kNan) == "NaN");
    CHECK(java_double(-kInfinity) == "-Infinity");
}

TEST_CASE("values are equal in depth", "[types][value]") {
    CHECK(Value() == Value());
    CHECK_FALSE(Value() == Value(0));
    CHECK(Value(*Decimal::parse("1.0")) == Value(*Decimal::parse("1.00")));
    CHECK(Value(kNan) == Value(kNan));
    CHECK_FALSE(Value(0.0) == Value(-0.0));
    CHECK_FALSE(Value(1) == Value(int64_t{1}));
    Value a(ValueList{1, Value(), "x"});
    CHECK(a == Value(ValueList{1, Value(), "x"}));
    CHECK_FALSE(a == Value(ValueList{1, Value()}));
    Value m(ValueMap{{"a", 1}, {"b", 2}});
    CHECK(m == Value(ValueMap{{"b", 2}, {"a", 1}}));
    CHECK_FALSE(m == Value(ValueMap{{"b", 2}, {"a", 2}}));
    CHECK_FALSE(m == Value(ValueMap{{"a", 1}}));
    CHECK_FALSE(m == a);
}

TEST_CASE("values have SQL order", "[types][value]") {
    CHECK(compare_values(1, 2, BaseType::kInteger) < 0);
    CHECK(compare_values(false, true, BaseType::kBoolean) < 0);
    CHECK(compare_values(int64_t{5}, int64_t{5}, BaseType::kTimestamp) == 0);
    CHECK(compare_values(kNan, kInfinity, BaseType::kDouble) > 0);
    CHECK(compare_values(kNan, kNan, BaseType::kDouble) == 0);
    CHECK(compare_values(-0.0, 0.0, BaseType::kDouble) < 0);
    CHECK(compare_values("a", "ab", BaseType::kString) < 0);
    // U+FF5E is above the surrogates of U+1F600 in UTF-16, below it in UTF-8.
    CHECK(compare_values("\xEF\xBD\x9E", "\xF0\x9F\x98\x80", BaseType::kString) > 0);
    CHECK(compare_values("\xED\x9F\xBF", "\xF0\x9F\x98\x80", BaseType::kString) < 0);
    // BYTES are signed as in Java: ff is -1.
    CHECK(compare_values("\xFF", "\x01", BaseType::kBytes) < 0);
    CHECK(compare_values("\x01", "\x01\x01", BaseType::kBytes) < 0);
    CHECK(compare_values(Value(Decimal(10, 1)), Value(Decimal(100, 2)), BaseType::kDecimal) == 0);
}

TEST_CASE("values print as CAST AS STRING prints them", "[types][value]") {
    CHECK(value_to_text(Value(), *SqlType::integer()) == "null");
    CHECK(value_to_text(true, *SqlType::boolean()) == "true");
    CHECK(value_to_text(Decimal(1, 7), *SqlType::decimal(8, 7)) == "0.0000001");
    auto list = SqlType::array(SqlType::double_());
    CHECK(value_to_text(Value(ValueList{1.0, Value(), 2.5}), *list) == "[1.0, null, 2.5]");
    auto map = SqlType::map(SqlType::string(), SqlType::integer());
    CHECK(value_to_text(Value(ValueMap{{"k", 1}, {"l", Value()}}), *map) == "{k=1, l=null}");
    auto row = SqlType::struct_({{"A", SqlType::integer()},
                                 {"B", SqlType::string()},
                                 {"C", SqlType::array(SqlType::string())}});
    CHECK(value_to_text(Value(ValueList{1, Value(), Value(ValueList{"x"})}), *row) ==
          "Struct{A=1,C=[x]}");
    CHECK(value_to_text(int32_t{19000}, *SqlType::date()) == "2022-01-08");
    CHECK(value_to_text(int64_t{1}, *SqlType::timestamp()) == "1970-01-01T00:00:00.001");
}
