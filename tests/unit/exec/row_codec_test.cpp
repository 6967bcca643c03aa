#include "engine/exec/row_codec.h"

#include <catch2/catch.hpp>

#include "engine/sql/parser.h"

namespace millrace::exec {

TEST_CASE("a row of every type comes back", "[exec][row_codec]") {
    const auto types = [] {
        std::vector<SqlTypePtr> made;
        for (const char* text :
             {"BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL(6,2)", "STRING", "BYTES", "DATE",
              "TIME", "TIMESTAMP", "ARRAY<MAP<STRING, INTEGER>>",
              "STRUCT<A BIGINT, B ARRAY<DOUBLE>>"}) {
            made.push_back(sql::parse_type(text));
        }
        return made;
    }();
    const std::vector<Value> row = {
        true,
        int32_t{-7},
        int64_t{1} << 40,
        2.5,
        Decimal(-12345, 2),
        "grüße",
        std::string("\0\xff", 2),
        int32_t{19000},
        int32_t{86399999},
        int64_t{-1},
        Value(ValueList{Value(ValueMap{{"a", int32_t{1}}, {"b", Value()}}), Value()}),
        Value(ValueList{int64_t{4}, Value(ValueList{1.5, Value()})})};
    std::vector<Column> in, out;
    std::vector<const Column*> sources;
    std::vector<Column*> targets;
    for (size_t i = 0; i < types.size(); ++i) {
        in.emplace_back(types[i]);
        in.back().append(row[i]);
        in.back().append_null();
        out.emplace_back(types[i]);
    }
    for (auto& column : in) sources.push_back(&column);
    for (auto& column : out) targets.push_back(&column);
    const RowCodec codec(types);
    std::string bytes;
    codec.encode(sources, 0, bytes);
    codec.encode(sources, 1, bytes);
    ByteView rest = bytes, skipped = bytes;
    codec.decode(rest, targets);
    codec.skip(skipped);
    CHECK(rest.data() == skipped.data());
    codec.decode(rest, targets);
    CHECK(rest.empty());
    for (size_t i = 0; i < types.size(); ++i) {
        CHECK(out[i].get(0) == row[i]);
        CHECK(out[i].is_null(1));
    }
}

}  // namespace millrace::exec
