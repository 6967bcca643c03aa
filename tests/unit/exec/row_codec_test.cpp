#include "engine/exec/row_codec.h"

#include <catch2/catch.hpp>

#include "engine/base/damaged.h"
#include "engine/exec/store_key.h"
#include "engine/sql/parser.h"
#include "tests/support/damaged_bytes.h"

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

TEST_CASE("damaged rows are refused and never read past their end", "[exec][row_codec]") {
    std::vector<SqlTypePtr> types;
    for (const char* text : {"STRING", "DECIMAL(6,2)", "ARRAY<MAP<STRING, INTEGER>>", "BIGINT",
                             "STRUCT<A BIGINT, B ARRAY<DOUBLE>>"})
        types.push_back(sql::parse_type(text));
    const std::vector<Value> row = {
        "grüße", Decimal(-12345, 2), Value(ValueList{Value(ValueMap{{"a", int32_t{1}}}), Value()}),
        int64_t{1} << 40, Value(ValueList{int64_t{4}, Value(ValueList{1.5, Value()})})};
    std::vector<Column> columns;
    std::vector<const Column*> sources;
    for (size_t i = 0; i < types.size(); ++i) {
        columns.emplace_back(types[i]);
        columns.back().append(row[i]);
    }
    for (Column& column : columns) sources.push_back(&column);
    const RowCodec codec(types);
    std::string good;
    codec.encode(sources, 0, good);
    auto read = [&](const std::string& bytes) {
        std::vector<Column> out;
        std::vector<Column*> targets;
        for (const SqlTypePtr& type : types) out.emplace_back(type);
        for (Column& column : out) targets.push_back(&column);
        ByteView in = bytes;
        codec.decode(in, targets);
        ByteView skipped = bytes;
        codec.skip(skipped);
        if (in.data() != skipped.data()) FAIL("decode and skip go equally far");
    };
    for (size_t size = 0; size < good.size(); ++size)
        CHECK_THROWS_AS(read(good.substr(0, size)), DamagedBytes);
    test::for_each_damaged(good, [&](const std::string& bytes) {
        try {
            read(bytes);
        } catch (const DamagedBytes&) {
        }
    });
    // More elements than there are bytes: nothing is made room for.
    const SqlTypePtr list = sql::parse_type("ARRAY<INTEGER>");
    ByteView in = "\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
    CHECK_THROWS_AS(decode_value(in, *list), DamagedBytes);
}

TEST_CASE("a windowed key without its window is refused", "[exec][store_key]") {
    const StoreKey key({{"K", SqlType::string()}}, WindowType::kSession, std::nullopt);
    std::string good;
    key.append_values({Value("k")}, good);
    key.append_window({1000, 2000}, good);
    test::for_each_damaged(good, [&](const std::string& bytes) {
        Column column(SqlType::string());
        Column* columns[] = {&column};
        try {
            key.read_window(bytes);
            key.read_columns(bytes, columns);
        } catch (const DamagedBytes&) {
        }
    });
    for (size_t size = 0; size < 16; ++size)
        CHECK_THROWS_AS(key.read_window(ByteView(good).substr(0, size)), DamagedBytes);
}

}  // namespace millrace::exec
