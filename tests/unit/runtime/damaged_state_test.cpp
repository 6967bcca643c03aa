// Files of the state that are damaged, under queries that run: told, dropped, restored; meanwhile
// nobody gets a part of a table for an answer.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/support/damaged_files.h"
#include "tests/support/engine_fixture.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

constexpr int kKeys = 2000;
constexpr const char* kTables =
    "CREATE STREAM s (k VARCHAR KEY, v VARCHAR) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
    "PARTITIONS=2);"
    "CREATE TABLE t AS SELECT k, LATEST_BY_OFFSET(v) AS v, COUNT(*) AS n FROM s GROUP BY k "
    "EMIT CHANGES;"
    "CREATE STREAM copy AS SELECT * FROM s EMIT CHANGES;";

struct Directory {
    Directory() {
        char pattern[] = "/tmp/millrace-damaged-XXXXXX";
        top = mkdtemp(pattern);
    }
    ~Directory() { std::filesystem::remove_all(top); }
    std::string state() const { return top + "/state"; }
    std::string top;
};

void write_all_keys(EngineFixture& engine) {
    for (int i = 0; i < kKeys; ++i) {
        const std::string k = "k" + std::to_string(i);
        engine.produce("s",
                       "{\"V\":\"" + std::string(100, static_cast<char>('a' + i % 26)) + k + "\"}",
                       1000 + i, k);
    }
    engine.run();
}

void restart(EngineFixture& engine) {
    engine.crash();
    engine.start();
}

/// Number of rows, or why there are none.
std::string pull(EngineFixture& engine, int64_t n) {
    try {
        auto plan =
            run_select(engine.engine(), "SELECT * FROM t WHERE n = " + std::to_string(n) + ";",
                       engine.session());
        auto& answer = std::get<PullAnswer>(plan);
        while (answer.rest && answer.rest->read(answer.rows)) {
        }
        size_t rows = 0;
        for (const auto& batch : answer.rows) rows += batch.num_rows();
        return std::to_string(rows);
    } catch (const StatementError& error) {
        return error.what();
    }
}

std::vector<std::string> errors_of(EngineFixture& engine, size_t query) {
    std::vector<std::string> messages;
    for (const auto& error : engine.engine().runtime().queries().list()[query]->errors())
        messages.push_back(error.type + " " + error.message);
    return messages;
}

}  // namespace

TEST_CASE("a store in a damaged file comes back from its changelog", "[runtime][damaged]") {
    const bool seen_by_pull = GENERATE(true, false);
    INFO("seen by a pull query: " << seen_by_pull);
    Directory directory;
    EngineFixture engine;
    engine.keep_state_in(directory.state());
    restart(engine);
    engine.execute(kTables);
    write_all_keys(engine);
    CHECK(pull(engine, 1) == std::to_string(kKeys));
    restart(engine);  // What the log of writes holds goes to a table file.
    engine.crash();
    test::damage_table_files(directory.state());
    engine.start();
    engine.run();
    if (seen_by_pull) CHECK_THAT(pull(engine, 1), Catch::Contains("restoring"));
    write_all_keys(engine);
    CHECK(pull(engine, 2) == std::to_string(kKeys));
    const auto errors = errors_of(engine, 0);
    REQUIRE(!errors.empty());
    CHECK_THAT(errors[0], Catch::StartsWith("SYSTEM The state of task CTAS_T_"));
    CHECK_THAT(errors[0], Catch::Contains("is damaged"));
    // Nobody else has noticed, and it stays so.
    CHECK(errors_of(engine, 1).empty());
    CHECK(engine.read("COPY").size() == 2 * kKeys);
    restart(engine);
    write_all_keys(engine);
    CHECK(pull(engine, 3) == std::to_string(kKeys));
    CHECK(errors_of(engine, 0).empty());
}

TEST_CASE("a table is pulled when all of it is restored", "[runtime][damaged]") {
    Directory directory;
    EngineFixture engine;
    engine.keep_state_in(directory.state());
    restart(engine);
    engine.execute(kTables);
    CHECK(pull(engine, 1) == "0");
    write_all_keys(engine);
    engine.crash();
    std::filesystem::remove_all(directory.state());
    engine.start();
    CHECK_THAT(pull(engine, 1), Catch::Contains("is restoring from its changelog"));
    engine.run();
    CHECK(pull(engine, 1) == std::to_string(kKeys));
}
