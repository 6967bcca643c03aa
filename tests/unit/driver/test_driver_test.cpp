#include "engine/driver/test_driver.h"

#include <catch2/catch.hpp>

using namespace millrace;

namespace {

constexpr const char* kScript[] = {
    "CREATE STREAM S (K STRING KEY, V INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
    "PARTITIONS=1);",
    "CREATE STREAM BY_V AS SELECT V AS G, K FROM S PARTITION BY V;",
    "CREATE TABLE COUNTS AS SELECT G, COUNT(*) AS N FROM BY_V GROUP BY G;",
};

void execute(TestDriver& driver, const std::string& statement) {
    driver.execute_live({statement, {1, 1}});
}

std::vector<std::string> values(TestDriver& driver, const std::string& topic) {
    std::vector<std::string> all;
    for (const auto& record : driver.records(topic)) all.push_back(record.value.value_or("null"));
    return all;
}

std::vector<std::string> run(const TestConfig& config) {
    DriverOptions options;
    options.config = config;
    TestDriver driver(options);
    for (const char* statement : kScript) execute(driver, statement);
    for (int i = 0; i < 8; ++i) {
        execute(driver, "INSERT INTO S (K, V) VALUES ('k', " + std::to_string(i % 2) + ");");
    }
    return values(driver, "COUNTS");
}

}  // namespace

TEST_CASE("the engine of the driver gives the same answers however it is run", "[driver]") {
    TestConfig config;
    const auto answers = run(config);
    REQUIRE(answers.size() == 8);
    CHECK(answers.back() == R"({"N":4})");
    SECTION("state on disk") {
        config.state_on_disk = true;
    }
    SECTION("two workers, exactly once") {
        config.workers = 2;
        config.exactly_once = true;
    }
    SECTION("plans out of the command log") {
        config.replay_commands = true;
    }
    SECTION("statements reprinted") {
        config.reprint_statements = true;
    }
    SECTION("a crash at every record") {
        config.crash_every = 1;
        config.exactly_once = true;
    }
    SECTION("crashes, with state on disk") {
        config.crash_every = 3;
        config.exactly_once = true;
        config.state_on_disk = true;
    }
    CHECK(run(config) == answers);
}

TEST_CASE("queries are numbered one after the other, whatever else was executed", "[driver]") {
    TestDriver driver({});
    for (const char* statement : kScript) execute(driver, statement);
    const auto catalog = driver.catalog();
    REQUIRE(catalog->queries().size() == 2);
    CHECK(catalog->queries()[0].id == "CSAS_BY_V_0");
    CHECK(catalog->queries()[1].id == "CTAS_COUNTS_1");
}

TEST_CASE("a query sees what is written after it was made", "[driver]") {
    TestDriver driver({});
    execute(driver, kScript[0]);
    execute(driver, "INSERT INTO S (K, V) VALUES ('a', 1);");
    execute(driver, "CREATE STREAM OUT AS SELECT * FROM S;");
    execute(driver, "INSERT INTO S (K, V) VALUES ('b', 2);");
    CHECK(values(driver, "OUT") == std::vector<std::string>{R"({"V":2})"});
    CHECK(values(driver, "s").size() == 2);
}

TEST_CASE("a crash before a commit loses what was done, and it is done again", "[driver]") {
    TestDriver driver({});
    for (const char* statement : kScript) execute(driver, statement);
    execute(driver, "INSERT INTO S (K, V) VALUES ('k', 7);");
    driver.crash();
    execute(driver, "INSERT INTO S (K, V) VALUES ('k', 7);");
    CHECK(values(driver, "COUNTS") == std::vector<std::string>{R"({"N":1})", R"({"N":2})"});
}

TEST_CASE("what a new filter changes is written once, whatever happens meanwhile", "[driver]") {
    DriverOptions options;
    options.properties["millrace.replace.writes.difference"] = "true";
    options.config.batch_rows = GENERATE(1, 2, 4096);
    options.config.exactly_once = true;
    options.config.state_on_disk = GENERATE(false, true);
    TestDriver driver(options);
    execute(driver,
            "CREATE TABLE A (ID INT PRIMARY KEY, V INT) WITH (KAFKA_TOPIC='a', "
            "VALUE_FORMAT='JSON', PARTITIONS=1);");
    execute(driver, "CREATE TABLE O AS SELECT ID, V FROM A WHERE V < 3;");
    for (int i = 1; i <= 5; ++i) {
        const std::string n = std::to_string(i);
        execute(driver, "INSERT INTO A (ID, V) VALUES (" + n + ", " + n + ");");
    }
    using Values = std::vector<std::string>;
    CHECK(values(driver, "O") == Values{R"({"V":1})", R"({"V":2})"});
    const sql::StatementText next{
        "CREATE OR REPLACE TABLE O AS SELECT ID, V FROM A WHERE V > 1 AND V < 5;", {1, 1}};
    const Values difference{R"({"V":1})", R"({"V":2})", "null", R"({"V":3})", R"({"V":4})"};
    SECTION("at once") {
        driver.execute(next);
        driver.settle();
        CHECK(values(driver, "O") == difference);
    }
    SECTION("after a crash, and not again after another") {
        driver.execute(next);
        driver.crash();
        driver.settle();
        CHECK(values(driver, "O") == difference);
        driver.crash();
        driver.settle();
        CHECK(values(driver, "O") == difference);
    }
    SECTION("replaced twice before it could run: by what is stored alone") {
        driver.execute({"CREATE OR REPLACE TABLE O AS SELECT ID, V FROM A WHERE V = 9;", {1, 1}});
        driver.execute(next);
        driver.settle();
        CHECK(values(driver, "O") == Values{R"({"V":1})", R"({"V":2})", "null", R"({"V":2})",
                                            R"({"V":3})", R"({"V":4})", "null"});
    }
    SECTION("back and forth") {
        driver.execute(next);
        driver.settle();
        driver.execute({"CREATE OR REPLACE TABLE O AS SELECT ID, V FROM A WHERE V < 3;", {1, 1}});
        driver.settle();
        Values all = difference;
        for (const char* value : {R"({"V":1})", "null", "null"}) all.emplace_back(value);
        CHECK(values(driver, "O") == all);
    }
}
