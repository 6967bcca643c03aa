#include <catch2/catch.hpp>
#include <random>

#include "engine/plan/step_kinds.h"
#include "tests/unit/exec/pipeline_fixture.h"

namespace millrace::exec::testing {
namespace {

using Lines = std::vector<std::string>;
using sql::JoinType;
using sql::SourceKind;

TextRecord record(size_t input, const char* key, const char* value, int64_t time = 0) {
    TextRecord made;
    if (key) made.key = key;
    if (value) made.value = value;
    made.timestamp_ms = time;
    made.input = input;
    return made;
}

TextRecord left(const char* key, const char* value, int64_t time) {
    return record(0, key, value, time);
}
TextRecord right(const char* key, const char* value, int64_t time) {
    return record(1, key, value, time);
}

plan::SubTopology streams(JoinType type, const Nearness& within) {
    return subtopology(sink(
        stream_stream_join(source(SourceKind::kStream, "K STRING KEY, L BIGINT"),
                           source(SourceKind::kStream, "K STRING KEY, R BIGINT"), type, within)));
}

plan::SubTopology tables(JoinType type) {
    return subtopology(
        sink(table_table_join(source(SourceKind::kTable, "K STRING KEY, L BIGINT"),
                              source(SourceKind::kTable, "K STRING KEY, R BIGINT"), type)));
}

}  // namespace

TEST_CASE("streams meet within their window, at its ends too", "[exec][join]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto out = fixture.run(
        streams(JoinType::kInner, {10, 5, {}}),
        {right("x", R"({"R":1})", 0), right("x", R"({"R":2})", 10), right("y", R"({"R":3})", 10),
         left("x", R"({"L":7})", 10), left("x", R"({"L":8})", 11), right("x", R"({"R":4})", 16),
         right("x", R"({"R":5})", 17), left("x", nullptr, 12), left(nullptr, R"({"L":9})", 12)});
    CHECK(out == Lines{R"(x|{"L":7,"R":1}@10)", R"(x|{"L":7,"R":2}@10)", R"(x|{"L":8,"R":2}@11)",
                       R"(x|{"L":8,"R":4}@16)"});
}

TEST_CASE("rows of one key and time are all matched, in their order", "[exec][join]") {
    PipelineFixture fixture({GENERATE(1u, 4096u)});
    const auto out = fixture.run(
        streams(JoinType::kInner, {1, 1, {}}),
        {left("x", R"({"L":1})", 5), left("x", R"({"L":2})", 5), right("x", R"({"R":1})", 5)});
    CHECK(out == Lines{R"(x|{"L":1,"R":1}@5)", R"(x|{"L":2,"R":1}@5)"});
}

TEST_CASE("without a grace period an outer row goes out at once", "[exec][join]") {
    PipelineFixture fixture({GENERATE(1u, 4096u)});
    const std::vector<TextRecord> records = {
        left("x", R"({"L":1})", 5), right("x", R"({"R":1})", 6), right("y", R"({"R":2})", 7),
        left(nullptr, R"({"L":2})", 8), right(nullptr, R"({"R":3})", 9)};
    SECTION("left") {
        CHECK(fixture.run(streams(JoinType::kLeft, {2, 2, {}}), records) ==
              Lines{R"(x|{"L":1,"R":null}@5)", R"(x|{"L":1,"R":1}@6)", R"(-|{"L":2,"R":null}@8)"});
    }
    SECTION("right") {
        CHECK(fixture.run(streams(JoinType::kRight, {2, 2, {}}), records) ==
              Lines{R"(x|{"L":1,"R":1}@6)", R"(y|{"L":null,"R":2}@7)", R"(-|{"L":null,"R":3}@9)"});
    }
    SECTION("full") {
        CHECK(fixture.run(streams(JoinType::kOuter, {2, 2, {}}), records) ==
              Lines{R"(x|{"L":1,"R":null}@5)", R"(x|{"L":1,"R":1}@6)", R"(y|{"L":null,"R":2}@7)",
                    R"(-|{"L":2,"R":null}@8)", R"(-|{"L":null,"R":3}@9)"});
    }
}

TEST_CASE("with a grace period an outer row waits until nothing can match it", "[exec][join]") {
    FixtureOptions options;
    options.batch_rows = GENERATE(1u, 2u, 4096u);
    SECTION("undisturbed") {}
    SECTION("over commits") {
        options.commit_every = 2;
    }
    SECTION("after an abort, from what was committed") {
        options.commit_every = 3;
        options.abort_after = 5;
    }
    PipelineFixture fixture(options);
    const auto out = fixture.run(
        streams(JoinType::kLeft, {10, 10, 1}),
        {left("x", R"({"L":1})", 0), left("y", R"({"L":2})", 1), right("y", R"({"R":2})", 5),
         right("z", R"({"R":3})", 11), left("w", R"({"L":4})", 12), left("v", R"({"L":5})", 40),
         left("late", R"({"L":6})", 29)});
    CHECK(out == Lines{R"(y|{"L":2,"R":2}@5)", R"(x|{"L":1,"R":null}@0)",
                       R"(w|{"L":4,"R":null}@12)", R"(late|{"L":6,"R":null}@29)"});
}

TEST_CASE("the window of a RIGHT join is around the right side's rows", "[exec][join]") {
    PipelineFixture fixture({GENERATE(1u, 4096u)});
    const auto out = fixture.run(
        streams(JoinType::kRight, {0, 10, {}}),
        {right("x", R"({"R":1})", 5), left("x", R"({"L":1})", 4), left("x", R"({"L":2})", 15)});
    CHECK(out == Lines{R"(x|{"L":null,"R":1}@5)", R"(x|{"L":2,"R":1}@15)"});
}

TEST_CASE("a row with many matches gives them in parts, over restarts, too", "[exec][join][laws]") {
    std::mt19937 random(31);
    std::vector<TextRecord> records;
    int64_t time = 1000;
    for (int i = 0; i < 400; ++i) {
        // Now and then time lets go of all that wait.
        time += random() % 50 == 0 ? 70 : static_cast<int64_t>(random() % 3);
        const std::string key(1, static_cast<char>('a' + random() % 5));
        const size_t side = random() % 3 == 0 ? 1 : 0;
        const std::string value = (side == 0 ? R"({"L":)" : R"({"R":)") + std::to_string(i) + "}";
        records.push_back(record(side, random() % 40 == 0 ? nullptr : key.c_str(),
                                 random() % 40 == 0 ? nullptr : value.c_str(),
                                 time - static_cast<int64_t>(random() % 8)));
        if (random() % 4 == 0) records.back().headers = {{"h", "v" + std::to_string(i)}, {"n", {}}};
    }
    const auto type =
        GENERATE(JoinType::kInner, JoinType::kLeft, JoinType::kRight, JoinType::kOuter);
    const auto grace_ms = GENERATE(std::optional<int64_t>(), std::optional<int64_t>(10));
    const auto whole = streams(type, {30, 20, grace_ms});
    PipelineFixture at_once({1, false, 0, {}});
    const auto expected = at_once.run(whole, records);
    CHECK(at_once.most_at_once() > 5);
    in_all_parts([&](const FixtureOptions& options) {
        PipelineFixture fixture(options);
        CHECK((fixture.run(whole, records) == expected));
        for (const auto& step : plan::stores_of(*whole.root->inputs[0]))
            CHECK((fixture.dump(step.name) == at_once.dump(step.name)));
    });
}

TEST_CASE("tables are joined as either side changes", "[exec][join]") {
    FixtureOptions options;
    options.batch_rows = GENERATE(1u, 2u, 4096u);
    options.commit_every = GENERATE(0u, 2u);
    PipelineFixture fixture(options);
    const std::vector<TextRecord> records = {
        left("x", R"({"L":1})", 1), right("x", R"({"R":1})", 5), left("x", R"({"L":2})", 3),
        left("x", nullptr, 6),      right("x", nullptr, 7),      right("y", R"({"R":2})", 8),
        left("y", nullptr, 9),      left("z", nullptr, 10)};
    SECTION("inner") {
        CHECK(fixture.run(tables(JoinType::kInner), records) ==
              Lines{R"(x|{"L":1,"R":1}@5)", R"(x|{"L":2,"R":1}@5)", "x|-@6", "y|-@9"});
    }
    SECTION("left") {
        CHECK(fixture.run(tables(JoinType::kLeft), records) ==
              Lines{R"(x|{"L":1,"R":null}@1)", R"(x|{"L":1,"R":1}@5)", R"(x|{"L":2,"R":1}@5)",
                    "x|-@6", "y|-@9"});
    }
    SECTION("right") {
        CHECK(fixture.run(tables(JoinType::kRight), records) ==
              Lines{R"(x|{"L":1,"R":1}@5)", R"(x|{"L":2,"R":1}@5)", R"(x|{"L":null,"R":1}@6)",
                    "x|-@7", R"(y|{"L":null,"R":2}@8)", R"(y|{"L":null,"R":2}@9)"});
    }
    SECTION("full") {
        CHECK(fixture.run(tables(JoinType::kOuter), records) ==
              Lines{R"(x|{"L":1,"R":null}@1)", R"(x|{"L":1,"R":1}@5)", R"(x|{"L":2,"R":1}@5)",
                    R"(x|{"L":null,"R":1}@6)", "x|-@7", R"(y|{"L":null,"R":2}@8)",
                    R"(y|{"L":null,"R":2}@9)"});
    }
}

TEST_CASE("a joined table's change is a pair", "[exec][join]") {
    PipelineFixture fixture({GENERATE(1u, 4096u)});
    const auto join =
        table_table_join(source(SourceKind::kTable, "K STRING KEY, L BIGINT"),
                         source(SourceKind::kTable, "K STRING KEY, R BIGINT"), JoinType::kInner);
    const auto plan = sink(filter(join, "L + R < 5"));
    const auto out =
        fixture.run(subtopology(plan), {left("x", R"({"L":1})", 1), right("x", R"({"R":1})", 2),
                                        left("x", R"({"L":9})", 3), left("x", R"({"L":8})", 4)});
    CHECK(out == Lines{R"(x|{"L":1,"R":1}@2)", "x|-@3"});
}

}  // namespace millrace::exec::testing
