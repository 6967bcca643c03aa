#include "engine/types/key_encoding.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "engine/base/damaged.h"
#include "engine/types/casts.h"
#include "tests/support/damaged_bytes.h"

using namespace millrace;

namespace {

using Random = std::mt19937_64;

std::string encode(const Value& value, const SqlType& type) {
    std::string out;
    encode_key_value(out, value, type);
    return out;
}

std::string random_text(Random& random, const std::vector<std::string>& pieces) {
    std::string out;
    size_t count = random() % 6;
    for (size_t i = 0; i < count; ++i) out += pieces[random() % pieces.size()];
    return out;
}

Value random_value(Random& random, const SqlType& type) {
    if (random() % 10 == 0) return {};
    switch (type.base()) {
        case BaseType::kBoolean:
            return random() % 2 == 0;
        case BaseType::kInteger:
        case BaseType::kDate:
        case BaseType::kTime:
            return static_cast<int32_t>(random() >> (random() % 60));
        case BaseType::kBigint:
        case BaseType::kTimestamp:
            return static_cast<int64_t>(random() >> (random() % 60));
        case BaseType::kDouble: {
            double values[] = {0.0,
                               -0.0,
                               std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN(),
                               static_cast<double>(static_cast<int64_t>(random())) / 1e9};
            return values[random() % 6];
        }
        case BaseType::kDecimal:
            return Decimal(static_cast<int64_t>(random()) >> (random() % 60), type.scale());
        case BaseType::kString:
            return random_text(random,
                               {"a", "b", "\xC3\xA4", "\xF0\x9F\x98\x80", std::string(1, '\0')});
        case BaseType::kBytes:
            return random_text(random, {"a", "\xFF", "\x01", std::string(1, '\0')});
        case BaseType::kArray: {
            ValueList list;
            for (size_t n = random() % 4; n > 0; --n) {
                list.push_back(random_value(random, *type.element()));
            }
            return Value(std::move(list));
        }
        case BaseType::kMap: {
            ValueMap map;
            for (int i = 0; i < static_cast<int>(random() % 4); ++i) {
                map.emplace_back("k" + std::to_string(i), random_value(random, *type.map_value()));
            }
            return Value(std::move(map));
        }
        case BaseType::kStruct: {
            ValueList fields;
            for (const auto& field : type.fields()) {
                fields.push_back(random_value(random, *field.type));
            }
            return Value(std::move(fields));
        }
    }
    return {};
}

int sign(int value) {
    return value < 0 ? -1 : (value > 0 ? 1 : 0);
}

/// SQL order with NULL first; text by UTF-8, BYTES by unsigned bytes, as the encoding says.
int expected_order(const Value& a, const Value& b, const SqlType& type) {
    if (a.is_null() || b.is_null())
        return static_cast<int>(b.is_null()) - static_cast<int>(a.is_null());
    if (type.is(BaseType::kString) || type.is(BaseType::kBytes)) {
        return sign(a.as_string().compare(b.as_string()));
    }
    return sign(compare_values(a, b, type.base()));
}

std::vector<SqlTypePtr> scalar_types() {
    return {SqlType::boolean(),   SqlType::integer(),     SqlType::bigint(), SqlType::double_(),
            SqlType::string(),    SqlType::bytes(),       SqlType::date(),   SqlType::time(),
            SqlType::timestamp(), SqlType::decimal(19, 3)};
}

}  // namespace

TEST_CASE("encoded keys sort as their values", "[types][key]") {
    Random random(11);
    for (const SqlTypePtr& type : scalar_types()) {
        INFO(type->to_string());
        for (int i = 0; i < 3000; ++i) {
            Value a = random_value(random, *type);
            Value b = random_value(random, *type);
            int order = sign(encode(a, *type).compare(encode(b, *type)));
            REQUIRE(order == expected_order(a, b, *type));
        }
    }
}

TEST_CASE("encoded keys come back, alone and in rows", "[types][key]") {
    Random random(12);
    std::vector<SqlTypePtr> types = scalar_types();
    auto row = SqlType::struct_({{"A", SqlType::string()}, {"B", SqlType::integer()}});
    types.push_back(SqlType::array(SqlType::string()));
    types.push_back(SqlType::map(SqlType::string(), SqlType::bigint()));
    types.push_back(SqlType::array(SqlType::array(row)));
    for (int i = 0; i < 500; ++i) {
        std::string bytes;
        std::vector<Value> values;
        for (const SqlTypePtr& type : types) {
            values.push_back(random_value(random, *type));
            std::string from_column;
            Column column(type);
            column.append(values.back());
            encode_key_column(from_column, column, 0);
            size_t before = bytes.size();
            encode_key_value(bytes, values.back(), *type);
            REQUIRE(bytes.substr(before) == from_column);
        }
        ByteView in = bytes;
        ByteView again = bytes;
        for (size_t t = 0; t < types.size(); ++t) {
            INFO(types[t]->to_string());
            REQUIRE(decode_key_value(in, *types[t]) == values[t]);
            Column column(types[t]);
            decode_key_into(again, column);
            REQUIRE(column.size() == 1);
            REQUIRE(column.get(0) == values[t]);
        }
        REQUIRE(in.empty());
        REQUIRE(again.empty());
    }
}

TEST_CASE("no encoding is a prefix of another", "[types][key]") {
    Random random(13);
    for (const SqlTypePtr& type : {SqlType::string(), SqlType::array(SqlType::bytes())}) {
        for (int i = 0; i < 3000; ++i) {
            std::string a = encode(random_value(random, *type), *type);
            std::string b = encode(random_value(random, *type), *type);
            if (a != b) REQUIRE_FALSE(b.starts_with(a));
        }
    }
}

TEST_CASE("equal maps have equal bytes", "[types][key]") {
    auto type = SqlType::map(SqlType::string(), SqlType::integer());
    CHECK(encode(Value(ValueMap{{"a", 1}, {"b", 2}}), *type) ==
          encode(Value(ValueMap{{"b", 2}, {"a", 1}}), *type));
}

TEST_CASE("damaged keys are refused and never read past their end", "[types][key]") {
    const SqlTypePtr types[] = {
        SqlType::boolean(),
        SqlType::integer(),
        SqlType::bigint(),
        SqlType::double_(),
        SqlType::decimal(38, 4),
        SqlType::string(),
        SqlType::array(SqlType::string()),
        SqlType::map(SqlType::string(), SqlType::array(SqlType::bigint())),
        SqlType::struct_({{"A", SqlType::integer()}, {"B", SqlType::bytes()}})};
    Random random(5);
    for (const SqlTypePtr& type : types) {
        Value value;
        while (value.is_null()) value = random_value(random, *type);
        const std::string good = encode(value, *type);
        for (size_t size = 0; size < good.size(); ++size) {
            ByteView in = ByteView(good).substr(0, size);
            CHECK_THROWS_AS(decode_key_value(in, *type), DamagedBytes);
        }
        test::for_each_damaged(good, [&](const std::string& bytes) {
            ByteView in = bytes, in_column = bytes;
            Column column(type);
            try {
                const Value read = decode_key_value(in, *type);
                decode_key_into(in_column, column);
                if (column.get(0) != read || in.data() != in_column.data()) FAIL("both read alike");
            } catch (const DamagedBytes&) {
            }
        });
    }
}
