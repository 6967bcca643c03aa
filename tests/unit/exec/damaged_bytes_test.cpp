// Records of internal topics and pairs of stores that nobody here wrote: the first are left out and
// reported, the second end the task's work with DamagedBytes.
#include "tests/support/damaged_bytes.h"

#include <catch2/catch.hpp>

#include "engine/base/damaged.h"
#include "tests/unit/exec/pipeline_fixture.h"

namespace millrace::exec::testing {
namespace {

using sql::SourceKind;

TextRecord text_record(const std::string& key, const std::string& value, int64_t time = 0) {
    TextRecord made;
    made.key = key;
    made.value = value;
    made.timestamp_ms = time;
    return made;
}

plan::StepPtr grouped_by_b() {
    return group_by(source(SourceKind::kStream, "K STRING KEY, A BIGINT, B STRING"), {"B AS B"});
}

std::vector<plan::SubTopology> aggregated(const char* call,
                                          std::optional<plan::WindowSpec> window = {}) {
    return subtopologies(
        sink(aggregate(repartition(grouped_by_b()), {{}, {call}, window, false, false})));
}

const std::vector<TextRecord> kRows = {
    text_record("k", R"({"A":1,"B":"x"})", 10), text_record("l", R"({"A":2,"B":"y"})", 20),
    text_record("m", R"({"A":3,"B":"x"})", 30), text_record("n", R"({"A":4,"B":"y"})", 40)};

/// What the group row of a repartition record begins with: flags, origin, the key "x".
std::string record_head(char flags) {
    return std::string(1, flags) + std::string(2, '\0') + "\x01\x01x";
}

FixtureOptions coalescing() {
    FixtureOptions options;
    options.coalesce = true;
    return options;
}

}  // namespace

TEST_CASE("a repartition record that is none is left out and reported", "[exec][damaged]") {
    const bool combined = GENERATE(false, true);
    PipelineFixture fixture(combined ? coalescing() : FixtureOptions());
    const auto all = aggregated("COUNT(*)", tumbling(1000));
    fixture.run(all[0], kRows);
    const std::vector<TextRecord> good = fixture.recorder().records;
    const auto expected =
        PipelineFixture(combined ? coalescing() : FixtureOptions()).run(all[1], good);
    REQUIRE(!expected.empty());

    std::vector<TextRecord> mixed;
    size_t damaged = 0;
    for (const TextRecord& one : good) {
        for (size_t size = 0; size < one.value->size(); ++size, ++damaged)
            mixed.push_back(text_record(*one.key, one.value->substr(0, size)));
        mixed.push_back(text_record(*one.key, *one.value + "x"));
        mixed.push_back(text_record(*one.key, "garbage"));
        mixed.push_back(one);
        mixed.push_back(mixed.back());
        mixed.back().value.reset();
        damaged += 3;
    }
    CHECK(fixture.run(all[1], mixed) == expected);
    REQUIRE(fixture.errors().size() == damaged);
    CHECK(fixture.errors().front() ==
          all[1].inputs[0].step->name + "@0: Error deserializing message from topic: input");
}

TEST_CASE("any bytes in a repartition topic are rows or are reported", "[exec][damaged]") {
    for (bool combined : {false, true}) {
        const auto all = aggregated("COUNT(*)", hopping(1000, 500));
        PipelineFixture writer(combined ? coalescing() : FixtureOptions());
        writer.run(all[0], kRows);
        const TextRecord good = writer.recorder().records.at(0);
        PipelineFixture fixture;
        std::vector<TextRecord> records;
        test::for_each_damaged(*good.value, [&](const std::string& bytes) {
            records.push_back(text_record("x", bytes));
        });
        fixture.run(all[1], records);
        // As many as are kept; behind that they are only counted.
        CHECK(fixture.errors().size() >= 1000);
    }
}

TEST_CASE("a row of a stream that is taken back, or is later than all dates, is none",
          "[exec][damaged]") {
    PipelineFixture fixture;
    const auto all = aggregated("LATEST_BY_OFFSET(B)");
    fixture.run(all[0], kRows);
    const TextRecord good = fixture.recorder().records.at(0);
    const std::string row = good.value->substr(1);
    // Both rows behind each other, and the old one alone.
    for (const char flags : {'\3', '\2'}) {
        std::string taken_back(1, flags);
        taken_back += row;
        if (flags == '\3') taken_back += row.substr(2);
        CHECK(fixture.run(all[1], {text_record("x", taken_back)}).empty());
    }
    CHECK(fixture.run(all[1], {text_record("x", *good.value, INT64_MAX)}).empty());
    CHECK(fixture.errors().size() == 3);
}

TEST_CASE("a combined group where none can be is left out", "[exec][damaged]") {
    PipelineFixture fixture(coalescing());
    const std::string group = std::string(16, '\0') + std::string(300, 'x');
    SECTION("a list is never combined") {
        const auto all = aggregated("COLLECT_LIST(B)");
        CHECK(fixture.run(all[1], {text_record("x", record_head(8) + group)}).empty());
    }
    SECTION("nor are sessions") {
        const auto all = aggregated("COUNT(*)", session(1000));
        CHECK(fixture.run(all[1], {text_record("x", record_head(8) + group)}).empty());
    }
    SECTION("nor what does not reach an aggregate") {
        const auto all = subtopologies(sink(repartition(grouped_by_b())));
        CHECK(fixture.run(all[1], {text_record("x", record_head(8) + group)}).empty());
    }
    SECTION("a pane begins before its rows, and after the beginning of time") {
        const auto all = aggregated("COUNT(*)", tumbling(1000));
        const char* pane =
            GENERATE("\x7f\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff");
        const std::string early = pane + std::string(16, '\0');
        CHECK(fixture.run(all[1], {text_record("x", record_head(8) + early)}).empty());
    }
    CHECK(fixture.errors().size() == 1);
}

TEST_CASE("a stored group that is none ends the task's work", "[exec][damaged]") {
    const auto topology =
        subtopology(sink(aggregate(grouped_by_b(), {{}, {"COLLECT_LIST(A)"}, {}, false, false})));
    for (const char* bytes : {"", "abc", "0123456789abcdefghijklmnopqrstuvwxyz"}) {
        PipelineFixture fixture;
        fixture.run(topology, kRows);
        const StorePartition where{fixture.backend().store_number("query/aggregate"), 0};
        std::vector<StateWrite> writes;
        for (auto cursor = fixture.backend().scan(where, "", ""); cursor->valid(); cursor->next())
            writes.push_back({where, std::string(cursor->key()), bytes});
        REQUIRE(writes.size() == 2);
        REQUIRE(fixture.backend().apply(writes, {}));
        CHECK_THROWS_AS(fixture.run(topology, kRows), DamagedBytes);
    }
}

}  // namespace millrace::exec::testing
