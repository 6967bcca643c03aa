#include <catch2/catch.hpp>

#include "tests/unit/exec/pipeline_fixture.h"

namespace millrace::exec::testing {
namespace {

using Lines = std::vector<std::string>;
using sql::SourceKind;

constexpr const char* kColumns = "K STRING KEY, A BIGINT, B STRING";

TextRecord record(const char* key, const char* value, int64_t time = 0) {
    TextRecord made;
    if (key) made.key = key;
    if (value) made.value = value;
    made.timestamp_ms = time;
    return made;
}

}  // namespace

TEST_CASE("a stream is filtered and projected", "[exec][filter][project]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto plan =
        sink(select(filter(source(SourceKind::kStream, kColumns), "A > 1"), {"A + 1 AS A1", "B"}));
    const auto out =
        fixture.run(subtopology(plan),
                    {record("x", R"({"A":1,"B":"one"})", 5), record("y", R"({"A":2,"B":"two"})", 6),
                     record("z", nullptr, 7), record(nullptr, R"({"A":3,"B":null})", 8)});
    CHECK(out == Lines{R"(y|{"A1":3,"B":"two"}@6)", R"(-|{"A1":4,"B":null}@8)"});
    CHECK(fixture.errors().empty());
}

TEST_CASE("a null value passes an unfiltered projection", "[exec][project]") {
    PipelineFixture fixture;
    const auto plan = sink(select(source(SourceKind::kStream, kColumns), {"A / 0 AS X"}));
    const auto out =
        fixture.run(subtopology(plan), {record("x", nullptr, 5), record("y", R"({"A":2})", 6)});
    CHECK(out == Lines{"x|-@5", R"(y|{"X":null}@6)"});
    // The division by zero is told of once: the record without a value has no row to fail.
    REQUIRE(fixture.errors().size() == 1);
    CHECK(fixture.errors()[0].rfind("Project@1", 0) == 0);
}

TEST_CASE("records that cannot be used are left out and reported", "[exec][source]") {
    PipelineFixture fixture({GENERATE(1u, 4096u)});
    const auto plan = sink(source(SourceKind::kStream, "K BIGINT KEY, A BIGINT"), "JSON");
    const std::string eight(8, '\0');
    auto bad_key = record("abc", R"({"A":1})", 1);
    auto good = record(nullptr, R"({"A":1})", 2);
    good.key = eight;
    const auto out = fixture.run(subtopology(plan), {bad_key, good, record(nullptr, "{not json", 3),
                                                     record(nullptr, R"({"A":9})", -5)});
    CHECK(out == Lines{R"(0|{"A":1}@2)"});
    REQUIRE(fixture.errors().size() == 3);
    CHECK(fixture.errors()[0].rfind("Source@0", 0) == 0);
    CHECK(fixture.errors()[1].rfind("Source@2", 0) == 0);
    CHECK(fixture.errors()[2].rfind("Source@3", 0) == 0);
}

TEST_CASE("time comes from a column of the source, or of the sink", "[exec][source][sink]") {
    PipelineFixture fixture;
    SECTION("source") {
        const auto plan = sink(
            select(source(SourceKind::kStream, kColumns, {}, "KAFKA", TimestampColumn{"A", {}}),
                   {"ROWTIME AS T"}));
        CHECK(fixture.run(subtopology(plan),
                          {record("x", R"({"A":77})", 5), record("y", R"({"A":-1})", 5),
                           record("z", R"({"B":"no"})", 5)}) == Lines{R"(x|{"T":77}@77)"});
        CHECK(fixture.errors().size() == 2);
    }
    SECTION("text") {
        const TimestampColumn text{"B", "yyyy-MM-dd HH:mm:ssX"};
        const auto plan =
            sink(select(source(SourceKind::kStream, kColumns, {}, "KAFKA", text), {"A"}));
        CHECK(
            fixture.run(subtopology(plan), {record("x", R"({"A":1,"B":"1970-01-01 00:01:00Z"})", 5),
                                            record("y", R"({"A":2,"B":"yesterday"})", 5)}) ==
            Lines{R"(x|{"A":1}@60000)"});
        CHECK(fixture.errors().size() == 1);
    }
    SECTION("sink") {
        const auto plan =
            sink(source(SourceKind::kStream, kColumns), "KAFKA", TimestampColumn{"A", {}});
        CHECK(fixture.run(subtopology(plan), {record("x", R"({"A":77,"B":"b"})", 5),
                                              record("y", nullptr, 9), record("y", nullptr, 3)}) ==
              Lines{R"(x|{"A":77,"B":"b"}@77)", "y|-@9", "y|-@9"});
    }
}

TEST_CASE("headers are columns, and go along to the sink", "[exec][source][sink]") {
    PipelineFixture fixture;
    const auto plan =
        sink(source(SourceKind::kStream, "K STRING KEY, A BIGINT, H BYTES HEADER('h')"));
    auto one = record("x", R"({"A":1})", 1);
    one.headers = {{"h", "first"}, {"h", "last"}, {"g", std::nullopt}};
    CHECK(fixture.run(subtopology(plan), {one, record("y", R"({"A":2})", 2)}) ==
          Lines{R"(x|{"A":1,"H":"bGFzdA=="}@1)", R"(y|{"A":2,"H":null}@2)"});
    CHECK(fixture.recorder().records[0].headers == one.headers);
    CHECK(fixture.recorder().records[1].headers.empty());
}

TEST_CASE("windowed keys are read and written", "[exec][source][sink]") {
    PipelineFixture fixture;
    std::string key = "x";
    SECTION("time window") {
        const auto plan =
            sink(select(windowed_source(SourceKind::kStream, kColumns, WindowType::kTumbling, 10),
                        {"WINDOWSTART AS S", "WINDOWEND AS E"}));
        put_be64(key, 1000);
        auto one = record(nullptr, R"({"A":1})", 1);
        one.key = key;
        fixture.run(subtopology(plan), {one});
        CHECK(fixture.recorder().records.at(0).key == key);
        CHECK(fixture.recorder().records.at(0).value == R"({"S":1000,"E":1010})");
        CHECK(fixture.recorder().partition_keys.at(0) == "x");
    }
    SECTION("session") {
        const auto plan =
            sink(select(windowed_source(SourceKind::kStream, kColumns, WindowType::kSession, {}),
                        {"WINDOWSTART AS S", "WINDOWEND AS E"}));
        put_be64(key, 2000);
        put_be64(key, 1000);
        auto one = record(nullptr, R"({"A":1})", 1);
        one.key = key;
        fixture.run(subtopology(plan), {one});
        CHECK(fixture.recorder().records.at(0).key == key);
        CHECK(fixture.recorder().records.at(0).value == R"({"S":1000,"E":2000})");
    }
}

TEST_CASE("a table's rows that stop matching are deleted", "[exec][filter][table]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto plan = sink(
        select(filter(source(SourceKind::kTable, "K STRING PRIMARY KEY, A BIGINT, B STRING", "t"),
                      "A > 1"),
               {"A"}));
    const auto out =
        fixture.run(subtopology(plan), {record("x", R"({"A":1})", 1),  // Never matched: nothing.
                                        record("x", R"({"A":2})", 2),  // Enters.
                                        record("x", R"({"A":3})", 3),  // Stays.
                                        record("x", R"({"A":0})", 4),  // Leaves.
                                        record("x", nullptr, 5),       // Was out: nothing.
                                        record("y", R"({"A":9})", 6), record("y", nullptr, 7),
                                        record("z", nullptr, 8),  // Never seen: nothing.
                                        record(nullptr, R"({"A":9})", 9)});
    CHECK(out == Lines{R"(x|{"A":2}@2)", R"(x|{"A":3}@3)", "x|-@4", R"(y|{"A":9}@6)", "y|-@7"});
}

TEST_CASE("a plain projection of a table forwards every tombstone", "[exec][project][table]") {
    PipelineFixture fixture;
    const auto plan = sink(source(SourceKind::kTable, "K STRING PRIMARY KEY, A BIGINT"));
    CHECK(fixture.run(subtopology(plan), {record("x", nullptr, 1), record("y", R"({"A":9})", 2),
                                          record("y", R"({"A":9})", 3)}) ==
          Lines{"x|-@1", R"(y|{"A":9}@2)", R"(y|{"A":9}@3)"});
}

TEST_CASE("rows go to a new key through an internal topic", "[exec][repartition]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 4096u)});
    const auto by_b = select_key(source(SourceKind::kStream, kColumns), "B", "B");
    const auto plan = sink(select(repartition(by_b), {"A", "K", "ROWOFFSET AS O", "ROWTIME AS T"}));
    CHECK(fixture.run_chain(subtopologies(plan),
                            {record("x", R"({"A":1,"B":"one"})", 5), record("y", nullptr, 6),
                             record("z", R"({"A":2,"B":null})", 7)}) ==
          Lines{R"(one|{"A":1,"K":"x","O":0,"T":5}@5)", "-|-@6",
                R"(-|{"A":2,"K":"z","O":2,"T":7}@7)"});
}

TEST_CASE("table functions make rows from a row", "[exec][flat_map]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 4096u)});
    const auto plan = sink(
        flat_map(source(SourceKind::kStream, "K STRING KEY, L ARRAY<INTEGER>, M ARRAY<STRING>"),
                 {"EXPLODE(L) AS X", "EXPLODE(M) AS Y"}));
    const auto projected = sink(select(plan->inputs[0], {"X", "Y"}));
    CHECK(fixture.run(subtopology(projected),
                      {record("a", R"({"L":[1,2],"M":["p"]})", 1), record("b", nullptr, 2),
                       record("c", R"({"L":[],"M":null})", 3),
                       record("d", R"({"L":[3],"M":["q","r"]})", 4)}) ==
          Lines{R"(a|{"X":1,"Y":"p"}@1)", R"(a|{"X":2,"Y":null}@1)", R"(d|{"X":3,"Y":"q"}@4)",
                R"(d|{"X":null,"Y":"r"}@4)"});
}

TEST_CASE("a push query ends at its limit", "[exec][push]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 4096u)});
    const auto plan = push(select(source(SourceKind::kStream, kColumns), {"A"}), 3);
    std::vector<TextRecord> records(9, record("x", R"({"A":1})"));
    CHECK(fixture.run(subtopology(plan), records) == Lines{"row x 1", "row x 1", "row x 1"});
}

}  // namespace millrace::exec::testing
