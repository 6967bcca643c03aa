#include "engine/types/decimal.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

using namespace millrace;

namespace {

Decimal dec(std::string_view text) {
    auto value = Decimal::parse(text);
    REQUIRE(value);
    return *value;
}

const char* const kMax = "99999999999999999999999999999999999999";  // 38 nines

}  // namespace

TEST_CASE("decimals are parsed and printed", "[types][decimal]") {
    CHECK(dec("1.50").to_plain_string() == "1.50");
    CHECK(dec("-0.05").to_plain_string() == "-0.05");
    CHECK(dec(".5").to_plain_string() == "0.5");
    CHECK(dec("+7").to_plain_string() == "7");
    CHECK(dec("1E3").to_plain_string() == "1000");
    CHECK(dec("1E3").to_string() == "1E+3");
    CHECK(dec("1.5e-3").to_plain_string() == "0.0015");
    CHECK(dec("0.0000001").to_string() == "1E-7");
    CHECK(dec("0.0000012").to_string() == "0.0000012");
    CHECK(dec("0.0000000").to_string() == "0E-7");
    CHECK(dec("-0.00000012").to_string() == "-1.2E-7");
    CHECK(dec(kMax).to_plain_string() == kMax);
    for (const char* bad : {"", "-", ".", "1.2.3", "1e", "e5", "abc", "1 ", "0x1", "1e+-5"}) {
        INFO(bad);
        CHECK_FALSE(Decimal::parse(bad));
    }
    CHECK_FALSE(Decimal::parse(std::string(kMax) + "9"));
    CHECK(dec("000000000000000000000000000000000000000000001").precision() == 1);
}

TEST_CASE("precision counts digits", "[types][decimal]") {
    CHECK(dec("0").precision() == 1);
    CHECK(dec("0.00").precision() == 1);
    CHECK(dec("9").precision() == 1);
    CHECK(dec("10").precision() == 2);
    CHECK(dec("-123.45").precision() == 5);
    CHECK(dec(kMax).precision() == 38);
}

TEST_CASE("scaling rounds half up, away from zero", "[types][decimal]") {
    auto half_up = [](const char* text, int scale) {
        return dec(text).with_scale(scale, Rounding::kHalfUp)->to_plain_string();
    };
    CHECK(half_up("1.25", 1) == "1.3");
    CHECK(half_up("-1.25", 1) == "-1.3");
    CHECK(half_up("1.24", 1) == "1.2");
    CHECK(half_up("0.5", 0) == "1");
    CHECK(half_up("0.4999", 0) == "0");
    CHECK(half_up("9.99", 1) == "10.0");
    CHECK(dec("1.29").with_scale(1, Rounding::kDown)->to_plain_string() == "1.2");
    CHECK(dec("-1.21").with_scale(1, Rounding::kFloor)->to_plain_string() == "-1.3");
    CHECK(dec("-1.29").with_scale(1, Rounding::kCeiling)->to_plain_string() == "-1.2");
    CHECK_FALSE(dec("1.25").with_scale(1, Rounding::kUnnecessary));
    CHECK(dec("1.20").with_scale(1, Rounding::kUnnecessary)->to_plain_string() == "1.2");
    CHECK_FALSE(dec(kMax).with_scale(1, Rounding::kHalfUp));
    CHECK(dec("1E-90").with_scale(2, Rounding::kHalfUp)->to_plain_string() == "0.00");
    CHECK_FALSE(dec("99.95").fit(3, 1, Rounding::kHalfUp));
    CHECK(dec("99.94").fit(3, 1, Rounding::kHalfUp)->to_plain_string() == "99.9");
}

TEST_CASE("arithmetic keeps BigDecimal's scales", "[types][decimal]") {
    CHECK(dec("1.10").add(dec("2.9"))->to_plain_string() == "4.00");
    CHECK(dec("1").subtract(dec("0.001"))->to_plain_string() == "0.999");
    CHECK(dec("1.10").multiply(dec("-2.0"))->to_plain_string() == "-2.200");
    CHECK(dec("10").divide(dec("4"), 1, Rounding::kUnnecessary)->to_plain_string() == "2.5");
    CHECK_FALSE(dec("1").divide(dec("3"), 6, Rounding::kUnnecessary));
    CHECK(dec("2").divide(dec("3"), 6, Rounding::kHalfUp)->to_plain_string() == "0.666667");
    CHECK(dec("-2").divide(dec("3"), 2, Rounding::kHalfUp)->to_plain_string() == "-0.67");
    CHECK_FALSE(dec("1").divide(dec("0.0"), 2, Rounding::kHalfUp));
    CHECK(dec("0").divide(dec("3"), 3, Rounding::kUnnecessary)->to_plain_string() == "0.000");
    CHECK(dec("123.45").divide(dec("0.001"), 0, Rounding::kHalfUp)->to_plain_string() == "123450");
    CHECK(dec("123456").divide(dec("7"), -2, Rounding::kHalfUp)->to_plain_string() == "17600");
    CHECK(dec("7.5").remainder(dec("2"))->to_plain_string() == "1.5");
    CHECK(dec("-7.5").remainder(dec("2"))->to_plain_string() == "-1.5");
    CHECK_FALSE(dec("1").remainder(dec("0")));
}

TEST_CASE("results of more than 38 digits are overflows", "[types][decimal]") {
    CHECK_FALSE(dec(kMax).add(dec("1")));
    CHECK(dec(kMax).add(dec("-1")));
    CHECK_FALSE(dec("-99999999999999999999999999999999999999").subtract(dec("1")));
    CHECK_FALSE(dec(kMax).multiply(dec("2")));
    CHECK_FALSE(dec("1E20").multiply(dec("1")).value().with_scale(30, Rounding::kHalfUp));
    // The dividend shifted has 66 digits, the quotient only 29.
    CHECK(dec(kMax)
              .divide(dec("33333333333333333333333333333333333333"), 28, Rounding::kUnnecessary)
              ->to_plain_string() == "3.0000000000000000000000000000");
    CHECK_FALSE(dec(kMax).divide(dec("0.1"), 10, Rounding::kHalfUp));
}

TEST_CASE("decimals compare by value", "[types][decimal]") {
    CHECK(std::is_eq(dec("1.0").compare(dec("1.00"))));
    CHECK_FALSE(dec("1.0") == dec("1.00"));
    CHECK(std::is_lt(dec("-2").compare(dec("1.5"))));
    CHECK(std::is_lt(dec("-2").compare(dec("-1.5"))));
    CHECK(std::is_gt(dec(kMax).compare(dec("0.00000000000000000000000000000000000001"))));
    CHECK(std::is_lt(dec("-1E37").compare(dec("0.1"))));
    CHECK(std::is_lt(dec("0.0").compare(dec("0.01"))));
    CHECK(std::is_gt(dec("0").compare(dec("-0.01"))));
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
        int64_t a = static_cast<int64_t>(random() % 200001) - 100000;
        int64_t b = static_cast<int64_t>(random() % 200001) - 100000;
        int sa = static_cast<int>(random() % 5);
        int sb = static_cast<int>(random() % 5);
        double x = Decimal(a, sa).to_double();
        double y = Decimal(b, sb).to_double();
        int want = x < y ? -1 : (x > y ? 1 : 0);
        auto order = Decimal(a, sa).compare(Decimal(b, sb));
        int got = std::is_lt(order) ? -1 : (std::is_gt(order) ? 1 : 0);
        REQUIRE(got == want);
    }
}

TEST_CASE("decimals convert to and from binary numbers", "[types][decimal]") {
    CHECK(Decimal::from_double(0.1)->to_plain_string() == "0.1");
    CHECK(Decimal::from_double(1e10)->to_plain_string() == "10000000000");
    CHECK_FALSE(Decimal::from_double(std::numeric_limits<double>::quiet_NaN()));
    CHECK_FALSE(Decimal::from_double(std::numeric_limits<double>::infinity()));
    CHECK(dec("-12.99").to_int64() == -12);
    CHECK(dec("1E3").to_int64() == 1000);
    CHECK(dec("18446744073709551617").to_int64() == 1);  // 2^64 + 1: the low bits stay.
    CHECK(dec("1E-60").to_int64() == 0);
    CHECK(dec("1.25").to_double() == 1.25);
    CHECK(dec("0.1").to_double() == 0.1);
}
