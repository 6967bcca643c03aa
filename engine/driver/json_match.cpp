#include "engine/driver/json_match.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/base/text.h"
#include "engine/types/decimal.h"

namespace millrace {

namespace {

/// Low 64 bits of a number cut to an integer, or nothing when it does not fit 38 digits.
std::optional<int64_t> cut(const std::string& digits) {
    auto decimal = Decimal::parse(digits);
    if (!decimal) return std::nullopt;
    return decimal->to_int64();
}

bool number_matches(const JsonTree& expected, const JsonTree& number, bool exact) {
    const std::string& actual = number.text;
    if (number.is_integer()) {
        int64_t value = 0;
        auto [end, error] = std::from_chars(actual.data(), actual.data() + actual.size(), value);
        if (error != std::errc() || end != actual.data() + actual.size()) return false;
        auto wanted = cut(expected.text);
        if (!wanted) return false;
        if (value >= INT32_MIN && value <= INT32_MAX && *wanted != value) {
            return static_cast<int32_t>(*wanted) == value;
        }
        return *wanted == value;
    }
    if (!exact) {
        double a = std::strtod(actual.c_str(), nullptr);
        double e = std::strtod(expected.text.c_str(), nullptr);
        return std::fabs(a - e) < 0.000001;
    }
    auto got = Decimal::parse(actual);
    auto wanted = Decimal::parse(expected.text);
    if (!got || !wanted)
        return std::strtod(actual.c_str(), nullptr) == std::strtod(expected.text.c_str(), nullptr);
    if (expected.is_integer()) return got->scale() <= 0 && got->compare(*wanted) == 0;
    return got->scale() == wanted->scale() && got->compare(*wanted) == 0;
}

}  // namespace

bool json_matches(const JsonTree& expected, const JsonTree& actual, bool exact) {
    using Kind = JsonTree::Kind;
    switch (expected.kind) {
        case Kind::kNull:
            return actual.kind == Kind::kNull;
        case Kind::kBool:
            return actual.kind == Kind::kBool && actual.text == expected.text;
        case Kind::kString:
            if (actual.is_number() && !actual.is_integer()) {
                auto wanted = Decimal::parse(expected.text);
                auto got = Decimal::parse(actual.text);
                return wanted && got && *wanted == *got;
            }
            return actual.kind == Kind::kString && actual.text == expected.text;
        case Kind::kNumber:
            return actual.kind == Kind::kNumber && number_matches(expected, actual, exact);
        case Kind::kArray:
            return actual.kind == Kind::kArray &&
                   std::equal(expected.items.begin(), expected.items.end(), actual.items.begin(),
                              actual.items.end(), [&](const JsonTree& e, const JsonTree& a) {
                                  return json_matches(e, a, exact);
                              });
        default:
            break;
    }
    if (actual.kind != Kind::kObject || actual.members.size() != expected.members.size())
        return false;
    for (const auto& [name, value] : expected.members) {
        const JsonTree* field = actual.find(name);
        if (field == nullptr || field->is_null()) {
            if (const JsonTree* other = actual.find(upper_ascii(name))) field = other;
        }
        if (!json_matches(value, field == nullptr ? JsonTree::null() : *field, exact)) return false;
    }
    return true;
}

}  // namespace millrace
