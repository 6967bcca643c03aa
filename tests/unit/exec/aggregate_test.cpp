#include <catch2/catch.hpp>
#include <random>

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

plan::StepPtr grouped(const char* columns = kColumns) {
    return group_by(source(SourceKind::kStream, columns), {"K AS K"});
}

/// The key's text, the window's start and the value of each record.
Lines windowed_lines(const Recorder& recorder, bool session = false) {
    Lines lines;
    for (const TextRecord& record : recorder.records) {
        const std::string& key = *record.key;
        const size_t suffix = session ? 16 : 8;
        const char* at = key.data() + key.size() - suffix;
        std::string line = key.substr(0, key.size() - suffix) + "[";
        if (session) {
            line += std::to_string(get_be64(at + 8)) + "," + std::to_string(get_be64(at)) + "]";
        } else {
            line += std::to_string(get_be64(at)) + "]";
        }
        lines.push_back(line + record.value.value_or("-") + "@" +
                        std::to_string(record.timestamp_ms));
    }
    return lines;
}

}  // namespace

TEST_CASE("a stream is counted and summed", "[exec][aggregate]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto plan = sink(aggregate(grouped(), {{}, {"COUNT(*)", "SUM(A)"}, {}, false, false}));
    const auto out =
        fixture.run(subtopology(plan), {record("x", R"({"A":1})", 9), record("y", R"({"A":5})", 2),
                                        record("x", nullptr, 3), record("x", R"({"A":2})", 4),
                                        record(nullptr, R"({"A":7})", 5)});
    CHECK(out == Lines{R"(x|{"KSQL_AGG_VARIABLE_0":1,"KSQL_AGG_VARIABLE_1":1}@9)",
                       R"(y|{"KSQL_AGG_VARIABLE_0":1,"KSQL_AGG_VARIABLE_1":5}@2)",
                       R"(x|{"KSQL_AGG_VARIABLE_0":2,"KSQL_AGG_VARIABLE_1":3}@9)"});
    REQUIRE(fixture.errors().size() == 1);
    CHECK(fixture.errors()[0].find("Group-by column with index 0 resolved to null.") !=
          std::string::npos);
}

TEST_CASE("updates of a key coalesce between two commits", "[exec][aggregate]") {
    FixtureOptions options{GENERATE(1u, 3u, 4096u), true, 3, {}};
    PipelineFixture fixture(options);
    const auto plan =
        sink(select(aggregate(grouped(), {{"B"}, {"COUNT(*)"}, {}, GENERATE(false, true), false}),
                    {"B", "KSQL_AGG_VARIABLE_0 AS N"}));
    const auto out = fixture.run(
        subtopology(plan), {record("x", R"({"B":"p"})", 1), record("y", R"({"B":"q"})", 2),
                            record("x", R"({"B":"longer"})", 3), record("x", R"({"B":"r"})", 4),
                            record("x", R"({"B":"s"})", 5)});
    CHECK(out ==
          Lines{R"(x|{"B":"longer","N":2}@3)", R"(y|{"B":"q","N":1}@2)", R"(x|{"B":"s","N":4}@5)"});
}

TEST_CASE("HAVING sees pairs", "[exec][aggregate][filter]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto plan = sink(
        filter(aggregate(grouped(), {{}, {"SUM(A)"}, {}, true, false}), "KSQL_AGG_VARIABLE_0 > 2"));
    const auto out = fixture.run(subtopology(plan),
                                 {record("x", R"({"A":1})", 1), record("x", R"({"A":2})", 2),
                                  record("x", R"({"A":-3})", 3), record("x", R"({"A":1})", 4)});
    CHECK(out == Lines{R"(x|{"KSQL_AGG_VARIABLE_0":3}@2)", "x|-@3"});
}

TEST_CASE("states of varying size are kept", "[exec][aggregate]") {
    PipelineFixture fixture({GENERATE(1u, 4096u), false, GENERATE(0u, 2u), {}});
    const auto plan = sink(aggregate(
        grouped(), {{"B"}, {"COLLECT_LIST(A)", "COUNT(A)", "COLLECT_SET(B)"}, {}, false, false}));
    const auto out = fixture.run(subtopology(plan), {record("x", R"({"A":1,"B":"p"})", 1),
                                                     record("x", R"({"A":2,"B":"pq"})", 2),
                                                     record("x", R"({"A":3,"B":"p"})", 3)});
    REQUIRE(out.size() == 3);
    CHECK(
        out[2] ==
        R"(x|{"B":"p","KSQL_AGG_VARIABLE_0":[1,2,3],"KSQL_AGG_VARIABLE_1":3,"KSQL_AGG_VARIABLE_2":["p","pq"]}@3)");
}

TEST_CASE("tumbling windows count what is not late", "[exec][aggregate][window]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto plan = sink(aggregate(grouped(), {{}, {"COUNT(*)"}, tumbling(10, 5), false, false}));
    fixture.run(subtopology(plan),
                {record("x", "{}", 3), record("x", "{}", 12), record("x", "{}", 9),
                 record("x", "{}", 15),  // Stream time 15: [0,10) closes at 15.
                 record("x", "{}", 8), record("y", "{}", 10)});
    CHECK(windowed_lines(fixture.recorder()) ==
          Lines{R"(x[0]{"KSQL_AGG_VARIABLE_0":1}@3)", R"(x[10]{"KSQL_AGG_VARIABLE_0":1}@12)",
                R"(x[0]{"KSQL_AGG_VARIABLE_0":2}@9)", R"(x[10]{"KSQL_AGG_VARIABLE_0":2}@15)",
                R"(y[10]{"KSQL_AGG_VARIABLE_0":1}@10)"});
}

TEST_CASE("each window of a hopping row is judged by itself", "[exec][aggregate][window]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto plan =
        sink(select(aggregate(grouped(), {{}, {"COUNT(*)"}, hopping(10, 5), false, false}),
                    {"WINDOWSTART AS S", "WINDOWEND AS E", "KSQL_AGG_VARIABLE_0 AS N"}));
    fixture.run(subtopology(plan), {record("x", "{}", 2), record("x", "{}", 7),
                                    record("x", "{}", 12), record("x", "{}", 8)});
    CHECK(windowed_lines(fixture.recorder()) ==
          Lines{R"(x[0]{"S":0,"E":10,"N":1}@2)", R"(x[0]{"S":0,"E":10,"N":2}@7)",
                R"(x[5]{"S":5,"E":15,"N":1}@7)", R"(x[5]{"S":5,"E":15,"N":2}@12)",
                R"(x[10]{"S":10,"E":20,"N":1}@12)", R"(x[5]{"S":5,"E":15,"N":3}@12)"});
}

TEST_CASE("sessions merge, and leave tombstones", "[exec][aggregate][session]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto plan = sink(
        aggregate(grouped(), {{}, {"COUNT(*)", "COLLECT_LIST(A)"}, session(5, 100), false, false}));
    fixture.run(
        subtopology(plan),
        {record("x", R"({"A":1})", 10), record("x", R"({"A":2})", 20),
         record("x", R"({"A":3})", 15),  // Joins both.
         record("x", R"({"A":4})", 16),  // Inside: bounds do not change, a tombstone all the same.
         record("x", R"({"A":5})", 40)});
    CHECK(windowed_lines(fixture.recorder(), true) ==
          Lines{R"(x[10,10]{"KSQL_AGG_VARIABLE_0":1,"KSQL_AGG_VARIABLE_1":[1]}@10)",
                R"(x[20,20]{"KSQL_AGG_VARIABLE_0":1,"KSQL_AGG_VARIABLE_1":[2]}@20)", "x[10,10]-@10",
                "x[20,20]-@20",
                R"(x[10,20]{"KSQL_AGG_VARIABLE_0":3,"KSQL_AGG_VARIABLE_1":[1,2,3]}@20)",
                "x[10,20]-@20",
                R"(x[10,20]{"KSQL_AGG_VARIABLE_0":4,"KSQL_AGG_VARIABLE_1":[1,2,3,4]}@20)",
                R"(x[40,40]{"KSQL_AGG_VARIABLE_0":1,"KSQL_AGG_VARIABLE_1":[5]}@40)"});
}

namespace {

/// A session of four, then one far off, which the last row joins to it. Its A is NULL.
const std::vector<TextRecord> kEarlySession = {
    record("x", R"({"A":1})", 10), record("x", R"({"A":2})", 11), record("x", R"({"A":3})", 12),
    record("x", R"({"A":4})", 13)};
const std::vector<TextRecord> kLateSession = {record("x", R"({"A":9})", 20),
                                              record("x", R"({"A":null})", 16)};

plan::SubTopology by_offset() {
    return subtopology(sink(aggregate(
        grouped(), {{},
                    {"EARLIEST_BY_OFFSET(A)", "LATEST_BY_OFFSET(A)", "EARLIEST_BY_OFFSET(A, 2)"},
                    session(5, 100),
                    false,
                    false})));
}

constexpr const char* kFirstAndLast =
    R"(x[10,20]{"KSQL_AGG_VARIABLE_0":1,"KSQL_AGG_VARIABLE_1":9,"KSQL_AGG_VARIABLE_2":[1,2]}@20)";

}  // namespace

TEST_CASE("the first and the last value know nothing of the process's age",
          "[exec][aggregate][session]") {
    PipelineFixture first;
    first.run(by_offset(), kEarlySession);
    PipelineFixture later({GENERATE(1u, 3u, 4096u)});
    later.run(by_offset(), kEarlySession);
    CHECK(later.dump("aggregate") == first.dump("aggregate"));

    PipelineFixture aborted({GENERATE(1u, 4096u), false, 2, 3});
    aborted.run(by_offset(), kEarlySession);
    CHECK(aborted.dump("aggregate") == first.dump("aggregate"));

    first.run(by_offset(), kLateSession);
    CHECK(windowed_lines(first.recorder(), true).back() == kFirstAndLast);
}

TEST_CASE("values stored before rows were numbered by the store come first",
          "[exec][aggregate][session]") {
    PipelineFixture fixture;
    fixture.run(by_offset(), kEarlySession);
    // As it was: numbers that counted up from the start of the process, and no count in the store.
    const StorePartition where{fixture.backend().store_number("query/aggregate"), 0};
    std::vector<StateWrite> writes;
    auto cursor = fixture.backend().scan(where, "", "");
    for (; cursor->valid(); cursor->next()) {
        if (cursor->key() == "\xffrow-number") {
            writes.push_back({where, std::string(cursor->key()), std::nullopt});
            continue;
        }
        std::string value(cursor->value());
        const std::string number("\x40\0\0\0\0\0", 6);
        for (size_t at; (at = value.find(number)) != std::string::npos;) value[at] = 0;
        writes.push_back({where, std::string(cursor->key()), value});
    }
    cursor.reset();
    REQUIRE(fixture.backend().apply(writes, {}));
    fixture.run(by_offset(), kLateSession);
    CHECK(windowed_lines(fixture.recorder(), true).back() == kFirstAndLast);
}

TEST_CASE("a row exactly on a session's only row leaves no tombstone",
          "[exec][aggregate][session]") {
    PipelineFixture fixture;
    const auto plan = sink(aggregate(grouped(), {{}, {"COUNT(*)"}, session(5), false, false}));
    fixture.run(subtopology(plan),
                {record("x", "{}", 10), record("x", "{}", 10), record("x", "{}", 30),
                 record("x", "{}", 24)});  // 24 < 30 - 5: late.
    CHECK(windowed_lines(fixture.recorder(), true) ==
          Lines{R"(x[10,10]{"KSQL_AGG_VARIABLE_0":1}@10)",
                R"(x[10,10]{"KSQL_AGG_VARIABLE_0":2}@10)",
                R"(x[30,30]{"KSQL_AGG_VARIABLE_0":1}@30)"});
}

TEST_CASE("coalesced sessions show only what is left", "[exec][aggregate][session]") {
    PipelineFixture fixture({GENERATE(1u, 4096u), true, 3, {}});
    const auto plan = sink(
        aggregate(grouped(), {{}, {"COUNT(*)"}, session(5, 100), GENERATE(false, true), false}));
    fixture.run(subtopology(plan),
                {record("x", "{}", 10), record("x", "{}", 20), record("x", "{}", 15),
                 record("x", "{}", 22), record("x", "{}", 23)});
    CHECK(windowed_lines(fixture.recorder(), true) ==
          Lines{R"(x[10,20]{"KSQL_AGG_VARIABLE_0":3}@20)", "x[10,20]-@20",
                R"(x[10,23]{"KSQL_AGG_VARIABLE_0":5}@23)"});
}

TEST_CASE("a table's change takes the old row back", "[exec][aggregate][table]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u)});
    const auto table = source(SourceKind::kTable, "K STRING PRIMARY KEY, A BIGINT, B STRING", "t");
    const auto plan = sink(select(aggregate(repartition(group_by(table, {"B AS B"})),
                                            {{}, {"COUNT(*)", "SUM(A)"}, {}, false, false}),
                                  {"KSQL_AGG_VARIABLE_0 AS N", "KSQL_AGG_VARIABLE_1 AS S"}));
    const auto out = fixture.run_chain(
        subtopologies(plan),
        {record("1", R"({"A":1,"B":"p"})", 1), record("2", R"({"A":2,"B":"p"})", 2),
         record("1", R"({"A":5,"B":"p"})", 3),   // Same group: one update.
         record("2", R"({"A":2,"B":"q"})", 4),   // Old group first.
         record("2", R"({"A":2,"B":null})", 5),  // Leaves q, has no group.
         record("1", nullptr, 6),                // p stays with nothing in it.
         record("3", nullptr, 7)});
    CHECK(out == Lines{R"(p|{"N":1,"S":1}@1)", R"(p|{"N":2,"S":3}@2)", R"(p|{"N":2,"S":7}@3)",
                       R"(p|{"N":1,"S":5}@4)", R"(q|{"N":1,"S":2}@4)", R"(q|{"N":0,"S":0}@5)",
                       R"(p|{"N":0,"S":0}@6)"});
}

TEST_CASE("EMIT FINAL emits a window once, when it closes", "[exec][aggregate][final]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 7u, 4096u), GENERATE(false, true),
                             GENERATE(0u, 1u, 3u),
                             GENERATE(std::optional<size_t>(), std::optional<size_t>(5))});
    SECTION("tumbling") {
        const auto plan =
            sink(aggregate(grouped(), {{}, {"COUNT(*)"}, tumbling(10, 5), false, true}));
        fixture.run(subtopology(plan),
                    {record("y", "{}", 3), record("x", "{}", 4), record("x", "{}", 12),
                     record("x", "{}", 9), record("y", "{}", 15), record("x", "{}", 8),
                     record("y", "{}", 26)});
        CHECK(windowed_lines(fixture.recorder()) == Lines{R"(x[0]{"KSQL_AGG_VARIABLE_0":2}@9)",
                                                          R"(y[0]{"KSQL_AGG_VARIABLE_0":1}@3)",
                                                          R"(x[10]{"KSQL_AGG_VARIABLE_0":1}@12)",
                                                          R"(y[10]{"KSQL_AGG_VARIABLE_0":1}@15)"});
    }
    SECTION("a jump of time loses windows that had closed") {
        const auto plan =
            sink(aggregate(grouped(), {{}, {"COUNT(*)"}, tumbling(2, 1), false, true}));
        fixture.run(subtopology(plan), {record("x", "{}", 0), record("x", "{}", 1),
                                        record("x", "{}", 2), record("x", "{}", 5)});
        CHECK(windowed_lines(fixture.recorder()) == Lines{R"(x[2]{"KSQL_AGG_VARIABLE_0":1}@2)"});
    }
    SECTION("session") {
        const auto plan =
            sink(aggregate(grouped(), {{}, {"COUNT(*)"}, session(5, 2), false, true}));
        fixture.run(subtopology(plan),
                    {record("x", "{}", 10), record("y", "{}", 11), record("x", "{}", 14),
                     record("y", "{}", 18), record("y", "{}", 19), record("y", "{}", 22)});
        CHECK(windowed_lines(fixture.recorder(), true) ==
              Lines{R"(y[11,11]{"KSQL_AGG_VARIABLE_0":1}@11)",
                    R"(x[10,14]{"KSQL_AGG_VARIABLE_0":2}@14)"});
    }
}

TEST_CASE("a flush of many windows is given in parts, over restarts, too",
          "[exec][aggregate][final]") {
    std::mt19937 random(23);
    std::vector<TextRecord> records;
    int64_t time = 1000;
    for (int i = 0; i < 500; ++i) {
        // Now and then time jumps over everything that is open.
        time += random() % 60 == 0 ? 31 : static_cast<int64_t>(random() % 3);
        const std::string key = "k" + std::to_string(random() % 40);
        const auto late = static_cast<int64_t>(random() % 8);
        records.push_back(record(key.c_str(), R"({"A":1,"B":"b"})", time - late));
        if (random() % 4 == 0) records.back().headers = {{"h", "v" + std::to_string(i)}};
    }
    const auto window = GENERATE(tumbling(20, 10), hopping(20, 5, 3), session(9, 12));
    const auto whole = subtopology(
        sink(aggregate(grouped(), {{"B"}, {"COUNT(*)", "COLLECT_LIST(A)"}, window, false, true})));
    PipelineFixture at_once({1, false, 0, {}});
    const auto expected = at_once.run(whole, records);
    const auto expected_state = at_once.dump("aggregate");
    CHECK(expected.size() > 100);
    CHECK(at_once.most_at_once() > 20);
    in_all_parts([&](const FixtureOptions& options) {
        PipelineFixture fixture(options);
        CHECK((fixture.run(whole, records) == expected));
        CHECK((fixture.dump("aggregate") == expected_state));
        CHECK(fixture.most_at_once() <= options.rows_max);
    });
}

TEST_CASE("any split of the input gives the same output and state", "[exec][aggregate][laws]") {
    std::mt19937 random(11);
    std::vector<TextRecord> records;
    int64_t time = 1000;
    for (int i = 0; i < 400; ++i) {
        time += static_cast<int64_t>(random() % 12);
        const int64_t late = random() % 5 == 0 ? static_cast<int64_t>(random() % 60) : 0;
        const std::string key(1, static_cast<char>('a' + random() % 5));
        const std::string value = R"({"A":)" + std::to_string(random() % 10) + R"(,"B":")" +
                                  std::string(random() % 4, 'b') + "\"}";
        records.push_back(
            record(key.c_str(), random() % 20 == 0 ? nullptr : value.c_str(), time - late));
    }
    const bool pairs = GENERATE(false, true);
    const auto window = GENERATE(std::optional<plan::WindowSpec>(), std::optional(tumbling(20, 10)),
                                 std::optional(hopping(20, 5, 3)), std::optional(session(9, 12)));
    Aggregation what{{"B"}, {"COUNT(*)", "SUM(A)", "COLLECT_LIST(A)"}, window, pairs, false};
    auto plan = aggregate(grouped(), what);
    if (pairs) plan = filter(plan, "KSQL_AGG_VARIABLE_1 > 9");
    const auto whole = subtopology(sink(plan));

    PipelineFixture row_by_row({1, false, 0, {}});
    const auto expected = row_by_row.run(whole, records);
    const auto expected_state = row_by_row.dump("aggregate");
    CHECK(expected.size() > 2);
    for (size_t rows : {2u, 7u, 4096u}) {
        PipelineFixture fixture({rows, false, 0, {}});
        CHECK(fixture.run(whole, records) == expected);
        CHECK(fixture.dump("aggregate") == expected_state);
    }
    // Commits and an abort in between change nothing.
    for (size_t every : {1u, 5u, 64u}) {
        PipelineFixture fixture({7, false, every, 133});
        CHECK(fixture.run(whole, records) == expected);
        CHECK(fixture.dump("aggregate") == expected_state);
    }
    // With coalescing the state is the same, too.
    PipelineFixture coalesced({64, true, 50, 133});
    CHECK(coalesced.run(whole, records).size() <= expected.size());
    CHECK(coalesced.dump("aggregate") == expected_state);
}

TEST_CASE("rows combined ahead of a repartition change no answer", "[exec][aggregate][laws]") {
    std::mt19937 random(5);
    std::vector<TextRecord> records;
    int64_t time = 1000;
    for (int i = 0; i < 600; ++i) {
        time += static_cast<int64_t>(random() % 4);
        const int64_t late = random() % 4 == 0 ? static_cast<int64_t>(random() % 50) : 0;
        const std::string value = R"({"A":)" + std::to_string(random() % 10) + R"(,"B":")" +
                                  std::string(1 + random() % 4, 'b') + "\"}";
        records.push_back(record("k", random() % 20 == 0 ? nullptr : value.c_str(), time - late));
    }
    const auto window = GENERATE(std::optional<plan::WindowSpec>(), std::optional(tumbling(20)),
                                 std::optional(tumbling(20, 10)), std::optional(hopping(20, 5, 3)));
    const auto by_b = repartition(group_by(source(SourceKind::kStream, kColumns), {"B AS B"}));
    const auto all = subtopologies(sink(aggregate(
        by_b, {{"A"}, {"COUNT(*)", "SUM(A)", "MIN(A)", "MAX(A)"}, window, false, false})));
    auto latest = [](const Recorder& recorder) {
        std::map<std::string, std::string> values;
        for (const TextRecord& out : recorder.records) {
            values[*out.key] = out.value.value_or("-") + "@" + std::to_string(out.timestamp_ms);
        }
        return values;
    };
    PipelineFixture plain({4096, false, 0, {}});
    plain.run_chain(all, records);
    const auto expected = latest(plain.recorder());
    CHECK(expected.size() > 3);
    for (size_t every : {0u, 10u, 100u}) {
        PipelineFixture combined({GENERATE(1u, 64u), true, every, 133});
        combined.run_chain({all[0]}, records);
        if (every != 10) CHECK(combined.recorder().records.size() < records.size() * 9 / 10);
        combined.run_chain({all[1]}, std::vector<TextRecord>(combined.recorder().records));
        CHECK(latest(combined.recorder()) == expected);
        CHECK(combined.dump("aggregate") == plain.dump("aggregate"));
    }
}

TEST_CASE("a stream is joined with the table of the moment", "[exec][join]") {
    PipelineFixture fixture({GENERATE(1u, 2u, 4096u)});
    const auto stream = source(SourceKind::kStream, "L_K STRING KEY, L_A BIGINT");
    const auto table = source(SourceKind::kTable, "R_K STRING PRIMARY KEY, R_B STRING");
    auto left = [](const char* key, const char* value, int64_t time) {
        return record(key, value, time);
    };
    auto right = [](const char* key, const char* value, int64_t time) {
        auto made = record(key, value, time);
        made.input = 1;
        return made;
    };
    const std::vector<TextRecord> records = {
        left("x", R"({"L_A":1})", 1),     right("x", R"({"R_B":"one"})", 2),
        left("x", R"({"L_A":2})", 3),     left("x", nullptr, 4),
        left(nullptr, R"({"L_A":3})", 5), right("x", nullptr, 6),
        left("x", R"({"L_A":4})", 7),     right("y", R"({"R_B":null})", 8),
        left("y", R"({"L_A":5})", 9)};
    SECTION("inner") {
        const auto plan = sink(stream_table_join(stream, table, sql::JoinType::kInner));
        CHECK(fixture.run(subtopology(plan), records) ==
              Lines{R"(x|{"L_A":2,"R_B":"one"}@3)", R"(y|{"L_A":5,"R_B":null}@9)"});
    }
    SECTION("left") {
        const auto plan = sink(stream_table_join(stream, table, sql::JoinType::kLeft));
        CHECK(fixture.run(subtopology(plan), records) ==
              Lines{R"(x|{"L_A":1,"R_B":null}@1)", R"(x|{"L_A":2,"R_B":"one"}@3)",
                    R"(-|{"L_A":3,"R_B":null}@5)", R"(x|{"L_A":4,"R_B":null}@7)",
                    R"(y|{"L_A":5,"R_B":null}@9)"});
    }
}

}  // namespace millrace::exec::testing
