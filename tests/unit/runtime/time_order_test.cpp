// A query that is made after its input, or begins again, gives the answers that it would have given
// while the rows came: its tasks take them in time order over all partitions.
#include <catch2/catch.hpp>

#include "tests/support/engine_fixture.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

constexpr int64_t kStart = 1700000000000 - 1700000000000 % 3600000;

std::map<std::string, std::string> properties(const std::string& guarantee, int workers,
                                              int batch_rows) {
    return {{"processing.guarantee", guarantee},
            {"num.stream.threads", std::to_string(workers)},
            {"millrace.batch.rows.max", std::to_string(batch_rows)}};
}

/// The sum of a field over the last rows of each key.
int64_t total(const std::vector<test::ReadRecord>& records, const std::string& field) {
    std::map<std::string, int64_t> latest;
    for (const auto& record : records) {
        const size_t at = record.value->find("\"" + field + "\":");
        REQUIRE(at != std::string::npos);
        latest[*record.key] = std::stoll(record.value->substr(at + field.size() + 3));
    }
    int64_t sum = 0;
    for (const auto& [key, value] : latest) sum += value;
    return sum;
}

constexpr const char* kVisits = R"(
CREATE STREAM visits (k VARCHAR KEY, page VARCHAR)
  WITH (KAFKA_TOPIC='visits', VALUE_FORMAT='JSON', PARTITIONS=3);
)";
constexpr const char* kCount = R"(
CREATE TABLE counts AS SELECT page, COUNT(*) AS n FROM visits
  WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 0 SECONDS) GROUP BY page EMIT CHANGES;
)";

void visit(EngineFixture& engine, int from, int to) {
    for (int i = from; i < to; ++i) {
        engine.produce("visits", R"({"PAGE":"p)" + std::to_string(i % 4) + "\"}", kStart + i * 100,
                       "k" + std::to_string(i % 30));
    }
}

constexpr const char* kOrders = R"(
CREATE STREAM orders (id VARCHAR KEY, what VARCHAR)
  WITH (KAFKA_TOPIC='orders', VALUE_FORMAT='JSON', PARTITIONS=3);
CREATE STREAM payments (k VARCHAR KEY, order_id VARCHAR)
  WITH (KAFKA_TOPIC='payments', VALUE_FORMAT='JSON', PARTITIONS=3);
)";
constexpr const char* kPaid = R"(
CREATE STREAM paid AS SELECT o.id AS id, p.k AS k FROM orders o
  INNER JOIN payments p WITHIN 1 SECOND GRACE PERIOD 0 SECONDS ON o.id = p.order_id EMIT CHANGES;
)";

void order(EngineFixture& engine, int from, int to) {
    for (int i = from; i < to; ++i) {
        const std::string id = "o" + std::to_string(i);
        engine.produce("orders", R"({"WHAT":"x"})", kStart + i * 60000, id);
        engine.produce("payments", R"({"ORDER_ID":")" + id + "\"}", kStart + i * 60000 + 10,
                       "k" + std::to_string(i % 30));
    }
}

}  // namespace

TEST_CASE("a count made after its input counts every row", "[runtime]") {
    for (const char* guarantee : {"at_least_once", "exactly_once_v2"}) {
        for (int workers : {1, 2}) {
            for (int batch_rows : {100, 4096}) {
                CAPTURE(guarantee, workers, batch_rows);
                EngineFixture engine(properties(guarantee, workers, batch_rows));
                engine.execute(kVisits);
                visit(engine, 0, 3000);
                engine.execute(kCount);
                engine.run();
                CHECK(total(engine.read("COUNTS"), "N") == 3000);
            }
        }
    }
}

TEST_CASE("a stream meets every row of one that is re-keyed", "[runtime]") {
    for (const char* guarantee : {"at_least_once", "exactly_once_v2"}) {
        for (int workers : {1, 2}) {
            CAPTURE(guarantee, workers);
            EngineFixture engine(properties(guarantee, workers, 10));
            engine.execute(kOrders);
            order(engine, 0, 200);
            engine.execute(kPaid);
            engine.run();
            CHECK(engine.read("PAID").size() == 200);
        }
    }
}

TEST_CASE("rows that come after a replay wait for nobody", "[runtime]") {
    EngineFixture engine(properties("exactly_once_v2", 2, 100));
    engine.execute(kOrders);
    order(engine, 0, 50);
    engine.execute(kPaid);
    engine.run();
    for (int i = 50; i < 60; ++i) {
        order(engine, i, i + 1);
        engine.run();
        CHECK(engine.read("PAID").size() == static_cast<size_t>(i + 1));
    }
}

TEST_CASE("a replay that crashes gives each answer once", "[runtime]") {
    for (int turns : {3, 4, 5, 7, 10, 15, 20}) {
        CAPTURE(turns);
        EngineFixture engine(properties("exactly_once_v2", 2, 7));
        engine.execute(kOrders);
        engine.execute(kVisits);
        order(engine, 0, 200);
        visit(engine, 0, 1000);
        engine.execute(kPaid);
        engine.execute(kCount);
        for (int lives = 0; lives < 5; ++lives) {
            for (int turn = 0; turn < turns; ++turn) engine.engine().run_once();
            engine.crash();
            engine.start();
        }
        engine.run();
        CHECK(engine.read("PAID").size() == 200);
        CHECK(total(engine.read("COUNTS"), "N") == 1000);
    }
}

TEST_CASE("a task waits for rows that are not there as long as it is told to", "[runtime]") {
    // Ahead of the stream's rows stands its own topic, or a repartition of it.
    for (const char* column : {"k", "user"}) {
        CAPTURE(column);
        EngineFixture engine(std::map<std::string, std::string>{{"max.task.idle.ms", "5000"}});
        engine.execute(R"(
CREATE STREAM clicks (k VARCHAR KEY, user VARCHAR)
  WITH (KAFKA_TOPIC='clicks', VALUE_FORMAT='JSON', PARTITIONS=2);
CREATE TABLE users (id VARCHAR PRIMARY KEY, name VARCHAR)
  WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON', PARTITIONS=2);
)");
        engine.execute("CREATE STREAM named AS SELECT c." + std::string(column) +
                       " AS id, u.name AS name FROM clicks c LEFT JOIN users u ON c." + column +
                       " = u.id EMIT CHANGES;");
        engine.run();
        engine.produce("clicks", R"({"USER":"a"})", kStart + 10, "a");
        engine.run();
        CHECK(engine.read("NAMED").empty());
        // Of an earlier time, and written later.
        engine.produce("users", R"({"NAME":"Ann"})", kStart, "a");
        for (int wait = 0; wait < 3; ++wait) {
            engine.run();
            engine.clock().advance(6000);
        }
        engine.run();
        const auto named = engine.read("NAMED");
        REQUIRE(named.size() == 1);
        CHECK(named[0].value->find("Ann") != std::string::npos);
    }
}

TEST_CASE("a topic is joined with itself by another key", "[runtime]") {
    // More rows than a task takes ahead: who waits for the re-keyed rows must not keep their
    // writer, which reads the same topic, from going on.
    constexpr int kRows = 20000;
    EngineFixture engine(std::map<std::string, std::string>{{"num.stream.threads", "1"}});
    engine.execute(R"(
CREATE STREAM people (k VARCHAR KEY, friend VARCHAR)
  WITH (KAFKA_TOPIC='people', VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM friends (k VARCHAR KEY, friend VARCHAR)
  WITH (KAFKA_TOPIC='people', VALUE_FORMAT='JSON', PARTITIONS=1);
)");
    for (int i = 0; i < kRows; ++i) {
        const std::string key = "k" + std::to_string(i);
        engine.produce("people", R"({"FRIEND":")" + key + "\"}", kStart + i * 10000, key);
    }
    engine.execute(R"(
CREATE STREAM pairs AS SELECT p.k AS id, f.k AS k FROM people p
  INNER JOIN friends f WITHIN 1 SECOND GRACE PERIOD 0 SECONDS ON p.k = f.friend EMIT CHANGES;
)");
    engine.run();
    size_t pairs = 0;
    for (const auto& record : engine.read("PAIRS")) pairs += record.value ? 1 : 0;
    CHECK(pairs == kRows);
}
