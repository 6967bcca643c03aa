// Topics that are deleted and made again, or get more partitions, under a query that reads them;
// and where a query begins. No row is passed over.
#include <catch2/catch.hpp>
#include <set>

#include "engine/runtime/slot_table.h"
#include "tests/support/engine_fixture.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

constexpr const char* kCopy =
    "CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=2);"
    "CREATE STREAM copy AS SELECT * FROM s EMIT CHANGES;";
constexpr int64_t kBackoffMs = 60000;

void write_rows(EngineFixture& engine, int first, int last) {
    for (int v = first; v < last; ++v)
        engine.produce("s", "{\"V\":" + std::to_string(v) + "}", v, "k" + std::to_string(v));
}

void make_again(EngineFixture& engine, int32_t partitions) {
    REQUIRE(engine.log().topics().remove("s"));
    REQUIRE(engine.log().topics().create("s", {partitions, 1, {}}));
}

void wait_out_backoff(EngineFixture& engine) {
    engine.run();
    engine.clock().advance(kBackoffMs);
    engine.run();
}

/// The values that the copy has got, once each.
std::set<std::string> copied(EngineFixture& engine) {
    std::set<std::string> values;
    for (const auto& record : engine.read("COPY")) {
        REQUIRE(record.value);
        CHECK(values.insert(*record.value).second);
    }
    return values;
}

EngineFixture engine_from_latest() {
    return EngineFixture(std::map<std::string, std::string>{
        {"auto.offset.reset", "latest"}, {"processing.guarantee", "exactly_once_v2"}});
}

/// Ten rows are there before the query is made.
void copy_later_rows(EngineFixture& engine) {
    engine.execute(
        "CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=2);");
    write_rows(engine, 0, 10);
    engine.execute("CREATE STREAM copy AS SELECT * FROM s EMIT CHANGES;");
}

}  // namespace

TEST_CASE("a topic that was made again is read from its beginning", "[runtime][topics]") {
    const bool down = GENERATE(false, true);
    const int rows_after = GENERATE(3, 40);  // Fewer than were read of the first, and more.
    INFO("while the server is down: " << down << ", rows: " << rows_after);
    EngineFixture engine;
    engine.execute(kCopy);
    write_rows(engine, 0, 20);
    engine.run();
    REQUIRE(copied(engine).size() == 20);
    if (down) engine.crash();
    make_again(engine, 2);
    write_rows(engine, 100, 100 + rows_after);
    if (down) engine.start();
    wait_out_backoff(engine);
    CHECK(copied(engine).size() == 20 + static_cast<size_t>(rows_after));
    // And goes on where that was, not at the beginning once more.
    engine.crash();
    engine.start();
    write_rows(engine, 500, 503);
    wait_out_backoff(engine);
    CHECK(copied(engine).size() == 23 + static_cast<size_t>(rows_after));
}

TEST_CASE("what a deleted repartition topic held is said to be lost", "[runtime][topics]") {
    EngineFixture engine;
    engine.execute(
        std::string(kCopy) +
        "CREATE TABLE counts AS SELECT v, COUNT(*) AS n FROM s GROUP BY v EMIT CHANGES;");
    write_rows(engine, 0, 20);
    engine.run();
    const auto listed = engine.log().topics().list();
    REQUIRE(listed.is_ok());
    std::string repartition;
    for (const TopicInfo& topic : *listed)
        if (topic.name.ends_with("-repartition")) repartition = topic.name;
    REQUIRE(!repartition.empty());
    REQUIRE(engine.log().topics().remove(repartition));
    engine.engine().runtime().look_at_topics();
    wait_out_backoff(engine);
    write_rows(engine, 100, 140);
    wait_out_backoff(engine);
    wait_out_backoff(engine);
    for (const auto& query : engine.engine().runtime().queries().list()) {
        std::string said;
        for (const auto& error : query->errors()) said += error.type + ' ' + error.message + '\n';
        INFO(query->id() << ": " << said);
        CHECK((said.find("its result lacks those rows") != std::string::npos) ==
              (query->id().find("COUNTS") != std::string::npos));
    }
}

TEST_CASE("a query has all rows that came after it was made", "[runtime][topics]") {
    EngineFixture engine = engine_from_latest();
    copy_later_rows(engine);
    // The server dies before the query's first task has run.
    engine.crash();
    write_rows(engine, 100, 108);
    engine.start();
    engine.run();
    CHECK(copied(engine).size() == 8);
}

TEST_CASE("a topic made again after its query, before anything was read", "[runtime][topics]") {
    EngineFixture engine = engine_from_latest();
    copy_later_rows(engine);
    engine.crash();
    make_again(engine, 2);
    write_rows(engine, 100, 130);
    engine.start();
    engine.run();
    CHECK(copied(engine).size() == 30);
}

TEST_CASE("partitions that are added are read from their beginning", "[runtime][topics]") {
    EngineFixture engine = engine_from_latest();
    engine.execute(kCopy);
    engine.run();
    write_rows(engine, 0, 10);
    engine.run();
    REQUIRE(copied(engine).size() == 10);
    make_again(engine, 5);
    write_rows(engine, 100, 150);
    wait_out_backoff(engine);
    engine.engine().runtime().look_at_topics();
    engine.run();
    CHECK(copied(engine).size() == 60);
    for (const auto& query : engine.engine().runtime().queries().list())
        CHECK(query->state() == QueryState::kRunning);
}

TEST_CASE("a query whose state cannot be spread over added partitions says so",
          "[runtime][topics]") {
    EngineFixture engine;
    engine.execute(
        "CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
        "PARTITIONS=2);"
        "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k EMIT CHANGES;");
    write_rows(engine, 0, 4);
    engine.run();
    make_again(engine, 3);
    wait_out_backoff(engine);
    engine.engine().runtime().look_at_topics();
    engine.run();
    const auto query = engine.engine().runtime().queries().list().front();
    CHECK(query->state() == QueryState::kError);
    CHECK_THAT(query->errors().back().message,
               Catch::Contains("has 2 partitions, but its query needs 3") &&
                   Catch::Contains("Were partitions added"));
    // Nothing that it has is touched: with the old partitions it goes on.
    make_again(engine, 2);
    write_rows(engine, 0, 4);
    engine.clock().advance(kBackoffMs);
    engine.run();
    CHECK(query->plan()->query_id == engine.engine().runtime().queries().list().front()->id());
    CHECK(engine.engine().runtime().queries().list().front()->state() == QueryState::kRunning);
    CHECK(engine.read("T").back().value == "{\"N\":2}");
}

TEST_CASE("a position's topic is told beside it", "[runtime][topics]") {
    const PositionKey key{"Q", 0, {"s", 1}};
    const std::string key_text = key.encode();
    const std::string value = encode_position({7, 8, "id"});
    CHECK(value == "7,8");  // As servers wrote it that knew of no id.
    LogRecord record;
    record.key = key_text;
    record.value = value;
    PositionMap positions;
    apply_position(record, 0, positions);
    CHECK(positions.at(key) == InputPosition{7, 8, ""});
    const std::vector<Header> headers{{"other", "x"}, {kTopicIdHeader, "id"}};
    record.headers = &headers;
    apply_position(record, 0, positions);
    CHECK(positions.at(key) == InputPosition{7, 8, "id"});
}
