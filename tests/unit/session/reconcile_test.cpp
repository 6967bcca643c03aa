// What follows from a command beyond the catalog: queries that cannot be started, and sessions that
// come at the same time.
#include <catch2/catch.hpp>
#include <future>

#include "engine/base/error.h"
#include "tests/support/catalog_text.h"
#include "tests/support/engine_fixture.h"
#include "tests/support/slow_topics.h"

using namespace millrace;
using millrace::test::catalog_text;
using millrace::test::EngineFixture;
using millrace::test::SlowTopicLog;

namespace {

constexpr const char* kStream =
    "CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
    "PARTITIONS=2);";
constexpr const char* kTable = "CREATE TABLE t AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;";

std::string changelog_of_table() {
    EngineFixture engine;
    engine.execute(std::string(kStream) + kTable);
    auto topics = engine.log().topics().list();
    REQUIRE(topics);
    for (const auto& topic : *topics) {
        if (topic.name.ends_with("-changelog")) return topic.name;
    }
    return "";
}

entity::QuerySummary only_query(EngineFixture& engine) {
    auto entities = engine.execute("SHOW QUERIES;");
    auto queries = std::get<entity::QueryList>(entities[0].body).queries;
    REQUIRE(queries.size() == 1);
    return queries[0];
}

std::string only_error(EngineFixture& engine) {
    auto entities = engine.execute("EXPLAIN " + only_query(engine).id + ";");
    const auto& errors = std::get<entity::QueryDescriptionOne>(entities[0].body).query.errors;
    return errors.empty() ? "" : errors.back().message;
}

std::string create_stream(const std::string& name, const std::string& topic) {
    return "CREATE STREAM " + name + " (id VARCHAR KEY) WITH (KAFKA_TOPIC='" + topic +
           "', VALUE_FORMAT='JSON', PARTITIONS=1);";
}

}  // namespace

TEST_CASE("a query that cannot be started is kept, shown and tried again", "[session]") {
    const std::string changelog = changelog_of_table();
    REQUIRE_FALSE(changelog.empty());
    EngineFixture engine;
    engine.execute(kStream);
    REQUIRE(engine.log().topics().create(changelog, {7, 1, {}}));
    const auto entities = engine.execute(kTable);
    REQUIRE(entities.size() == 1);
    REQUIRE(entities[0].warnings.size() == 1);
    CHECK(entities[0].warnings[0].find(changelog + " has 7 partitions") != std::string::npos);
    const std::string before = catalog_text(*engine.engine().catalog());
    const auto commands = engine.engine().command_statuses();

    for (int restarts = 0; restarts < 2; ++restarts) {
        INFO("restarts: " << restarts);
        CHECK(only_query(engine).state == "ERROR");
        CHECK(only_error(engine).find("has 7 partitions") != std::string::npos);
        CHECK(catalog_text(*engine.engine().catalog()) == before);
        engine.crash();
        engine.start();
        CHECK(engine.engine().command_statuses().size() == commands.size());
    }
    engine.execute("INSERT INTO s (id, v) VALUES ('a', 1);");
    engine.run();
    CHECK(engine.read("T").empty());

    REQUIRE(engine.log().topics().remove(changelog));
    engine.run();
    CHECK(only_query(engine).state == "ERROR");  // Not before its time.
    engine.clock().advance(60000);
    engine.run();
    CHECK(only_query(engine).state == "RUNNING");
    CHECK(engine.read("T").size() == 1);
    CHECK(catalog_text(*engine.engine().catalog()) == before);
}

TEST_CASE("a query that could not be started can be ended", "[session]") {
    const std::string changelog = changelog_of_table();
    EngineFixture engine;
    engine.execute(kStream);
    REQUIRE(engine.log().topics().create(changelog, {7, 1, {}}));
    engine.execute(kTable);
    CHECK_THROWS_WITH(
        run_select(engine.engine(), "SELECT * FROM t WHERE id = 'a';", engine.session()),
        Catch::Contains("is not running"));
    engine.execute("DROP TABLE t;");
    CHECK(engine.engine().runtime().queries().list().empty());
    engine.execute(kTable);
    engine.run();
    CHECK(only_query(engine).state == "RUNNING");
}

TEST_CASE("reconciling again changes nothing, an older catalog even less", "[session]") {
    EngineFixture engine;
    engine.execute(std::string(kStream) + kTable);
    const auto older = engine.engine().catalog();
    engine.execute("CREATE STREAM a AS SELECT * FROM s;");
    const auto before = engine.engine().runtime().queries().list();
    REQUIRE(before.size() == 2);
    engine.engine().reconcile();
    engine.engine().runtime().reconcile(older);
    CHECK(engine.engine().runtime().queries().list() == before);
}

TEST_CASE("a session that waits for the broker holds up nobody", "[session]") {
    auto slow = std::make_shared<SlowTopicLog>("slow");
    EngineFixture engine(slow);
    auto waiting = std::async(std::launch::async, [&] {
        Session session(engine.engine(), {});
        return session.execute(create_stream("x", "slow"));
    });
    slow->wait_until_asked();
    auto quick = std::async(std::launch::async, [&] {
        Session session(engine.engine(), {});
        return session.execute(create_stream("y", "quick"));
    });
    const bool done = quick.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    CHECK(done);
    slow->answer();
    quick.get();
    const auto entities = waiting.get();
    REQUIRE(entities.size() == 1);
    // Decided on before the other, written after it.
    CHECK(std::get<entity::CommandStatus>(entities[0].body).sequence_number == 1);
    CHECK(engine.engine().catalog()->sources().size() == 2);
}

TEST_CASE("who comes second is refused by what the first has made", "[session]") {
    auto slow = std::make_shared<SlowTopicLog>("slow");
    EngineFixture engine(slow);
    auto waiting = std::async(std::launch::async, [&] {
        Session session(engine.engine(), {});
        return session.execute(create_stream("x", "slow"));
    });
    slow->wait_until_asked();
    engine.execute(create_stream("x", "quick"));
    slow->answer();
    CHECK_THROWS_WITH(waiting.get(), Catch::Contains("already exists"));
    CHECK(engine.engine().catalog()->version() == 1);
    CHECK(engine.engine().catalog()->find_source("X")->topic == "quick");
}
