// Records that nobody here wrote, in the internal topics of queries that run: those that can do
// without them go on, the others say what is wrong, and the server stays.
#include "tests/support/damaged_bytes.h"

#include <catch2/catch.hpp>

#include "engine/runtime/slot_table.h"
#include "tests/support/engine_fixture.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

constexpr const char* kQueries = R"(
CREATE STREAM clicks (who STRING, page STRING) WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON',
  PARTITIONS=2);
CREATE TABLE counts AS SELECT page, COUNT(*) AS n FROM clicks GROUP BY page EMIT CHANGES;
CREATE TABLE lists AS SELECT who, COLLECT_LIST(page) AS pages FROM clicks
  GROUP BY who EMIT CHANGES;
CREATE TABLE visits AS SELECT who, COUNT(*) AS n FROM clicks WINDOW SESSION (1 HOUR)
  GROUP BY who EMIT CHANGES;
CREATE TABLE orders (id STRING PRIMARY KEY, buyer STRING) WITH (KAFKA_TOPIC='orders',
  VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE TABLE people (name STRING PRIMARY KEY, city STRING) WITH (KAFKA_TOPIC='people',
  VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE TABLE cities AS SELECT o.id, p.city FROM orders o JOIN people p ON o.buyer = p.name
  EMIT CHANGES;
)";

void feed_all(EngineFixture& engine, int from, int to) {
    for (int i = from; i < to; ++i) {
        const std::string n = std::to_string(i % 3);
        engine.produce("clicks", R"({"who":"w)" + n + R"(","page":"p)" + n + "\"}", 1000 + i);
        engine.produce("people", R"({"city":"c)" + n + "\"}", 1000 + i, "w" + n);
        engine.produce("orders", R"({"buyer":"w)" + n + "\"}", 1000 + i, std::to_string(i));
    }
}

std::vector<TopicInfo> topics_with(EngineFixture& engine, const std::string& ending) {
    auto listed = engine.log().topics().list();
    REQUIRE(listed.is_ok());
    std::vector<TopicInfo> found;
    for (const TopicInfo& topic : *listed)
        if (topic.name.ends_with(ending)) found.push_back(topic);
    return found;
}

/// Writes to every partition: the value under each key that the topic has and under others.
size_t write_to_all(EngineFixture& engine, const std::string& ending,
                    std::optional<std::string> value) {
    size_t written = 0;
    auto writer = engine.log().writer({});
    for (const TopicInfo& topic : topics_with(engine, ending)) {
        std::set<std::optional<std::string>> keys = {std::nullopt, "", "x",
                                                     std::string(40, '\xfe')};
        for (const auto& record : engine.read(topic.name)) keys.insert(record.key);
        for (size_t p = 0; p < topic.replicas.size(); ++p) {
            for (const auto& key : keys) {
                ProducedRecord record;
                record.topic = topic.name;
                record.partition = static_cast<int32_t>(p);
                if (key) record.key = *key;
                if (value) record.value = *value;
                record.timestamp_ms = 1000;
                REQUIRE(writer->write(record));
                ++written;
            }
        }
    }
    REQUIRE(writer->flush(1000));
    REQUIRE(written > 0);
    return written;
}

int64_t sum_of(EngineFixture& engine, const std::string& table) {
    std::map<std::string, std::string> latest;
    for (const auto& record : engine.read(table))
        if (record.value) latest[*record.key] = *record.value;
    int64_t sum = 0;
    for (const auto& [key, value] : latest) sum += std::stoll(value.substr(value.find(':') + 1));
    return sum;
}

std::vector<std::string> errors_of(EngineFixture& engine, const std::string& source) {
    const auto id = engine.engine().catalog()->find_source(source)->created_by.value();
    std::vector<std::string> messages;
    for (const auto& error : engine.engine().runtime().queries().find(id)->errors())
        messages.push_back(error.type + " " + error.message);
    return messages;
}

const std::string kWild(300, 'x');

}  // namespace

TEST_CASE("records of repartition topics that are none are passed over", "[runtime][damaged]") {
    EngineFixture engine;
    engine.execute(kQueries);
    feed_all(engine, 0, 9);
    engine.run();
    std::mt19937 random(3);
    size_t written = write_to_all(engine, "-repartition", std::nullopt);
    written += write_to_all(engine, "-repartition", kWild);
    written += write_to_all(engine, "-repartition", "\x08" + kWild);
    for (int i = 0; i < 20; ++i)
        written += write_to_all(engine, "-repartition", test::random_bytes(random, 40) + kWild);
    feed_all(engine, 9, 18);
    engine.run();
    CHECK(engine.engine().runtime().processing_log().total() >= written);
    for (const char* table : {"COUNTS", "LISTS", "VISITS", "CITIES"})
        CHECK(errors_of(engine, table).empty());
    CHECK(sum_of(engine, "COUNTS") == 18);
    CHECK(engine.read("CITIES").size() >= 18);
}

TEST_CASE("records of the slots topic that are none change no position", "[runtime][damaged]") {
    EngineFixture engine(
        std::map<std::string, std::string>{{"processing.guarantee", "exactly_once_v2"}});
    engine.execute(kQueries);
    feed_all(engine, 0, 9);
    engine.run();
    for (const std::string& text : {kWild, std::string("-5,0"), std::string("1"), std::string()})
        write_to_all(engine, "slots", text);
    engine.crash();
    engine.start();
    feed_all(engine, 9, 18);
    engine.run();
    CHECK(sum_of(engine, "COUNTS") == 18);
}

TEST_CASE("a position is what encode wrote", "[runtime][damaged]") {
    const PositionKey key{"CTAS_A_1", 2, {"some/topic", 3}};
    const std::string bytes = key.encode(), value = encode_position({7, 8});
    CHECK(PositionKey::decode(bytes) == key);
    CHECK(decode_position(value) == InputPosition{7, 8});
    for (const std::string& good : {bytes, value})
        test::for_each_damaged(good, [](const std::string& text) {
            PositionMap positions;
            LogRecord record;
            record.key = text;
            record.value = text;
            apply_position(record, 0, positions);
            CHECK(positions.empty());
        });
    PositionMap positions{{key, {7, 8}}};
    LogRecord record;
    record.key = bytes;
    record.value = "no position";
    apply_position(record, 0, positions);
    CHECK(positions.size() == 1);
    record.value.reset();
    apply_position(record, 0, positions);
    CHECK(positions.empty());
}

namespace {

int64_t rows_of(EngineFixture& engine, const std::string& select) {
    int64_t rows = 0;
    auto plan = run_select(engine.engine(), select, engine.session());
    auto& answer = std::get<PullAnswer>(plan);
    while (answer.rest && answer.rest->read(answer.rows)) {
    }
    for (const auto& batch : answer.rows) rows += static_cast<int64_t>(batch.num_rows());
    return rows;
}

}  // namespace

TEST_CASE("what a changelog has that is no row is left out of its table", "[runtime][damaged]") {
    EngineFixture engine;
    engine.execute(kQueries);
    feed_all(engine, 0, 9);
    engine.run();
    const std::string value = GENERATE(std::string("x"), kWild);
    write_to_all(engine, "-changelog", value);
    engine.execute("CREATE STREAM copies AS SELECT * FROM clicks EMIT CHANGES;");
    engine.run();
    engine.crash();
    engine.start();
    feed_all(engine, 9, 18);
    engine.run();
    CHECK(engine.read("COPIES").size() == 18);
    for (const char* table : {"COUNTS", "LISTS", "VISITS"}) {
        INFO(table);
        const auto errors = errors_of(engine, table);
        REQUIRE(!errors.empty());
        CHECK(errors[0].starts_with("SYSTEM "));
        CHECK(errors[0].find("left out of its state") != std::string::npos);
    }
    CHECK(sum_of(engine, "COUNTS") == 18);
    for (const char* table : {"counts", "lists", "visits"})
        CHECK(rows_of(engine, std::string("SELECT * FROM ") + table + ";") == 3);
    // What a join keeps beside tables its operators look at.
    const auto errors = errors_of(engine, "CITIES");
    REQUIRE(!errors.empty());
    CHECK(errors.back().starts_with("SYSTEM The state of task CTAS_"));
    CHECK(errors.back().find(" is damaged: ") != std::string::npos);
}

TEST_CASE("who reads a table finds what is wrong in its state, and it is mended",
          "[runtime][damaged]") {
    EngineFixture engine;
    engine.execute(kQueries);
    feed_all(engine, 0, 9);
    engine.run();
    const auto id = engine.engine().catalog()->find_source("COUNTS")->created_by.value();
    const auto query = engine.engine().runtime().queries().find(id);
    const std::string store = query->subtopologies().back().stores.at(0).name;
    StateBackend& state = engine.engine().state();
    const StorePartition where{state.store_number(id + "/" + store), 0};
    REQUIRE(state.apply({{where, "\x01p9", "x"}}, {}));
    CHECK_THROWS_WITH(rows_of(engine, "SELECT * FROM counts;"),
                      Catch::Contains("is damaged: ") && Catch::Contains("restor"));
    engine.clock().advance(1000);
    engine.run();
    CHECK(rows_of(engine, "SELECT * FROM counts;") == 3);
    CHECK(!errors_of(engine, "COUNTS").empty());
    feed_all(engine, 9, 18);
    engine.run();
    CHECK(sum_of(engine, "COUNTS") == 18);
}
