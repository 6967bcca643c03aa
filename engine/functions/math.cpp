// Numbers: trigonometry, powers and logarithms, rounding, distance on the globe.
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "engine/base/unicode.h"
#include "engine/functions/families.h"
#include "engine/functions/scalar.h"

namespace millrace::functions {
namespace {

double acos_of(double x) {
    return std::acos(x);
}
double asin_of(double x) {
    return std::asin(x);
}
double atan_of(double x) {
    return std::atan(x);
}
/// As exact as Java's: a first guess by thirds of the exponent, a rational step to 23 bits, one of
/// Newton's to 53, in this order of operations, for the last digit depends on it.
double cbrt_of(double x) {
    if (x == 0 || !std::isfinite(x)) return x;
    constexpr uint32_t kThirdOfBias = 715'094'163;  // (1023 - 1023/3 - 0.0331) * 2^20.
    const double size = std::fabs(x);
    auto high = [](double v) { return static_cast<uint32_t>(std::bit_cast<uint64_t>(v) >> 32); };
    auto of_high = [](uint32_t v) { return std::bit_cast<double>(uint64_t{v} << 32); };
    double t;
    if (size < std::numeric_limits<double>::min()) {
        t = of_high(high(size * 0x1p54) / 3 + kThirdOfBias - (18u << 20));
    } else {
        t = of_high(high(size) / 3 + kThirdOfBias);
    }
    const double error = 19.0 / 35 + t * t / size * t;
    t *= 5.0 / 14 + 45.0 / 28 / (error + 99.0 / 70 + -864.0 / 1225 / error);
    t = of_high(high(t) + 1);  // 20 bits, and not below the root.
    const double quotient = size / (t * t);
    t += t * ((quotient - t) / (t + t + quotient));
    return std::copysign(t, x);
}
double cos_of(double x) {
    return std::cos(x);
}
double cosh_of(double x) {
    return std::cosh(x);
}
double cot_of(double x) {
    return 1.0 / std::tan(x);
}
double degrees_of(double x) {
    return x * (180.0 / std::numbers::pi);
}
double radians_of(double x) {
    return x * (std::numbers::pi / 180.0);
}
double exp_of(double x) {
    return std::exp(x);
}
double ln_of(double x) {
    return std::log(x);
}
double sin_of(double x) {
    return std::sin(x);
}
double sinh_of(double x) {
    return std::sinh(x);
}
double sqrt_of(double x) {
    return x < 0 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(x);
}
double tan_of(double x) {
    return std::tan(x);
}
double tanh_of(double x) {
    return std::tanh(x);
}
/// By the quotient, as Java has it, for the last digit depends on that.
double atan2_of(double y, double x) {
    if (x == 0 || y == 0 || !std::isfinite(x) || !std::isfinite(y)) return std::atan2(y, x);
    constexpr double kPiRest = 1.2246467991473532e-16;  // Of pi behind its double.
    const int exponents = std::ilogb(y) - std::ilogb(x);
    double angle = 0;
    if (exponents > 60) {
        angle = std::numbers::pi / 2 + kPiRest / 2;
    } else if (x > 0 || exponents >= -60) {
        angle = std::atan(std::fabs(y / x));
    }
    if (x < 0) angle = std::numbers::pi - (angle - kPiRest);
    return std::copysign(angle, y);
}
double power_of(double base, double exponent) {
    // Java: 1 to the power of NaN or infinity is NaN.
    if (std::abs(base) == 1.0 && !std::isfinite(exponent))
        return std::numeric_limits<double>::quiet_NaN();
    return std::pow(base, exponent);
}
double log_of(double base, double x) {
    double nan = std::numeric_limits<double>::quiet_NaN();
    if (base <= 0 || base == 1) return nan;
    return std::log(x) / std::log(base);
}
double pi() {
    return std::numbers::pi;
}

int32_t sign_of(double x) {
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}

int32_t abs_int(int32_t x) {
    return x < 0 ? static_cast<int32_t>(0u - static_cast<uint32_t>(x)) : x;
}
int64_t abs_long(int64_t x) {
    return x < 0 ? static_cast<int64_t>(0u - static_cast<uint64_t>(x)) : x;
}
double abs_double(double x) {
    return std::abs(x);
}
Decimal abs_decimal(const Decimal& x) {
    return x.abs();
}

int32_t same_int(int32_t x) {
    return x;
}
int64_t same_long(int64_t x) {
    return x;
}
double ceil_double(double x) {
    return std::ceil(x);
}
double floor_double(double x) {
    return std::floor(x);
}

Fallible<Decimal> whole(const Decimal& x, Rounding rounding) {
    auto rounded = x.with_scale(0, rounding);
    if (rounded) rounded = rounded->with_scale(x.scale(), Rounding::kUnnecessary);
    if (!rounded) return Failure{"Numeric field overflow"};
    return *rounded;
}
Fallible<Decimal> ceil_decimal(const Decimal& x) {
    return whole(x, Rounding::kCeiling);
}
Fallible<Decimal> floor_decimal(const Decimal& x) {
    return whole(x, Rounding::kFloor);
}

/// Java's (long) of a double.
int64_t saturated(double x) {
    if (std::isnan(x)) return 0;
    if (x >= 9223372036854775807.0) return std::numeric_limits<int64_t>::max();
    if (x <= -9223372036854775808.0) return std::numeric_limits<int64_t>::min();
    return static_cast<int64_t>(x);
}

int64_t round_int(Required<int32_t> x) {
    return x.value;
}
int64_t round_long(Required<int64_t> x) {
    return x.value;
}
/// Half goes towards positive infinity, as Math.round's.
int64_t round_double(double x) {
    double below = std::floor(x);
    return saturated(x - below >= 0.5 ? below + 1 : below);
}
int64_t trunc_int(int32_t x) {
    return x;
}
int64_t trunc_long(int64_t x) {
    return x;
}
int64_t trunc_double(double x) {
    return saturated(x);
}

enum class Cut { kHalfUp, kTruncate };

/// `x` at `scale` digits behind the point (negative: before it), its own scale kept.
std::optional<Decimal> cut_decimal(const Decimal& x, int scale, Cut cut) {
    if (scale >= x.scale()) return x;
    Decimal base = x;
    std::optional<Decimal> out;
    if (cut == Cut::kTruncate) {
        out = base.with_scale(scale, Rounding::kDown);
    } else {
        // Half towards positive infinity: floor(x + 0.5 units of the last digit kept). One digit
        // more than kept is enough to see the half exactly, because floor commutes with cutting
        // below it.
        auto floor = base.with_scale(scale, Rounding::kFloor);
        if (!floor) return std::nullopt;
        auto rest = base.subtract(*floor->with_scale(std::max(scale, 0), Rounding::kUnnecessary));
        if (!rest) return std::nullopt;
        Decimal half(5, scale + 1);
        if (scale + 1 < 0) {
            Int128 unit = 5;
            for (int i = scale + 1; i < 0; ++i) unit *= 10;
            half = Decimal(unit, 0);
        }
        out = floor;
        if (rest->compare(half) >= 0) out = Decimal(floor->unscaled() + 1, scale);
    }
    if (!out) return std::nullopt;
    return out->with_scale(x.scale(), Rounding::kUnnecessary);
}

Fallible<double> cut_double(double x, int32_t scale, Cut cut) {
    if (!std::isfinite(x)) return Failure{"For input string: \"" + java_double(x) + "\""};
    auto decimal = Decimal::from_double(x);
    if (!decimal || scale > 300) return x;
    if (scale < -30) return 0.0;
    auto out = cut_decimal(*decimal, scale, cut);
    return out ? out->to_double() : x;
}
Fallible<double> round_double2(double x, int32_t scale) {
    return cut_double(x, scale, Cut::kHalfUp);
}
Fallible<double> trunc_double2(double x, int32_t scale) {
    return cut_double(x, scale, Cut::kTruncate);
}

Fallible<Decimal> cut_to_zero(const Decimal& x, Cut cut) {
    auto out = cut_decimal(x, 0, cut);
    if (out) out = out->with_scale(0, Rounding::kUnnecessary);
    if (!out) return Failure{"Numeric field overflow"};
    return *out;
}
Fallible<Decimal> round_decimal(const Decimal& x) {
    return cut_to_zero(x, Cut::kHalfUp);
}
Fallible<Decimal> trunc_decimal(const Decimal& x) {
    return cut_to_zero(x, Cut::kTruncate);
}
Fallible<Decimal> cut_decimal2(const Decimal& x, int32_t scale, Cut cut) {
    if (scale < -38) return Decimal(0, x.scale());
    auto out = cut_decimal(x, scale, cut);
    if (!out) return Failure{"Numeric field overflow"};
    return *out;
}
Fallible<Decimal> round_decimal2(const Decimal& x, int32_t scale) {
    return cut_decimal2(x, scale, Cut::kHalfUp);
}
Fallible<Decimal> trunc_decimal2(const Decimal& x, int32_t scale) {
    return cut_decimal2(x, scale, Cut::kTruncate);
}

SqlTypePtr same_as_first(const std::vector<ArgumentType>& arguments) {
    return arguments[0].type;
}
SqlTypePtr whole_part_of_first(const std::vector<ArgumentType>& arguments) {
    const SqlType& type = *arguments[0].type;
    return SqlType::decimal(std::max(1, type.precision() - type.scale()), 0);
}

Fallible<double> geo_distance_unit(Required<double> lat1, Required<double> lon1,
                                   Required<double> lat2, Required<double> lon2,
                                   std::optional<std::string_view> unit) {
    std::string name;
    if (unit) append_lower(name, java_trim(*unit));
    double radius = 6371;
    if (name == "mi" || name == "mile" || name == "miles") {
        radius = 3959;
    } else if (!name.empty() && name != "km" && name != "kilometer" && name != "kilometers" &&
               name != "kilometre" && name != "kilometres") {
        return Failure{
            "GeoDistance function units parameter must be one of values for miles or kilometers"};
    }
    for (double lat : {lat1.value, lat2.value})
        if (lat < -90 || lat > 90)
            return Failure{
                "valid latitude values for GeoDistance function are in the range of -90 to 90"};
    for (double lon : {lon1.value, lon2.value})
        if (lon < -180 || lon > 180)
            return Failure{
                "valid longitude values for GeoDistance function are in the range of -180 to +180"};
    double dlat = radians_of(lat2.value - lat1.value);
    double dlon = radians_of(lon2.value - lon1.value);
    double a = std::sin(dlat / 2) * std::sin(dlat / 2) + std::sin(dlon / 2) * std::sin(dlon / 2) *
                                                             std::cos(radians_of(lat1.value)) *
                                                             std::cos(radians_of(lat2.value));
    double c = 2 * std::asin(std::sqrt(a));
    return radius * c;
}
Fallible<double> geo_distance(Required<double> lat1, Required<double> lon1, Required<double> lat2,
                              Required<double> lon2) {
    return geo_distance_unit(lat1, lon1, lat2, lon2, std::nullopt);
}

/// A function of one double also takes INTEGER and BIGINT.
template <double (*F)(double)>
double of_int(int32_t x) {
    return F(x);
}
template <double (*F)(double)>
double of_long(int64_t x) {
    return F(static_cast<double>(x));
}
template <double (*F)(double)>
void unary(Family& f, std::string_view name, std::string_view description) {
    f.scalar(name, description, &of_int<F>, {"value"});
    f.scalar(name, description, &of_long<F>, {"value"});
    f.scalar(name, description, F, {"value"});
}
template <double (*F)(double, double)>
double of_ints(int32_t x, int32_t y) {
    return F(x, y);
}
template <double (*F)(double, double)>
double of_longs(int64_t x, int64_t y) {
    return F(static_cast<double>(x), static_cast<double>(y));
}
template <double (*F)(double, double)>
void binary(Family& f, std::string_view name, std::string_view description,
            const std::vector<std::string>& names) {
    f.scalar(name, description, &of_ints<F>, names);
    f.scalar(name, description, &of_longs<F>, names);
    f.scalar(name, description, F, names);
}

int32_t sign_int(int32_t x) {
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}
int32_t sign_long(int64_t x) {
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}

/// splitmix64 on the environment's seed, one stream a thread.
double random_number(const CallSite& site) {
    thread_local uint64_t state = 0;
    thread_local const EvalEnv* seeded_by = nullptr;
    if (seeded_by != site.env) {
        seeded_by = site.env;
        state = site.env->random_seed;
    }
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1.0p-53;
}

void add_rounding(Family& f) {
    f.scalar("ABS", "Absolute value.", &abs_int, {"val"});
    f.scalar("ABS", "Absolute value.", &abs_long, {"val"});
    f.scalar("ABS", "Absolute value.", &abs_double, {"val"});
    f.scalar("ABS", "Absolute value.", &abs_decimal, {"val"}).returns(same_as_first);
    f.scalar("CEIL", "The least whole number not below.", &same_int, {"val"});
    f.scalar("CEIL", "The least whole number not below.", &same_long, {"val"});
    f.scalar("CEIL", "The least whole number not below.", &ceil_double, {"val"});
    f.scalar("CEIL", "The least whole number not below.", &ceil_decimal, {"val"})
        .returns(same_as_first);
    f.scalar("FLOOR", "The greatest whole number not above.", &same_int, {"val"});
    f.scalar("FLOOR", "The greatest whole number not above.", &same_long, {"val"});
    f.scalar("FLOOR", "The greatest whole number not above.", &floor_double, {"val"});
    f.scalar("FLOOR", "The greatest whole number not above.", &floor_decimal, {"val"})
        .returns(same_as_first);
    f.scalar("ROUND", "The nearest whole number.", &round_int, {"val"});
    f.scalar("ROUND", "The nearest whole number.", &round_long, {"val"});
    f.scalar("ROUND", "The nearest whole number.", &round_double, {"val"});
    f.scalar("ROUND", "Rounded to a number of digits.", &round_double2, {"val", "decimalPlaces"});
    f.scalar("ROUND", "The nearest whole number.", &round_decimal, {"val"})
        .returns(whole_part_of_first);
    f.scalar("ROUND", "Rounded to a number of digits.", &round_decimal2, {"val", "decimalPlaces"})
        .returns(same_as_first);
    f.scalar("TRUNC", "The whole part.", &trunc_int, {"val"});
    f.scalar("TRUNC", "The whole part.", &trunc_long, {"val"});
    f.scalar("TRUNC", "The whole part.", &trunc_double, {"val"});
    f.scalar("TRUNC", "Cut to a number of digits.", &trunc_double2, {"val", "decimalPlaces"});
    f.scalar("TRUNC", "The whole part.", &trunc_decimal, {"val"}).returns(whole_part_of_first);
    f.scalar("TRUNC", "Cut to a number of digits.", &trunc_decimal2, {"val", "decimalPlaces"})
        .returns(same_as_first);
}

}  // namespace

void add_math_functions(FunctionRegistry& registry) {
    Family f(registry, "MATHEMATICAL");
    add_rounding(f);
    unary<acos_of>(f, "ACOS", "Angle in radians of a cosine.");
    unary<asin_of>(f, "ASIN", "Angle in radians of a sine.");
    unary<atan_of>(f, "ATAN", "Angle in radians of a tangent.");
    unary<cbrt_of>(f, "CBRT", "Cube root.");
    unary<cos_of>(f, "COS", "Cosine of an angle in radians.");
    unary<cosh_of>(f, "COSH", "Hyperbolic cosine.");
    unary<cot_of>(f, "COT", "Cotangent of an angle in radians.");
    unary<degrees_of>(f, "DEGREES", "Radians in degrees.");
    unary<exp_of>(f, "EXP", "e to a power.");
    unary<ln_of>(f, "LN", "Natural logarithm.");
    unary<ln_of>(f, "LOG", "Natural logarithm.");
    unary<radians_of>(f, "RADIANS", "Degrees in radians.");
    unary<sin_of>(f, "SIN", "Sine of an angle in radians.");
    unary<sinh_of>(f, "SINH", "Hyperbolic sine.");
    unary<sqrt_of>(f, "SQRT", "Square root.");
    unary<tan_of>(f, "TAN", "Tangent of an angle in radians.");
    unary<tanh_of>(f, "TANH", "Hyperbolic tangent.");
    binary<atan2_of>(f, "ATAN2", "Angle of a point given as y and x.", {"y", "x"});
    binary<power_of>(f, "POWER", "A number to a power.", {"base", "exponent"});
    binary<log_of>(f, "LOG", "Logarithm to a base.", {"base", "value"});
    f.scalar("SIGN", "-1, 0 or 1.", &sign_int, {"value"});
    f.scalar("SIGN", "-1, 0 or 1.", &sign_long, {"value"});
    f.scalar("SIGN", "-1, 0 or 1.", &sign_of, {"value"});
    f.scalar("PI", "The number pi.", &pi);
    f.scalar("RANDOM", "A number from 0 up to, not including, 1.", &random_number)
        .not_deterministic();

    Family other(registry, "OTHER");
    std::vector<std::string> names = {"lat1", "lon1", "lat2", "lon2", "units"};
    other.scalar("GEO_DISTANCE", "Distance between two points on the globe, in kilometres.",
                 &geo_distance, names);
    other.scalar("GEO_DISTANCE", "The same, in kilometres or miles.", &geo_distance_unit, names);
}

}  // namespace millrace::functions
