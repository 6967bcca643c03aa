// The command topic as others may leave it: records that are no commands, plans that were changed,
// commands of a newer server, and statements whose command could not be read back.
#include <catch2/catch.hpp>

#include "engine/plan/steps_json.h"
#include "tests/support/engine_on_disk.h"

using namespace millrace;
using millrace::test::EngineFixture;

namespace {

const std::string kCommands = "_confluent-ksql-default__command_topic";

constexpr const char* kStatements = R"(
CREATE STREAM clicks (who STRING, page STRING, n BIGINT) WITH (KAFKA_TOPIC='clicks',
  VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE TABLE people (name STRING PRIMARY KEY, city STRING) WITH (KAFKA_TOPIC='people',
  VALUE_FORMAT='JSON', PARTITIONS=1);
CREATE STREAM pages AS SELECT page, n FROM clicks WHERE n > 0 EMIT CHANGES;
CREATE TABLE counts AS SELECT page, COUNT(*) AS c FROM clicks WINDOW HOPPING (SIZE 10 SECONDS,
  ADVANCE BY 5 SECONDS) GROUP BY page EMIT CHANGES;
CREATE STREAM cities AS SELECT c.who, p.city FROM clicks c JOIN people p ON c.who = p.name
  EMIT CHANGES;
)";

void write_command(EngineFixture& engine, const std::string& value) {
    engine.produce(kCommands, value, 1000, "\"stream/`X`/create\"");
}

/// The commands that these statements leave, in order.
std::vector<std::string> commands_of(EngineFixture& engine) {
    std::vector<std::string> values;
    for (const auto& record : engine.read(kCommands)) values.push_back(record.value.value());
    return values;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

std::string refusal(EngineFixture& engine, const std::string& script) {
    try {
        engine.execute(script);
    } catch (const StatementError& error) {
        return error.what();
    }
    return "";
}

void check_clicks_run(EngineFixture& engine) {
    const size_t before = engine.read("PAGES").size();
    engine.produce("clicks", R"({"who":"w","page":"p","n":1})", 1000);
    engine.run();
    CHECK(engine.read("PAGES").size() == before + 1);
}

void check_only_reads(EngineFixture& engine) {
    for (const auto& query : engine.engine().catalog()->queries()) CHECK(query.paused);
    CHECK(engine.execute("SHOW STREAMS; SHOW QUERIES;").size() == 2);
    const auto answer =
        run_select(engine.engine(), "SELECT * FROM pull WHERE who = 'w';", engine.session());
    CHECK(std::get<PullAnswer>(answer).rows.at(0).num_rows() == 1);
    for (const std::string statement :
         {"CREATE STREAM x (v INT) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='JSON', PARTITIONS=1);",
          "CREATE STREAM x AS SELECT * FROM clicks EMIT CHANGES;", "DROP STREAM cities;",
          "RESUME ALL;", "TERMINATE ALL;", "CREATE TYPE y AS INT;",
          "INSERT INTO clicks (n) VALUES (1);", "ALTER SYSTEM 'commit.interval.ms'='5';"}) {
        CAPTURE(statement);
        CHECK_THAT(refusal(engine, statement), Catch::StartsWith("This server only reads: "));
    }
    CHECK_THROWS_AS(engine.engine().terminate_cluster({}), StatementError);
}

}  // namespace

TEST_CASE("records of the command topic that are no commands are left out", "[session][damaged]") {
    EngineFixture engine;
    engine.execute(kStatements);
    const std::string good = commands_of(engine).at(2);
    const std::string deep(100000, '[');
    for (const std::string& value :
         {std::string(), std::string("x"), std::string("[]"), std::string("null"),
          std::string("{}"), std::string(R"({"version":1})"), std::string(R"({"version":1e300})"),
          std::string(R"({"version":1,"plan":[]})"), deep,
          R"({"version":1,"plan":)" + deep + std::string(100000, ']') + "}",
          std::string(R"({"statement":"","streamsProperties":{},"plan":{"action":"alterSystem",)"
                      R"("message":"","name":"commit.interval.ms","value":"soon"},"version":1})"),
          good.substr(0, good.size() / 2), replaced(good, "\"putSource\"", "\"putSauce\""),
          replaced(good, "\"kind\":\"STREAM\"", "\"kind\":\"RIVER\""),
          replaced(good, "\"type\":\"filter\"", "\"type\":\"sieve\""),
          replaced(good, "\"(N > 0)\"", "\"(N > > 0)\"")})
        write_command(engine, value);
    engine.crash();
    engine.start();
    CHECK(engine.engine().catalog()->version() == 5);
    check_clicks_run(engine);
}

TEST_CASE("behind a command that it cannot read a server only reads", "[session][damaged]") {
    test::EngineOnDisk disk;
    EngineFixture& engine = disk.engine;
    engine.execute(kStatements);
    engine.execute("CREATE TABLE pull AS SELECT who, COUNT(*) AS c FROM clicks GROUP BY who;");
    engine.produce("clicks", R"({"who":"w","page":"p","n":1})", 1000);
    engine.run();
    const std::string good = commands_of(engine).at(2);
    std::string why = "version";
    SECTION("of a newer server") {
        write_command(engine, replaced(good, "},\"version\":1}", "},\"version\":2}"));
    }
    SECTION("with a plan of a newer server") {
        write_command(engine,
                      replaced(good, "\"query\":{\"version\":1", "\"query\":{\"version\":2"));
    }
    SECTION("that ended, changed or replaced something, and is damaged") {
        const std::string id = GENERATE("stream/CITIES/drop", "table/PEOPLE/alter", "type/T/drop",
                                        "terminate/CSAS_CITIES_4/execute", "pause/ALL/execute",
                                        "stream/`CITIES`/create", "cluster/x/alter");
        CAPTURE(id);
        engine.produce(kCommands, good.substr(0, 50), 1000, "\"" + id + "\"");
        why = "(" + id + ")";
    }
    const auto offset = std::to_string(engine.read(kCommands).size() - 1);
    engine.execute("CREATE STREAM late AS SELECT * FROM clicks EMIT CHANGES;");
    const size_t topics = engine.log().topics().list()->size();
    const size_t pages = engine.read("PAGES").size();
    engine.crash();
    engine.start();
    CHECK_THAT(engine.engine().degraded(),
               Catch::Contains("cannot be read on from offset " + offset) &&
                   Catch::Contains(kCommands) && Catch::Contains(why));
    CHECK(engine.engine().catalog()->version() == 6);
    CHECK_FALSE(engine.engine().catalog()->find_source("LATE"));
    engine.produce("clicks", R"({"who":"w","page":"p","n":1})", 2000);
    engine.run();
    CHECK(engine.read("PAGES").size() == pages);
    check_only_reads(engine);
    CHECK(engine.log().topics().list()->size() == topics);

    const std::shared_ptr<Log> log(&engine.log(), [](Log*) {});
    EngineFixture skipping(log, {{"millrace.commands.unreadable", "skip"}});
    CHECK(skipping.engine().degraded() == "");
    CHECK(skipping.engine().catalog()->version() == 7);
    CHECK(refusal(skipping, "DROP STREAM late;") == "");
}

TEST_CASE("a command that lacks what its action needs is none", "[session][damaged]") {
    EngineFixture engine;
    engine.execute(kStatements);
    const std::vector<std::string> good = commands_of(engine);
    const auto version = engine.engine().catalog()->version();
    for (const char* action : {"putSource", "startQuery", "dropSource", "putType", "dropType",
                               "terminate", "pause", "resume", "alterSystem"}) {
        write_command(engine,
                      R"({"statement":"","streamsProperties":{},"originalProperties":{},"plan":)"
                      R"({"action":")" +
                          std::string(action) + R"(","message":""},"version":1})");
    }
    // A source that comes of a query, without it.
    write_command(engine, replaced(good.at(2), "\"query\":", "\"quarry\":"));
    engine.crash();
    engine.start();
    CHECK(engine.engine().degraded() == "");
    CHECK(engine.engine().catalog()->version() == version);
    check_clicks_run(engine);
    engine.execute("DESCRIBE pages EXTENDED; SHOW QUERIES EXTENDED; SHOW ALL TOPICS;");
}

TEST_CASE("a plan that was changed fails its query alone, with the reason", "[session][damaged]") {
    struct Change {
        size_t command;
        const char* what;
        const char* with;
        const char* reason;
    };
    const auto change = GENERATE(values<Change>({
        {2, "\"columns\":[", "\"columns\":[7,", "a column that its source does not have"},
        {2, "\"columns\":[", "\"columns\":[-1,", "a column that its source does not have"},
        {2, "\"isTable\":false", "\"isTable\":true", "it takes a stream for a table"},
        {2, "\"expression\":\"PAGE\"", "\"expression\":\"NOWHERE\"", "NOWHERE"},
        {2, "\"expression\":\"PAGE\"", "\"expression\":\"N\"", "do not follow from its inputs"},
        {2, "\"condition\":\"(N > 0)\"", "\"condition\":\"N\"", "N"},
        {2, "\"valueFormat\":{\"name\":\"JSON\"", "\"valueFormat\":{\"name\":\"YSON\"", "YSON"},
        {3, "\"advanceMs\":5000", "\"advanceMs\":0", "its window hops by nothing"},
        {3, "\"sizeMs\":10000", "\"sizeMs\":-1", "its window"},
        {3, "\"call\":\"COUNT(", "\"call\":\"UCASE(", "UCASE"},
        {3, "\"from\":2", "\"from\":3", "its table"},
        {4, "\"tableStore\":\"KafkaTopic_Right-Reduce\"", "\"tableStore\":\"\"",
         "its store has no name"},
        {4, "\"type\":\"streamTableJoin\",\"left\":false",
         "\"type\":\"tableTableJoin\",\"join\":\"INNER\","
         "\"leftStore\":\"l\",\"rightStore\":\"r\"",
         "it joins a table where a stream should be"},
    }));
    EngineFixture engine;
    engine.execute(kStatements);
    std::vector<std::string> commands = commands_of(engine);
    INFO(commands.at(change.command));
    INFO(change.what << " -> " << change.with);
    std::string& changed = commands.at(change.command);
    const size_t plan = changed.find("\"query\":");
    REQUIRE(plan != std::string::npos);
    changed = changed.substr(0, plan) + replaced(changed.substr(plan), change.what, change.with);

    ManualClock clock{1700000000000};
    std::shared_ptr<Log> log = open_memory_log(clock);
    for (const auto& topic :
         {kCommands, std::string("clicks"), std::string("people"), std::string("PAGES"),
          std::string("COUNTS"), std::string("CITIES"), std::string("COPIES")})
        REQUIRE(log->topics().create(topic, TopicConfig()));
    auto writer = log->writer({});
    for (const std::string& value : commands) {
        ProducedRecord record;
        record.topic = kCommands;
        record.value = value;
        record.timestamp_ms = 1000;
        REQUIRE(writer->write(record));
    }
    REQUIRE(writer->flush(1000));

    EngineFixture other(log);
    other.execute("CREATE STREAM copies AS SELECT * FROM clicks EMIT CHANGES;");
    other.produce("clicks", R"({"who":"w","page":"p","n":1})", 1000);
    other.run();
    CHECK(other.read("COPIES").size() == 1);
    const std::vector<std::string> sources = {"PAGES", "COUNTS", "CITIES"};
    for (size_t i = 0; i < sources.size(); ++i) {
        INFO(sources[i]);
        const auto source = other.engine().catalog()->find_source(sources[i]);
        const auto query = other.engine().runtime().queries().find(source->created_by.value());
        REQUIRE(query);
        const auto errors = query->errors();
        if (i + 2 != change.command) {
            CHECK(errors.empty());
            continue;
        }
        CHECK(query->state() == QueryState::kError);
        REQUIRE(!errors.empty());
        CHECK_THAT(errors[0].message,
                   Catch::StartsWith("The plan of query " + query->id() + " cannot be used") &&
                       Catch::Contains(change.reason));
    }
    if (change.command == 3)
        CHECK_THROWS_AS(run_select(other.engine(), "SELECT * FROM counts;", other.session()),
                        StatementError);
}

TEST_CASE("what could not be read back is refused when it is made", "[session][damaged]") {
    EngineFixture engine;
    std::string types = "CREATE TYPE t0 AS STRUCT<f INT>;";
    int made = 0;
    engine.execute(types);
    for (int i = 1; i <= 210; ++i) {
        const std::string n = std::to_string(i), last = std::to_string(i - 1);
        const std::string message =
            refusal(engine, "CREATE TYPE t" + n + " AS ARRAY<t" + last + ">;");
        if (message.empty()) {
            made = i;
            continue;
        }
        CHECK_THAT(message, Catch::Contains("could not be read back") &&
                                Catch::Contains("nests more than 200 levels"));
        break;
    }
    CHECK(made > 190);
    CHECK(made < 201);
    // In a source and in the plans over it one level more may be one too many.
    const std::string deepest = "t" + std::to_string(made);
    const std::string with = " WITH (KAFKA_TOPIC='deep', VALUE_FORMAT='JSON', PARTITIONS=1);";
    CHECK(refusal(engine, "CREATE STREAM deep (v " + deepest + ")" + with) == "");
    CHECK_THAT(refusal(engine, "CREATE STREAM deeper (v ARRAY<ARRAY<" + deepest + ">>)" + with),
               Catch::Contains("nests more than 200 levels"));
    CHECK(refusal(engine, "CREATE STREAM copies AS SELECT v FROM deep EMIT CHANGES;") == "");
    CHECK_THAT(
        refusal(engine,
                "CREATE STREAM arrays AS SELECT ARRAY[ARRAY[v]] AS a FROM deep EMIT CHANGES;"),
        Catch::Contains("nests more than 200 levels"));
    std::string column = "INT";
    for (int i = 0; i < 199; ++i) column = "ARRAY<" + column + ">";
    CHECK(refusal(engine, "CREATE STREAM wide (v " + column +
                              ") WITH (KAFKA_TOPIC='wide', VALUE_FORMAT='JSON', PARTITIONS=1);") ==
          "");
    const auto version = engine.engine().catalog()->version();
    engine.crash();
    engine.start();
    CHECK(engine.engine().catalog()->version() == version);
    CHECK(engine.engine().catalog()->find_type("T" + std::to_string(made)));
    engine.produce("deep", R"({"v":[]})", 1000);
    engine.run();
    CHECK(engine.read("COPIES").size() == 1);
}

TEST_CASE("a statement that the command topic does not take is refused", "[session][damaged]") {
    EngineFixture engine;
    engine.execute(
        "CREATE STREAM s (v STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
        "PARTITIONS=1);");
    const std::string literal(3U << 20, 'x');
    CHECK_THAT(refusal(engine, "CREATE STREAM long AS SELECT '" + literal + "' AS t, '" + literal +
                                   "' AS u FROM s EMIT CHANGES;"),
               Catch::Contains("The command topic, which keeps it, takes"));
    CHECK_FALSE(engine.engine().catalog()->find_source("LONG"));
    CHECK(refusal(engine, "CREATE STREAM short AS SELECT v FROM s EMIT CHANGES;") == "");
}
