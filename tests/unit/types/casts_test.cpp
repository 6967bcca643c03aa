#include "engine/types/casts.h"

#include <catch2/catch.hpp>
#include <limits>

#include "engine/base/error.h"

using namespace millrace;

namespace {

Value cast(const Value& value, const SqlTypePtr& from, const SqlTypePtr& to) {
    REQUIRE(can_cast(*from, *to));
    return cast_value(value, *from, *to);
}
Value cast_text(const char* text, const SqlTypePtr& to) {
    return cast(Value(text), SqlType::string(), to);
}
const int32_t kIntMax = std::numeric_limits<int32_t>::max();
const int32_t kIntMin = std::numeric_limits<int32_t>::min();
const int64_t kLongMax = std::numeric_limits<int64_t>::max();

}  // namespace

TEST_CASE("the cast matrix is ksqlDB's", "[types][cast]") {
    CHECK_FALSE(can_cast(*SqlType::boolean(), *SqlType::integer()));
    CHECK_FALSE(can_cast(*SqlType::bytes(), *SqlType::string()));
    CHECK(can_cast(*SqlType::bytes(), *SqlType::bytes()));
    CHECK(can_cast(*SqlType::string(), *SqlType::bytes()));
    CHECK_FALSE(can_cast(*SqlType::string(), *SqlType::array(SqlType::string())));
    CHECK_FALSE(can_cast(*SqlType::time(), *SqlType::timestamp()));
    CHECK_FALSE(can_cast(*SqlType::date(), *SqlType::time()));
    CHECK(can_cast(*SqlType::array(SqlType::integer()), *SqlType::array(SqlType::string())));
    CHECK_FALSE(can_cast(*SqlType::array(SqlType::integer()), *SqlType::array(SqlType::date())));
    CHECK(can_cast(*SqlType::struct_({{"A", SqlType::integer()}}), *SqlType::string()));
}

TEST_CASE("numbers cast to numbers", "[types][cast]") {
    CHECK(cast(int64_t{4294967297}, SqlType::bigint(), SqlType::integer()) == Value(1));
    CHECK(cast(7, SqlType::integer(), SqlType::double_()) == Value(7.0));
    CHECK(cast(1e20, SqlType::double_(), SqlType::integer()) == Value(kIntMax));
    CHECK(cast(-1e20, SqlType::double_(), SqlType::integer()) == Value(kIntMin));
    CHECK(cast(1e20, SqlType::double_(), SqlType::bigint()) == Value(kLongMax));
    CHECK(cast(-1.9, SqlType::double_(), SqlType::integer()) == Value(-1));
    CHECK(cast(std::numeric_limits<double>::quiet_NaN(), SqlType::double_(), SqlType::bigint()) ==
          Value(int64_t{0}));
    CHECK(cast(1.25, SqlType::double_(), SqlType::decimal(3, 1)) == Value(Decimal(13, 1)));
    CHECK(cast(Decimal(-199, 2), SqlType::decimal(3, 2), SqlType::integer()) == Value(-1));
    CHECK(cast(Decimal(125, 2), SqlType::decimal(3, 2), SqlType::decimal(2, 1)) ==
          Value(Decimal(13, 1)));
    CHECK_THROWS_WITH(cast(100, SqlType::integer(), SqlType::decimal(3, 1)),
                      "Numeric field overflow: A field with precision 3 and scale 1 must round to "
                      "an absolute value less than 10^2. Got 100");
    CHECK_THROWS_AS(cast(kLongMax, SqlType::bigint(), SqlType::decimal(10, 0)), RowError);
}

TEST_CASE("text casts to every primitive", "[types][cast]") {
    CHECK(cast_text(" 42 ", SqlType::integer()) == Value(42));
    CHECK(cast_text("+5", SqlType::bigint()) == Value(int64_t{5}));
    CHECK(cast_text("-9223372036854775808", SqlType::bigint()) ==
          Value(std::numeric_limits<int64_t>::min()));
    for (const char* bad : {"", "1.5", "x", "2147483648", "+-1", "0x10"}) {
        INFO(bad);
        CHECK_THROWS_AS(cast_text(bad, SqlType::integer()), RowError);
    }
    CHECK_THROWS_WITH(cast_text("1.5", SqlType::integer()), "For input string: \"1.5\"");
    CHECK(cast_text("1e2", SqlType::double_()) == Value(100.0));
    CHECK(cast_text("-.5", SqlType::double_()) == Value(-0.5));
    CHECK(cast_text("1e-400", SqlType::double_()) == Value(0.0));
    for (const char* bad : {"NaN", "Infinity", "inf", "nan", "1e400", ""}) {
        INFO(bad);
        CHECK_THROWS_AS(cast_text(bad, SqlType::double_()), RowError);
    }
    CHECK(cast_text("1.005", SqlType::decimal(3, 2)) == Value(Decimal(101, 2)));
    CHECK_THROWS_AS(cast_text("12.3", SqlType::decimal(2, 1)), RowError);
    CHECK_THROWS_AS(cast_text("x", SqlType::decimal(2, 1)), RowError);
    for (const char* yes : {"t", "TRUE", " yes ", "Ye", "y"}) {
        INFO(yes);
        CHECK(cast_text(yes, SqlType::boolean()) == Value(true));
    }
    for (const char* no : {"", "false", "no", "truex", "1"}) {
        INFO(no);
        CHECK(cast_text(no, SqlType::boolean()) == Value(false));
    }
    CHECK(cast_text("AAE=", SqlType::bytes()) == Value(std::string("\0\1", 2)));
    CHECK_THROWS_AS(cast_text("A", SqlType::bytes()), RowError);
    CHECK_THROWS_AS(cast_text("2024-13", SqlType::date()), RowError);
}

TEST_CASE("dates, times and timestamps cast among each other", "[types][cast]") {
    CHECK(cast(int64_t{-1}, SqlType::timestamp(), SqlType::date()) == Value(-1));
    CHECK(cast(int64_t{-1}, SqlType::timestamp(), SqlType::time()) == Value(86'399'999));
    CHECK(cast(-1, SqlType::date(), SqlType::timestamp()) == Value(int64_t{-86'400'000}));
    CHECK(cast(int64_t{0}, SqlType::timestamp(), SqlType::string()) ==
          Value("1970-01-01T00:00:00.000"));
    CHECK(cast(36'000'000, SqlType::time(), SqlType::string()) == Value("10:00"));
    CHECK(cast(36'001'999, SqlType::time(), SqlType::string()) == Value("10:00:01"));
}

TEST_CASE("nested types cast element by element", "[types][cast]") {
    auto ints = SqlType::array(SqlType::integer());
    auto texts = SqlType::array(SqlType::string());
    CHECK(cast(Value(ValueList{1, Value()}), ints, texts) == Value(ValueList{"1", Value()}));
    CHECK_THROWS_AS(cast(Value(ValueList{"x"}), texts, ints), RowError);
    auto from = SqlType::struct_({{"A", SqlType::integer()}, {"B", SqlType::integer()}});
    auto to = SqlType::struct_({{"B", SqlType::string()}, {"C", SqlType::string()}});
    CHECK(cast(Value(ValueList{1, 2}), from, to) == Value(ValueList{"2", Value()}));
    auto map = SqlType::map(SqlType::string(), SqlType::integer());
    auto keyed = SqlType::map(SqlType::integer(), SqlType::integer());
    CHECK(cast(Value(ValueMap{{"1", 1}, {"01", 2}}), map, keyed) == Value(ValueMap{{1, 2}}));
    CHECK(cast(Value(), ints, texts).is_null());
}

TEST_CASE("partial ISO dates are read", "[types][time]") {
    CHECK(parse_date("1970") == 0);
    CHECK(parse_date("1970-02") == 31);
    CHECK(parse_date("1969-12-31") == -1);
    CHECK(parse_date("2024-02-29") == 19782);
    for (const char* bad : {"", "70", "1970-1", "1970-13", "2023-02-29", "1970-01-01T", "x"}) {
        INFO(bad);
        CHECK_FALSE(parse_date(bad));
    }
    CHECK(parse_time("09:30") == 34'200'000);
    CHECK(parse_time("09:30:01.25") == 34'201'250);
    CHECK_FALSE(parse_time("9:30"));
    CHECK_FALSE(parse_time("24:00"));
    CHECK_FALSE(parse_time("09"));
    CHECK(parse_timestamp("1970") == 0);
    CHECK(parse_timestamp("1970-01-01T01") == 3'600'000);
    CHECK(parse_timestamp("1970-01-01T00:00:00.001") == 1);
    CHECK(parse_timestamp("1970-01-01T00:00:00+0100") == -3'600'000);
    CHECK(parse_timestamp("1970-01-01T00:00:00-01:30") == 5'400'000);
    CHECK(parse_timestamp("1970-01-01T00:00Z") == 0);
    CHECK(parse_timestamp("1970-0100") == 3'600'000);
    CHECK(parse_timestamp("1970-01-01T24") == 86'400'000);
    CHECK(parse_timestamp("1970-01-01T24:00:00.000Z") == 86'400'000);
    CHECK_FALSE(parse_timestamp("1970-01-01T24:01"));
    CHECK_FALSE(parse_timestamp("1970-01-01T25"));
    CHECK_FALSE(parse_time("24:00"));
    CHECK_FALSE(parse_timestamp("1970-01T00:00"));
    CHECK_FALSE(parse_timestamp("1970-01-01 00:00"));
    CHECK_FALSE(parse_timestamp("1970-01-01T00:00:00."));
}

TEST_CASE("the calendar runs both ways", "[types][time]") {
    for (int64_t day = -800'000; day < 800'000; day += 97) {
        int64_t year = 0;
        unsigned month = 0;
        unsigned dom = 0;
        civil_from_days(day, year, month, dom);
        REQUIRE(days_from_civil(year, month, dom) == day);
    }
    CHECK(format_date(-1) == "1969-12-31");
    CHECK(format_date(-719'528) == "0000-01-01");
    CHECK(format_timestamp(-1) == "1969-12-31T23:59:59.999");
    CHECK(parse_timestamp(format_timestamp(1'700'000'000'123)) == 1'700'000'000'123);
}

TEST_CASE("arithmetic has the types of the reference", "[types][arithmetic]") {
    auto type = [](char op, const SqlTypePtr& a, const SqlTypePtr& b) {
        return arithmetic_type(op, a, b)->to_string();
    };
    auto d42 = SqlType::decimal(4, 2);
    CHECK(type('+', SqlType::integer(), SqlType::integer()) == "INTEGER");
    CHECK(type('/', SqlType::integer(), SqlType::bigint()) == "BIGINT");
    CHECK(type('*', SqlType::double_(), d42) == "DOUBLE");
    CHECK(type('+', d42, SqlType::decimal(5, 1)) == "DECIMAL(7, 2)");
    CHECK(type('*', d42, SqlType::decimal(5, 1)) == "DECIMAL(10, 3)");
    CHECK(type('/', d42, SqlType::decimal(5, 1)) == "DECIMAL(11, 8)");
    CHECK(type('%', d42, SqlType::decimal(5, 1)) == "DECIMAL(4, 2)");
    CHECK(type('+', SqlType::integer(), d42) == "DECIMAL(13, 2)");
    CHECK(type('+', SqlType::string(), SqlType::string()) == "STRING");
    CHECK_THROWS_WITH(type('+', SqlType::string(), SqlType::integer()),
                      "Unsupported arithmetic types. STRING INTEGER");
    CHECK_THROWS_AS(type('-', SqlType::string(), SqlType::string()), StatementError);
    CHECK_THROWS_AS(arithmetic_type('+', nullptr, d42), StatementError);
    CHECK(common_numeric_type(SqlType::bigint(), d42)->to_string() == "DECIMAL(21, 2)");
    CHECK(common_numeric_type(SqlType::bigint(), SqlType::string()) == nullptr);
}

TEST_CASE("coercion never narrows", "[types][coercion]") {
    auto coerce = [](const Value& v, const SqlTypePtr& from, const SqlTypePtr& to, Coercion mode) {
        return coerce_value(v, *from, *to, mode);
    };
    auto strict = Coercion::kStrict;
    auto lax = Coercion::kLax;
    CHECK(coerce(1, SqlType::integer(), SqlType::bigint(), strict) == Value(int64_t{1}));
    CHECK_FALSE(coerce(int64_t{1}, SqlType::bigint(), SqlType::integer(), lax));
    CHECK(coerce(1, SqlType::integer(), SqlType::decimal(3, 1), strict) == Value(Decimal(10, 1)));
    CHECK_FALSE(coerce(100, SqlType::integer(), SqlType::decimal(3, 1), strict));
    CHECK_FALSE(coerce(Decimal(150, 2), SqlType::decimal(3, 2), SqlType::decimal(4, 1), lax));
    CHECK(coerce("1.5", SqlType::string(), SqlType::double_(), lax) == Value(1.5));
    CHECK_FALSE(coerce("1.5", SqlType::string(), SqlType::double_(), strict));
    CHECK(coerce("2020", SqlType::string(), SqlType::date(), strict) == Value(18262));
    CHECK_FALSE(coerce("20x", SqlType::string(), SqlType::date(), lax));
    CHECK(coerce("ye", SqlType::string(), SqlType::boolean(), lax) == Value(true));
    CHECK_FALSE(coerce("x", SqlType::string(), SqlType::boolean(), lax));
    CHECK(coerce(1, SqlType::integer(), SqlType::string(), lax) == Value("1"));
    CHECK_FALSE(coerce(1, SqlType::integer(), SqlType::string(), strict));
    CHECK(coerce(Value(), SqlType::integer(), SqlType::string(), strict) == Value());
    CHECK(coerce(Value(ValueList{1}), SqlType::array(SqlType::integer()),
                 SqlType::array(SqlType::bigint()), strict) == Value(ValueList{int64_t{1}}));
    CHECK(can_cast_implicitly(*SqlType::integer(), *SqlType::double_()));
    CHECK_FALSE(can_cast_implicitly(*SqlType::double_(), *SqlType::decimal(10, 2)));
    CHECK(can_cast_implicitly(*SqlType::string(), *SqlType::timestamp()));
    CHECK_FALSE(can_cast_implicitly(*SqlType::string(), *SqlType::integer()));
}

TEST_CASE("text is measured in UTF-16", "[types][text]") {
    CHECK(utf16_length("") == 0);
    CHECK(utf16_length("abc") == 3);
    CHECK(utf16_length("\xC3\xA4\xE2\x82\xAC") == 2);
    CHECK(utf16_length("\xF0\x9F\x98\x80") == 2);
}

TEST_CASE("the first and the last TIMESTAMP have text and a day", "[types][casts]") {
    // Found by tests/fuzz: the day before the least number of milliseconds does not fit a number.
    const SqlType& timestamp = *SqlType::timestamp();
    CHECK(cast_value(Value(INT64_MIN), timestamp, *SqlType::string()).as_string() ==
          "-292275055-05-16T16:47:04.192");
    CHECK(cast_value(Value(INT64_MAX), timestamp, *SqlType::string()).as_string() ==
          "292278994-08-17T07:12:55.807");
    CHECK(cast_value(Value(int64_t{-1}), timestamp, *SqlType::date()).as_int() == -1);
    CHECK(cast_value(Value(int64_t{-86'400'000}), timestamp, *SqlType::date()).as_int() == -1);
    CHECK(cast_value(Value(INT64_MIN), timestamp, *SqlType::time()).as_int() == 60'424'192);
}
