// What the fuzz targets share: a schema with a column of every type, and rows made from a seed.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/types/record_batch.h"
#include "engine/types/schema.h"

namespace millrace::fuzz {

/// Columns of every type under the names that the corpus uses: I, L, D, P, B, S, Y, DA, TI, TS, A,
/// M, R and some that hold NULL.
inline Schema every_type() {
    const SqlTypePtr record = SqlType::struct_({{"F", SqlType::integer()},
                                                {"G", SqlType::string()},
                                                {"H", SqlType::array(SqlType::double_())}});
    Schema schema;
    schema.key = {{"K", SqlType::string()}};
    schema.value = {{"I", SqlType::integer()},
                    {"L", SqlType::bigint()},
                    {"D", SqlType::double_()},
                    {"P", SqlType::decimal(9, 3)},
                    {"B", SqlType::boolean()},
                    {"S", SqlType::string()},
                    {"Y", SqlType::bytes()},
                    {"DA", SqlType::date()},
                    {"TI", SqlType::time()},
                    {"TS", SqlType::timestamp()},
                    {"A", SqlType::array(SqlType::integer())},
                    {"M", SqlType::map(SqlType::string(), SqlType::bigint())},
                    {"R", record}};
    return schema;
}

class RowMaker {
public:
    explicit RowMaker(uint64_t seed) : random_(seed) {}

    RecordBatch batch(const Schema& schema, size_t rows) {
        std::vector<ColumnPtr> columns;
        for (const auto* part : {&schema.key, &schema.value})
            for (const Field& field : *part) {
                auto column = std::make_shared<Column>(field.type);
                for (size_t row = 0; row < rows; ++row) column->append(value(*field.type));
                columns.push_back(std::move(column));
            }
        std::vector<RowMeta> meta(rows);
        for (size_t row = 0; row < rows; ++row) meta[row].offset = static_cast<int64_t>(row);
        return RecordBatch(std::move(columns), std::move(meta));
    }

    Value value(const SqlType& type) {
        if (below(6) == 0) return {};
        switch (type.base()) {
            case BaseType::kBoolean:
                return below(2) == 0;
            case BaseType::kInteger:
                return static_cast<int32_t>(number());
            case BaseType::kBigint:
                return number();
            case BaseType::kDouble:
                return static_cast<double>(number()) / (below(2) == 0 ? 1.0 : 16.0);
            case BaseType::kDecimal:
                return Decimal(number() % 1'000'000'000, type.scale());
            case BaseType::kDate:
                return static_cast<int32_t>(below(60'000)) - 20'000;
            case BaseType::kTime:
                return static_cast<int32_t>(below(86'400'000));
            case BaseType::kTimestamp:
                return static_cast<int64_t>(random_() % 4'000'000'000'000) - 1'000'000'000'000;
            case BaseType::kString:
            case BaseType::kBytes:
                return text();
            case BaseType::kArray: {
                ValueList list(below(4));
                for (Value& element : list) element = value(*type.element());
                return Value(std::move(list));
            }
            case BaseType::kMap: {
                ValueMap map;
                for (size_t i = below(4); i > 0; --i)
                    map.emplace_back(Value("k" + std::to_string(i)), value(*type.map_value()));
                return Value(std::move(map));
            }
            case BaseType::kStruct: {
                ValueList list;
                for (const auto& field : type.fields()) list.push_back(value(*field.type));
                return Value(std::move(list));
            }
        }
        return {};
    }

private:
    size_t below(size_t bound) { return random_() % bound; }

    int64_t number() {
        switch (below(8)) {
            case 0:
                return INT64_MIN;
            case 1:
                return INT64_MAX;
            case 2:
                return INT32_MIN;
            case 3:
                return 0;
            case 4:
                return -1;
            default:
                return static_cast<int64_t>(below(200)) - 100;
        }
    }

    std::string text() {
        static const char* const kTexts[] = {"",
                                             "a",
                                             "abc",
                                             "12",
                                             "-1.5",
                                             "true",
                                             "2021-03-04",
                                             "10:11",
                                             "[1,2,3]",
                                             "k1",
                                             "%_",
                                             "grün",
                                             "\xF0\x9F\x98\x80",
                                             "a,b",
                                             "{\"a\":[1]}",
                                             " x\n",
                                             "1e400",
                                             "AQID",
                                             "http://u@h:1/p?q=r#f"};
        return kTexts[below(std::size(kTexts))];
    }

    std::mt19937_64 random_;
};

}  // namespace millrace::fuzz
