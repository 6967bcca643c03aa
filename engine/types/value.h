// One SQL value, for literals, tests, nested data, aggregates' odd states and pull-query rows;
// never in a per-row loop over scalars. It does not carry its type: whoever holds it knows the
// SqlType.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/types/decimal.h"
#include "engine/types/sql_type.h"

namespace millrace {

class Value;
using ValueList = std::vector<Value>;
/// Entries in insertion order; keys are unique.
using ValueMap = std::vector<std::pair<Value, Value>>;

/// Native forms: BOOLEAN bool; INTEGER int32_t; BIGINT int64_t; DOUBLE double; DECIMAL Decimal;
/// STRING and BYTES std::string (STRING is UTF-8); DATE int32_t days; TIME int32_t ms of the day;
/// TIMESTAMP int64_t ms since the epoch; ARRAY and STRUCT ValueList (a STRUCT's in field order);
/// MAP ValueMap.
class Value {
public:
    Value() = default;
    Value(bool v) : data_(v) {}                      // NOLINT(google-explicit-constructor)
    Value(int32_t v) : data_(v) {}                   // NOLINT(google-explicit-constructor)
    Value(int64_t v) : data_(v) {}                   // NOLINT(google-explicit-constructor)
    Value(double v) : data_(v) {}                    // NOLINT(google-explicit-constructor)
    Value(Decimal v) : data_(v) {}                   // NOLINT(google-explicit-constructor)
    Value(std::string v) : data_(std::move(v)) {}    // NOLINT(google-explicit-constructor)
    Value(const char* v) : data_(std::string(v)) {}  // NOLINT(google-explicit-constructor)
    explicit Value(std::string_view v) : data_(std::string(v)) {}
    explicit Value(ValueList list) : data_(std::make_shared<const ValueList>(std::move(list))) {}
    explicit Value(ValueMap map) : data_(std::make_shared<const ValueMap>(std::move(map))) {}

    static Value null() { return {}; }
    bool is_null() const { return std::holds_alternative<std::monostate>(data_); }

    bool as_bool() const { return std::get<bool>(data_); }
    int32_t as_int() const { return std::get<int32_t>(data_); }
    int64_t as_long() const { return std::get<int64_t>(data_); }
    double as_double() const { return std::get<double>(data_); }
    const Decimal& as_decimal() const { return std::get<Decimal>(data_); }
    const std::string& as_string() const { return std::get<std::string>(data_); }
    const ValueList& as_list() const { return *std::get<ListPtr>(data_); }
    const ValueMap& as_map() const { return *std::get<MapPtr>(data_); }

    template <class T>
    bool holds() const {
        return std::holds_alternative<T>(data_);
    }
    bool is_list() const { return std::holds_alternative<ListPtr>(data_); }
    bool is_map() const { return std::holds_alternative<MapPtr>(data_); }

    /// Deep equality; NULL equals NULL; DECIMAL by value; maps regardless of order.
    bool operator==(const Value& other) const;

private:
    using ListPtr = std::shared_ptr<const ValueList>;
    using MapPtr = std::shared_ptr<const ValueMap>;
    std::variant<std::monostate, bool, int32_t, int64_t, double, Decimal, std::string, ListPtr,
                 MapPtr>
        data_;
};

/// Order of two non-null values of one comparable type: negative, zero, positive. STRING by UTF-16
/// code units, BYTES by signed bytes (as Java). REQUIRES: same native form, not nested.
int compare_values(const Value& a, const Value& b, BaseType type);

/// Text as ksqlDB's CAST(x AS STRING) gives it; NULL gives "null".
std::string value_to_text(const Value& value, const SqlType& type);

/// java.lang.Double.toString: "1.0", "1.0E10", "NaN", "Infinity".
void append_java_double(std::string& out, double value);
std::string java_double(double value);

}  // namespace millrace
