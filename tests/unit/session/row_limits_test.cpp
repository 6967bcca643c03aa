// One row that would take the machine is a row error, and nobody else's.
#include <catch2/catch.hpp>

#include "engine/base/row_meter.h"
#include "tests/support/engine_fixture.h"

using millrace::EvaluationInterrupted;
using millrace::Interruptible;
using millrace::test::EngineFixture;

namespace {

constexpr const char* kStream =
    "CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
    "PARTITIONS=1);";

const std::map<std::string, std::string> kOneMegabyte{{"millrace.row.bytes.max", "1048576"}};

/// What `expression` gives for v = 2, 1,000,000 and 3, read in one batch.
std::vector<std::string> answers(const std::string& expression) {
    EngineFixture engine(kOneMegabyte);
    engine.execute(std::string(kStream) + "CREATE STREAM o WITH (KAFKA_TOPIC='o') AS SELECT id, " +
                   expression + " AS r FROM s;");
    for (const char* v : {"2", "1000000", "3"})
        engine.produce("s", std::string("{\"V\":") + v + "}", 1, std::string("k"));
    engine.run();
    std::vector<std::string> values;
    for (const auto& record : engine.read("o")) values.push_back(record.value.value_or("none"));
    return values;
}

}  // namespace

TEST_CASE("an expression that asks for too much is NULL, for that row alone", "[session][limits]") {
    const std::pair<const char*, std::vector<std::string>> cases[] = {
        {"LPAD('a', v, 'b')", {R"({"R":"ba"})", R"({"R":null})", R"({"R":"bba"})"}},
        {"RPAD('a', v, 'b')", {R"({"R":"ab"})", R"({"R":null})", R"({"R":"abb"})"}},
        {"ARRAY_LENGTH(GENERATE_SERIES(1, v))", {R"({"R":2})", R"({"R":null})", R"({"R":3})"}},
        {"LEN(REPLACE(LPAD('', v / 10, 'b'), 'b', LPAD('', v / 10, 'c')))",
         {R"({"R":0})", R"({"R":null})", R"({"R":0})"}},
        {"LEN(REGEXP_REPLACE(LPAD('', v / 10, 'b'), 'b', LPAD('', v / 10, 'c')))",
         {R"({"R":0})", R"({"R":null})", R"({"R":0})"}},
        {"LEN(ARRAY_JOIN(GENERATE_SERIES(1, v / 100), LPAD('', v / 10, 'c')))",
         {R"({"R":2})", R"({"R":null})", R"({"R":2})"}},
        {"ARRAY_LENGTH(TRANSFORM(GENERATE_SERIES(1, v / 100 + 1), x => LPAD('', v / 100, 'c')))",
         {R"({"R":1})", R"({"R":null})", R"({"R":1})"}},
        {"ARRAY_LENGTH(TRANSFORM(GENERATE_SERIES(1, v / 1000 + 1), x => LPAD('', 4000, 'c')))",
         {R"({"R":1})", R"({"R":null})", R"({"R":1})"}},
        {"ARRAY_LENGTH(ARRAY[LPAD('', v / 4, 'a'), LPAD('', v / 4, 'a')])",
         {R"({"R":2})", R"({"R":null})", R"({"R":2})"}},
        {"LEN(REDUCE(GENERATE_SERIES(1, v / 100 + 1), 'a', (t, x) => CONCAT(t, t)))",
         {R"({"R":2})", R"({"R":null})", R"({"R":2})"}},
    };
    for (const auto& [expression, wanted] : cases) {
        INFO(expression);
        CHECK(answers(expression) == wanted);
    }
}

TEST_CASE("a condition that asks for too much holds for no such row", "[session][limits]") {
    EngineFixture engine(kOneMegabyte);
    engine.execute(std::string(kStream) +
                   "CREATE STREAM o WITH (KAFKA_TOPIC='o') AS SELECT id, v FROM s "
                   "WHERE LEN(LPAD('a', v, 'b')) > 1;");
    for (const char* v : {"2", "1000000", "3"})
        engine.produce("s", std::string("{\"V\":") + v + "}", 1, std::string("k"));
    engine.run();
    CHECK(engine.read("o").size() == 2);
}

TEST_CASE("a row that would become too many rows becomes none", "[session][limits]") {
    EngineFixture engine(kOneMegabyte);
    engine.execute(std::string(kStream) +
                   "CREATE STREAM o WITH (KAFKA_TOPIC='o') AS SELECT id, "
                   "EXPLODE(GENERATE_SERIES(1, v)) AS r FROM s;");
    for (const char* v : {"2", "12000", "3"})
        engine.produce("s", std::string("{\"V\":") + v + "}", 1, std::string("k"));
    engine.run();
    CHECK(engine.read("o").size() == 5);
}

TEST_CASE("rows that are large together go through one by one", "[session][limits]") {
    EngineFixture engine(kOneMegabyte);
    engine.execute(std::string(kStream) +
                   "CREATE STREAM o WITH (KAFKA_TOPIC='o') AS SELECT id, "
                   "LEN(LPAD('a', v, 'b')) AS r FROM s;");
    for (int i = 0; i < 100; ++i) engine.produce("s", R"({"V":100000})", 1, std::string("k"));
    engine.run();
    const auto records = engine.read("o");
    REQUIRE(records.size() == 100);
    for (const auto& record : records) CHECK(record.value == R"({"R":100000})");
}

TEST_CASE("one row that takes too long costs its neighbours nothing", "[session][limits]") {
    const std::map<std::string, std::string> settings{{"millrace.row.ms.max", "100"}};
    EngineFixture engine(settings);
    engine.execute(std::string(kStream) +
                   "CREATE STREAM o WITH (KAFKA_TOPIC='o') AS SELECT id, "
                   "LEN(REGEXP_REPLACE(LPAD('', v, 'a'), 'a.*b|a', 'cc')) AS r FROM s;");
    for (int i = 0; i < 200; ++i) {
        engine.produce("s", i == 77 ? R"({"V":3000000})" : R"({"V":7})", 1, std::string("k"));
    }
    engine.run();
    const auto records = engine.read("o");
    REQUIRE(records.size() == 200);
    for (size_t i = 0; i < records.size(); ++i)
        CHECK(records[i].value == (i == 77 ? R"({"R":null})" : R"({"R":14})"));
}

TEST_CASE("an interrupted row is done again", "[session][limits]") {
    EngineFixture engine;
    engine.execute(std::string(kStream) +
                   "CREATE STREAM o WITH (KAFKA_TOPIC='o') AS SELECT id, "
                   "ARRAY_LENGTH(GENERATE_SERIES(1, v)) AS r FROM s;");
    engine.produce("s", R"({"V":1000000})", 1, std::string("k"));
    int asked = 0;
    {
        const Interruptible interruptible([&](int64_t) { return ++asked <= 1; });
        for (int turn = 0; turn < 50; ++turn) {
            engine.engine().run_once();
            engine.clock().advance(1000);
        }
    }
    CHECK(asked > 1);
    const auto records = engine.read("o");
    REQUIRE(records.size() == 1);
    CHECK(records[0].value == R"({"R":1000000})");
}

TEST_CASE("a query of very many columns is planned", "[session][wide]") {
    EngineFixture engine;
    std::string columns = "id VARCHAR KEY", items = "id";
    for (int i = 0; i < 3000; ++i) {
        const std::string name = "c" + std::to_string(i);
        columns += ", " + name + " INT";
        items += ", " + name + " + 1 AS d" + std::to_string(i);
    }
    engine.execute("CREATE STREAM s (" + columns +
                   ") WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1);"
                   "CREATE STREAM o WITH (KAFKA_TOPIC='o') AS SELECT " +
                   items + " FROM s;");
    engine.produce("s", R"({"C2999":41})", 1, std::string("k"));
    engine.run();
    const auto records = engine.read("o");
    REQUIRE(records.size() == 1);
    CHECK(records[0].value->ends_with(R"("D2999":42})"));
}
