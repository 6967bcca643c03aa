#include "engine/exec/pull_reader.h"

#include <catch2/catch.hpp>

#include "engine/sql/parser.h"
#include "tests/unit/exec/pipeline_fixture.h"

namespace millrace::exec::testing {
namespace {

using Lines = std::vector<std::string>;
using sql::SourceKind;

TextRecord record(const char* key, const char* value, int64_t time) {
    TextRecord made;
    made.key = key;
    if (value) made.value = value;
    made.timestamp_ms = time;
    return made;
}

Lines pull(PipelineFixture& fixture, const plan::PullPlan& plan) {
    PullReader reader(plan, FunctionRegistry::builtin(), fixture.env());
    std::vector<uint32_t> stores;
    for (const std::string& name : reader.store_names())
        stores.push_back(fixture.backend().store_number("query/" + name));
    reader.start(fixture.backend().snapshot(), std::move(stores), {0, 1});
    Recorder recorder;
    bool more = true;
    while (more) {
        std::vector<RecordBatch> rows;
        more = reader.read(rows);
        for (const RecordBatch& batch : rows) recorder.rows(batch);
    }
    return recorder.lines;
}

std::vector<plan::NamedExpression> columns(std::initializer_list<const char*> texts) {
    std::vector<plan::NamedExpression> named;
    for (const char* text : texts) named.push_back({text, sql::parse_expression(text)});
    return named;
}

}  // namespace

TEST_CASE("a pull query looks up, scans, filters and stops", "[exec][pull]") {
    PipelineFixture fixture;
    const auto grouped =
        group_by(source(SourceKind::kStream, "K STRING KEY, A BIGINT"), {"K AS K"});
    const auto counted = aggregate(grouped, {{}, {"SUM(A)"}, {}, false, false});
    const auto table = select(counted, {"KSQL_AGG_VARIABLE_0 AS S"});
    fixture.run(subtopology(sink(table)),
                {record("x", R"({"A":1})", 5), record("y", R"({"A":2})", 6),
                 record("z", R"({"A":3})", 7), record("x", R"({"A":4})", 8)});
    plan::PullPlan plan;
    plan.materialization = plan::Materialization{"aggregate", counted, {table}};
    plan.select = columns({"S", "K", "ROWTIME"});
    CHECK(pull(fixture, plan) == Lines{"row 5 x 8", "row 2 y 6", "row 3 z 7"});
    plan.limit = 2;
    CHECK(pull(fixture, plan) == Lines{"row 5 x 8", "row 2 y 6"});
    plan.limit.reset();
    plan.filter = sql::parse_expression("S < 4");
    CHECK(pull(fixture, plan) == Lines{"row 2 y 6", "row 3 z 7"});
    plan.keys = {{Value("z")}, {Value("x")}, {Value("none")}};
    CHECK(pull(fixture, plan) == Lines{"row 3 z 7"});
    plan.keys.clear();
    plan.filter.reset();
    plan.key_range.lower = Value("y");
    CHECK(pull(fixture, plan) == Lines{"row 2 y 6", "row 3 z 7"});
    plan.key_range.lower_inclusive = false;
    CHECK(pull(fixture, plan) == Lines{"row 3 z 7"});
    plan.key_range.upper = Value("z");
    CHECK(pull(fixture, plan) == Lines{"row 3 z 7"});
    plan.key_range.upper_inclusive = false;
    CHECK(pull(fixture, plan).empty());
    plan.key_range = {Value("z"), Value("x"), true, true};
    CHECK(pull(fixture, plan).empty());
}

TEST_CASE("a pull query finds a join's rows in the stores of its sides", "[exec][pull]") {
    PipelineFixture fixture;
    const auto [type, all, one] = GENERATE(
        std::tuple(sql::JoinType::kInner, Lines{"row b 2 3 9"}, Lines{}),
        std::tuple(sql::JoinType::kLeft, Lines{"row a 1 null 5", "row b 2 3 9"},
                   Lines{"row a 1 null 5"}),
        std::tuple(sql::JoinType::kRight, Lines{"row b 2 3 9", "row c null 4 8"}, Lines{}),
        std::tuple(sql::JoinType::kOuter, Lines{"row a 1 null 5", "row b 2 3 9", "row c null 4 8"},
                   Lines{"row a 1 null 5"}));
    const auto table = table_table_join(source(SourceKind::kTable, "K STRING KEY, L BIGINT"),
                                        source(SourceKind::kTable, "K STRING KEY, R BIGINT"), type);
    auto right = [](const char* key, const char* value, int64_t time) {
        TextRecord made = record(key, value, time);
        made.input = 1;
        return made;
    };
    fixture.run(
        subtopology(sink(table)),
        {record("a", R"({"L":1})", 5), record("b", R"({"L":2})", 9), right("b", R"({"R":3})", 7),
         right("c", R"({"R":4})", 8), record("d", R"({"L":5})", 6), right("d", R"({"R":6})", 6),
         record("d", nullptr, 7), right("d", nullptr, 7)});
    plan::PullPlan plan;
    plan.materialization = plan::Materialization{"left", table, {}};
    plan.select = columns({"K", "L", "R", "ROWTIME"});
    CHECK(pull(fixture, plan) == all);
    plan.keys = {{Value("d")}, {Value("a")}, {Value("none")}};
    CHECK(pull(fixture, plan) == one);
}

TEST_CASE("a pull query reads piece by piece", "[exec][pull]") {
    PipelineFixture fixture;
    const auto grouped =
        group_by(source(SourceKind::kStream, "K STRING KEY, A STRING"), {"K AS K"});
    const auto counted = aggregate(grouped, {{}, {"LATEST_BY_OFFSET(A)"}, {}, false, false});
    // A few rows of a megabyte together, then many small ones.
    std::vector<TextRecord> records;
    const std::string large = R"({"A":")" + std::string(200'000, 'x') + R"("})";
    std::vector<std::string> keys;
    for (int i = 0; i < 3000; ++i) keys.push_back((i < 5 ? "a" : "b") + std::to_string(i));
    for (int i = 0; i < 3000; ++i)
        records.push_back(record(keys[i].c_str(), i < 5 ? large.c_str() : R"({"A":"s"})", i));
    fixture.run(subtopology(sink(counted)), records);
    plan::PullPlan plan;
    plan.materialization = plan::Materialization{"aggregate", counted, {}};
    plan.select = columns({"K"});
    if (GENERATE(false, true)) plan.filter = sql::parse_expression("K = 'b2999'");
    PullReader reader(plan, FunctionRegistry::builtin(), fixture.env());
    reader.start(fixture.backend().snapshot(),
                 {fixture.backend().store_number("query/" + reader.store_names().front())}, {0});
    size_t num_rows = 0;
    size_t pieces = 1;
    std::vector<RecordBatch> rows;
    for (; reader.read(rows); ++pieces) {
        for (const RecordBatch& batch : rows) {
            CHECK(batch.num_rows() <= 1024);
            num_rows += batch.num_rows();
        }
        if (pieces == 1 && !plan.filter) CHECK(num_rows <= 2);
        rows.clear();
    }
    for (const RecordBatch& batch : rows) num_rows += batch.num_rows();
    CHECK(num_rows == (plan.filter ? 1 : 3000));
    CHECK(pieces >= 5);
}

TEST_CASE("a pull query bounds its windows", "[exec][pull]") {
    PipelineFixture fixture;
    const auto grouped =
        group_by(source(SourceKind::kStream, "K STRING KEY, A BIGINT"), {"K AS K"});
    plan::PullPlan plan;
    plan.select = columns({"K", "WINDOWSTART", "WINDOWEND", "KSQL_AGG_VARIABLE_0"});
    std::vector<TextRecord> records;
    for (int64_t time : {0, 10, 12, 20, 30}) records.push_back(record("x", "{}", time));
    records.push_back(record("y", "{}", 31));
    SECTION("time windows") {
        const auto counted =
            aggregate(grouped, {{}, {"COUNT(*)"}, tumbling(10, 1000), false, false});
        fixture.run(subtopology(sink(counted)), records);
        plan.materialization = plan::Materialization{"aggregate", counted, {}};
        plan.keys = {{Value("x")}};
        CHECK(pull(fixture, plan) ==
              Lines{"row x 0 10 1", "row x 10 20 2", "row x 20 30 1", "row x 30 40 1"});
        plan.window_start.lower = 10;
        plan.window_start.upper = 30;
        plan.window_start.upper_inclusive = false;
        CHECK(pull(fixture, plan) == Lines{"row x 10 20 2", "row x 20 30 1"});
        plan.window_start.lower_inclusive = false;
        plan.keys.clear();
        CHECK(pull(fixture, plan) == Lines{"row x 20 30 1"});
        plan.window_start = {};
        plan.window_end.lower = 40;
        CHECK(pull(fixture, plan) == Lines{"row x 30 40 1", "row y 30 40 1"});
    }
    SECTION("sessions") {
        const auto counted = aggregate(grouped, {{}, {"COUNT(*)"}, session(3, 1000), false, false});
        fixture.run(subtopology(sink(counted)), records);
        plan.materialization = plan::Materialization{"aggregate", counted, {}};
        plan.keys = {{Value("x")}};
        plan.window_end.lower = 12;
        plan.window_start.upper = 20;
        CHECK(pull(fixture, plan) == Lines{"row x 10 12 2", "row x 20 20 1"});
    }
}

TEST_CASE("a pull query reads no window out of retention", "[exec][pull]") {
    PipelineFixture fixture;
    const auto grouped =
        group_by(source(SourceKind::kStream, "K STRING KEY, A BIGINT"), {"K AS K"});
    plan::PullPlan plan;
    plan.select = columns({"K", "WINDOWSTART", "WINDOWEND"});
    std::vector<TextRecord> records;
    for (int64_t time : {0, 10, 20, 30, 45}) records.push_back(record("x", "{}", time));
    if (GENERATE(false, true)) plan.keys = {{Value("x")}};
    SECTION("time windows: start >= newest - RETENTION + 1") {
        auto window = tumbling(10);
        window.retention_ms = GENERATE(20, 30);
        const auto counted = aggregate(grouped, {{}, {"COUNT(*)"}, window, false, false});
        fixture.run(subtopology(sink(counted)), records);
        plan.materialization = plan::Materialization{"aggregate", counted, {}};
        Lines expected{"row x 30 40", "row x 40 50"};
        if (window.retention_ms == 30) expected.insert(expected.begin(), "row x 20 30");
        CHECK(pull(fixture, plan) == expected);
    }
    SECTION("windows that hop: the newest is that of the last advance") {
        auto window = hopping(10, 5);
        window.retention_ms = 20;
        const auto counted = aggregate(grouped, {{}, {"COUNT(*)"}, window, false, false});
        fixture.run(subtopology(sink(counted)), records);
        plan.materialization = plan::Materialization{"aggregate", counted, {}};
        CHECK(pull(fixture, plan) == Lines{"row x 30 40", "row x 40 50", "row x 45 55"});
    }
    SECTION("sessions: end >= newest - RETENTION + 1") {
        auto window = session(3);
        window.retention_ms = 25;
        const auto counted = aggregate(grouped, {{}, {"COUNT(*)"}, window, false, false});
        fixture.run(subtopology(sink(counted)), records);
        plan.materialization = plan::Materialization{"aggregate", counted, {}};
        CHECK(pull(fixture, plan) == Lines{"row x 30 30", "row x 45 45"});
    }
}

TEST_CASE("a source table is pulled from its own store", "[exec][pull]") {
    PipelineFixture fixture;
    const auto table =
        source(SourceKind::kTable, "K STRING PRIMARY KEY, A BIGINT, B STRING", "source");
    fixture.run(subtopology(table),
                {record("x", R"({"A":1,"B":"p"})", 5), record("y", R"({"A":2,"B":"q"})", 6),
                 record("x", R"({"A":3,"B":"r"})", 7)});
    plan::PullPlan plan;
    plan.materialization = plan::Materialization{"source", table, {}};
    plan.select = columns({"K", "A", "B", "ROWTIME"});
    CHECK(pull(fixture, plan) == Lines{"row x 3 r 7", "row y 2 q 6"});
}

}  // namespace millrace::exec::testing
