// What becomes of records that cannot be read: the query's or the row's end, the processing log and
// its stream, and what DESCRIBE tells of them.
#include <catch2/catch.hpp>

#include "engine/base/error.h"
#include "tests/support/engine_fixture.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

constexpr const char* kStream =
    "CREATE STREAM s (id VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
    "PARTITIONS=1);";
constexpr const char* kCopy = "CREATE STREAM c AS SELECT id, v FROM s;";

class Rows final : public PushListener {
public:
    bool rows(const RecordBatch& batch) override {
        num_rows += batch.num_rows();
        for (const auto& column : batch.columns()) {
            if (column->type().is(BaseType::kString)) texts.push_back(column->get(0).as_string());
        }
        return true;
    }
    void finished(End end, const std::string& message) override {
        ended = end;
        reason = message;
    }

    size_t num_rows = 0;
    std::vector<std::string> texts;  ///< Of the first row.
    std::optional<End> ended;
    std::string reason;
};

std::shared_ptr<Rows> select(EngineFixture& engine, const std::string& text) {
    auto plan = run_select(engine.engine(), text, engine.session());
    auto rows = std::make_shared<Rows>();
    start_push(engine.engine(), std::get<PushQueryPlan>(plan), rows);
    engine.run();
    return rows;
}

/// Good, bad, good.
void feed(EngineFixture& engine) {
    engine.produce("s", R"({"v":1})", 1000, "a");
    engine.produce("s", R"({"v":)", 2000, "b");
    engine.produce("s", R"({"v":3})", 3000, "c");
    engine.run();
}

entity::QueryDescription only_query(EngineFixture& engine) {
    auto entities = engine.execute("SHOW QUERIES EXTENDED;");
    auto list = std::get<entity::QueryDescriptionList>(entities[0].body).queries;
    REQUIRE(list.size() == 1);
    return list[0];
}

entity::SourceDescription described(EngineFixture& engine, const std::string& name) {
    auto entities = engine.execute("DESCRIBE " + name + " EXTENDED;");
    return std::get<entity::SourceDescriptionOne>(entities[0].body).source;
}

double figure(const std::vector<entity::Statistic>& figures, const std::string& name) {
    for (const auto& one : figures) {
        if (one.name == name) return one.value;
    }
    return -1;
}

std::map<std::string, std::string> with_log() {
    return {{"ksql.logging.processing.topic.auto.create", "true"},
            {"ksql.logging.processing.stream.auto.create", "true"}};
}

}  // namespace

TEST_CASE("a record that cannot be read is left out, and counted", "[session][bad]") {
    EngineFixture engine(with_log());
    engine.execute(std::string(kStream) + kCopy);
    feed(engine);
    CHECK(engine.read("C").size() == 2);
    const auto query = only_query(engine);
    CHECK(query.state == "RUNNING");
    CHECK(query.errors.empty());
    engine.engine().runtime().processing_log().flush();
    const auto lines = engine.read("default_ksql_processing_log");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].value->find("\"topic\":\"s\",\"partition\":0,\"offset\":1") !=
          std::string::npos);
    CHECK(lines[0].value->find("\"recordB64\":null") != std::string::npos);
}

TEST_CASE("ksql.fail.on.deserialization.error ends the query, and says by which record",
          "[session][bad]") {
    const bool by_server = GENERATE(true, false);
    CAPTURE(by_server);
    EngineFixture engine(
        by_server
            ? std::map<std::string, std::string>{{"ksql.fail.on.deserialization.error", "true"}}
            : std::map<std::string, std::string>());
    if (!by_server) engine.session().overrides["ksql.fail.on.deserialization.error"] = "true";
    engine.execute(std::string(kStream) + kCopy);
    feed(engine);
    const std::string expected = "Cannot read the record of topic s, partition 0, offset 1: ";
    const auto query = only_query(engine);
    CHECK(query.state == "ERROR");
    REQUIRE_FALSE(query.errors.empty());
    CHECK(query.errors.back().message.starts_with(expected));
    auto entities = engine.execute("EXPLAIN " + query.id + ";");
    const auto& explained = std::get<entity::QueryDescriptionOne>(entities[0].body).query;
    CHECK(explained.state == "ERROR");
    CHECK(explained.errors.back().message.starts_with(expected));
    const auto writers = described(engine, "C").write_queries;
    REQUIRE(writers.size() == 1);
    CHECK(writers[0].state == "ERROR");
    CHECK(figure(described(engine, "S").cluster_error_stats, "consumer-failed-messages") >= 1);
}

TEST_CASE("push queries, and pull queries by plan, end by a bad record when told so",
          "[session][bad]") {
    const std::string emit = GENERATE(" EMIT CHANGES;", ";");
    CAPTURE(emit);
    EngineFixture engine;
    engine.execute(kStream);
    feed(engine);
    CHECK(select(engine, "SELECT * FROM s" + emit)->num_rows == 2);
    engine.session().overrides["ksql.fail.on.deserialization.error"] = "true";
    const auto rows = select(engine, "SELECT * FROM s" + emit);
    REQUIRE(rows->ended.has_value());
    CHECK(*rows->ended == PushListener::End::kError);
    CHECK(rows->reason.starts_with("Cannot read the record of topic s, partition 0, offset 1: "));
}

TEST_CASE("the processing log's stream is there, once, and can be queried", "[session][bad]") {
    auto properties = with_log();
    properties["ksql.logging.processing.rows.include"] = "true";
    EngineFixture engine(properties);
    engine.execute(std::string(kStream) + kCopy);
    feed(engine);
    engine.engine().runtime().processing_log().flush();
    const auto rows =
        select(engine,
               "SELECT logger, level, time, message->type AS t, "
               "message->deserializationError->`topic` AS name, "
               "FROM_BYTES(TO_BYTES(message->deserializationError->recordB64, 'base64'), 'utf8') "
               "AS record FROM KSQL_PROCESSING_LOG EMIT CHANGES;");
    REQUIRE(rows->num_rows == 1);
    REQUIRE(rows->texts.size() == 4);
    CHECK(rows->texts[0].starts_with("processing.CSAS_C_"));
    CHECK(rows->texts[1] == "ERROR");
    CHECK(rows->texts[2] == "s");
    CHECK(rows->texts[3] == "{\"v\":");

    const auto commands = engine.engine().command_statuses().size();
    engine.crash();
    engine.start();
    CHECK(engine.engine().command_statuses().size() == commands);
    CHECK(engine.engine().catalog()->find_source("KSQL_PROCESSING_LOG") != nullptr);
}

TEST_CASE("the processing log's topic and stream have the names that the properties say",
          "[session][bad]") {
    auto properties = with_log();
    properties["ksql.logging.processing.topic.name"] = "bad_rows";
    properties["ksql.logging.processing.topic.partitions"] = "3";
    properties["ksql.logging.processing.stream.name"] = "BAD";
    EngineFixture engine(properties);
    const auto source = engine.engine().catalog()->find_source("BAD");
    REQUIRE(source);
    CHECK(source->topic == "bad_rows");
    CHECK(described(engine, "BAD").partitions == 3);
    engine.execute("DROP STREAM bad;");
    CHECK_FALSE(engine.engine().catalog()->find_source("BAD"));
}

TEST_CASE("a failure of a query is in the processing log; its own bad records are not",
          "[session][bad]") {
    EngineFixture engine(with_log());
    engine.session().overrides["ksql.fail.on.deserialization.error"] = "true";
    engine.execute(std::string(kStream) + kCopy);
    feed(engine);
    auto& log = engine.engine().runtime().processing_log();
    log.flush();
    auto lines = engine.read("default_ksql_processing_log");
    REQUIRE(lines.size() == 2);
    CHECK(lines[1].value->find("\"type\":4") != std::string::npos);
    CHECK(lines[1].value->find("\"errorMessage\":\"Cannot read the record of topic s") !=
          std::string::npos);
    engine.session().overrides.clear();
    engine.produce("default_ksql_processing_log", "{", 1000);
    CHECK(select(engine, "SELECT * FROM KSQL_PROCESSING_LOG EMIT CHANGES;")->num_rows == 2);
    log.flush();
    CHECK(engine.read("default_ksql_processing_log").size() == 3);
}

TEST_CASE("DESCRIBE EXTENDED tells what was read, written and lost", "[session][bad]") {
    EngineFixture engine;
    engine.execute(kStream);
    CHECK(described(engine, "S").statistics.empty());
    CHECK(described(engine, "S").cluster_statistics.empty());
    engine.execute(kCopy);
    feed(engine);
    const auto read = described(engine, "S");
    CHECK(figure(read.cluster_statistics, "consumer-total-messages") == 3);
    CHECK(figure(read.cluster_statistics, "consumer-messages-per-sec") == Approx(0.03));
    CHECK(figure(read.cluster_statistics, "consumer-total-bytes") == 22);
    CHECK(figure(read.cluster_statistics, "total-messages") == -1);
    CHECK(read.statistics.find(
              "\nconsumer-messages-per-sec:      0.03 consumer-total-messages:         3 "
              "consumer-total-bytes:        22     last-message: 2023-11-14T22:13:20.000Z") !=
          std::string::npos);
    CHECK(read.error_stats.starts_with("consumer-failed-messages:         1 "));
    const auto written = described(engine, "C");
    CHECK(figure(written.cluster_statistics, "total-messages") == 2);
    CHECK(written.statistics.ends_with(
        "\nmessages-per-sec:      0.02   total-messages:         2     last-message: "
        "2023-11-14T22:13:20.000Z"));
    CHECK(written.error_stats.empty());
    // The rate is that of the last hundred seconds.
    engine.clock().advance(200'000);
    CHECK(figure(described(engine, "C").cluster_statistics, "messages-per-sec") == 0);
    CHECK(figure(described(engine, "C").cluster_statistics, "total-messages") == 2);
}

TEST_CASE("what is said of a bad row tells which value, and what was wanted", "[session][bad]") {
    EngineFixture engine(with_log());
    engine.execute(
        "CREATE STREAM s (day VARCHAR, a DECIMAL(38, 0), b DECIMAL(38, 0)) WITH "
        "(KAFKA_TOPIC='s', "
        "VALUE_FORMAT='JSON', PARTITIONS=1, TIMESTAMP='day', TIMESTAMP_FORMAT='yyyy-MM-dd');"
        "CREATE STREAM c AS SELECT a + b AS x FROM s;");
    engine.produce("s", R"({"day":"never"})", 1000, "a");
    engine.produce("s", R"({"day":null})", 1000, "a");
    engine.produce("s", "hello, world", 1000, "a");
    engine.produce("s", R"({"day":"2020-01-01","a":5E37,"b":5E37})", 1000, "a");
    engine.run();
    engine.engine().runtime().processing_log().flush();
    std::string said;
    for (const auto& line : engine.read("default_ksql_processing_log")) said += *line.value + "\n";
    CHECK_THAT(said, Catch::Contains("Failed to extract timestamp from row: the column DAY has "
                                     "'never', which is not of the TIMESTAMP_FORMAT 'yyyy-MM-dd'"));
    CHECK_THAT(said, Catch::Contains("the timestamp column DAY is NULL"));
    CHECK_THAT(said,
               Catch::Contains("Unrecognized token 'hello', where a JSON object was expected"));
    CHECK_THAT(said, Catch::Contains("Rounding necessary: "));
    CHECK_THAT(said, Catch::Contains("does not fit DECIMAL(39, 0)"));
}
