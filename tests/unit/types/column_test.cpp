#include "engine/types/column.h"

#include <catch2/catch.hpp>

#include "engine/types/record_batch.h"

using namespace millrace;

namespace {

struct Sample {
    SqlTypePtr type;
    Value value;
};

std::vector<Sample> samples() {
    return {{SqlType::boolean(), true},
            {SqlType::integer(), 7},
            {SqlType::bigint(), int64_t{8}},
            {SqlType::double_(), 1.5},
            {SqlType::string(), "text"},
            {SqlType::bytes(), std::string("\0x", 2)},
            {SqlType::date(), 1},
            {SqlType::time(), 2},
            {SqlType::timestamp(), int64_t{3}},
            {SqlType::decimal(3, 1), Decimal(11, 1)},
            {SqlType::array(SqlType::integer()), Value(ValueList{1, Value()})},
            {SqlType::map(SqlType::string(), SqlType::integer()), Value(ValueMap{{"k", 1}})},
            {SqlType::struct_({{"A", SqlType::integer()}}), Value(ValueList{5})}};
}

}  // namespace

TEST_CASE("columns hold values of every type", "[types][column]") {
    for (const Sample& sample : samples()) {
        INFO(sample.type->to_string());
        Column column(sample.type);
        column.reserve(4);
        column.append(sample.value);
        column.append_null();
        column.resize(3);
        column.set(2, sample.value);
        REQUIRE(column.size() == 3);
        CHECK(column.get(0) == sample.value);
        CHECK(column.get(1).is_null());
        CHECK(column.get(2) == sample.value);
        CHECK_FALSE(column.all_valid());

        Column picked = column.select({2, 1});
        CHECK(picked.get(0) == sample.value);
        CHECK(picked.is_null(1));

        Column other(sample.type);
        other.hold_all(column);
        other.append_from(column, 0);
        other.append_from(column, 1);
        CHECK(other.get(0) == sample.value);
        CHECK(other.is_null(1));
    }
}

TEST_CASE("text outlives the column that it was written to", "[types][column]") {
    Column picked(SqlType::string());
    {
        Column column(SqlType::string());
        for (int i = 0; i < 5000; ++i) column.append_text("value " + std::to_string(i));
        picked = column.select({0, 4999});
    }
    CHECK(picked.text_at(0) == "value 0");
    CHECK(picked.text_at(1) == "value 4999");
}

TEST_CASE("arenas give out room that does not move", "[types][column]") {
    Arena arena;
    std::string_view first = arena.copy("first");
    std::string large(1 << 20, 'x');
    CHECK(arena.copy(large) == large);
    for (int i = 0; i < 1000; ++i) arena.copy("filling");
    CHECK(first == "first");
    CHECK(arena.copy("").empty());
    CHECK(arena.bytes() == 5 + large.size() + 7000);
}

TEST_CASE("batches select rows with all that belongs to them", "[types][batch]") {
    auto column = std::make_shared<Column>(SqlType::integer());
    for (int i = 0; i < 3; ++i) column->append_int(i);
    std::vector<RowMeta> meta(3);
    for (size_t i = 0; i < 3; ++i) meta[i].offset = static_cast<int64_t>(i);
    RecordBatch batch({column}, meta);
    batch.set_windows({{0, 1}, {1, 2}, {2, 3}});
    batch.set_headers({nullptr, std::make_shared<RowHeaders>(), nullptr});

    RecordBatch picked = batch.select({2, 1});
    REQUIRE(picked.num_rows() == 2);
    CHECK(picked.column(0).int_at(0) == 2);
    CHECK(picked.meta()[1].offset == 1);
    CHECK(picked.windows()[0] == Window{2, 3});
    CHECK(picked.headers()[1] != nullptr);

    RecordBatch bare = std::move(picked).with_columns({});
    CHECK(bare.num_columns() == 0);
    CHECK(bare.num_rows() == 2);
    CHECK(bare.windowed());
}
