#include <catch2/catch.hpp>
#include <string>

#include "engine/base/nearest.h"
#include "engine/sql/duration.h"
#include "tests/unit/sql/parse_support.h"

using namespace millrace;
using namespace millrace::sql;

TEST_CASE("statements print in ksqlDB's layout", "[sql][print]") {
    const auto printed = [](const std::string& text) { return print(parse_one(text)); };
    CHECK(printed("CREATE STREAM users_s (id VARCHAR KEY, name VARCHAR, age INT) WITH "
                  "(VALUE_FORMAT='JSON', KAFKA_TOPIC='users_s', PARTITIONS=2);") ==
          "CREATE STREAM USERS_S (ID STRING KEY, NAME STRING, AGE INTEGER) WITH "
          "(KAFKA_TOPIC='users_s', PARTITIONS=2, VALUE_FORMAT='JSON');");
    CHECK(printed("CREATE TABLE users_t (id BIGINT PRIMARY KEY, addr STRUCT<street VARCHAR, zip "
                  "INT>);") ==
          "CREATE TABLE USERS_T (ID BIGINT PRIMARY KEY, ADDR STRUCT<STREET STRING, ZIP INTEGER>);");
    CHECK(printed("CREATE STREAM `miXed` (`Id` INT KEY, `v a` INT);") ==
          "CREATE STREAM `miXed` (`Id` INTEGER KEY, `v a` INTEGER);");
    CHECK(printed("create stream a as select * from users_s users_s emit changes;") ==
          "CREATE STREAM A AS SELECT *\nFROM USERS_S USERS_S\nEMIT CHANGES;");
    CHECK(printed("CREATE TABLE h AS SELECT id id, COUNT(*) n FROM s WINDOW HOPPING (SIZE 60 "
                  "MINUTES, ADVANCE BY 10 MINUTES, RETENTION 10000 DAYS) WHERE a > 1 GROUP BY id, "
                  "b EMIT CHANGES;") ==
          "CREATE TABLE H AS SELECT\n  ID ID,\n  COUNT(*) N\nFROM S\nWINDOW HOPPING ( SIZE 60 "
          "MINUTES , ADVANCE BY 10 MINUTES , RETENTION 10000 DAYS ) \nWHERE (A > 1)\nGROUP BY ID, "
          "B\nEMIT CHANGES;");
    CHECK(printed("SELECT s.id FROM users_s s LEFT JOIN names n ON s.id = n.id EMIT CHANGES;") ==
          "SELECT S.ID\nFROM USERS_S S\nLEFT OUTER JOIN NAMES N ON ((S.ID = N.ID))\nEMIT CHANGES;");
    CHECK(printed("SELECT * FROM a JOIN b WITHIN 1 HOUR GRACE PERIOD 1 HOUR ON a.id = b.id;") ==
          "SELECT *\nFROM A\nINNER JOIN B WITHIN 1 HOURS GRACE PERIOD 1 HOURS ON ((A.ID = B.ID));");
}

TEST_CASE("durations are milliseconds that remember their unit", "[sql][statement]") {
    const Statement statement = parse_one(
        "SELECT k FROM a JOIN b WITHIN (1 MINUTE, 120 SECONDS) ON a.k = b.k WINDOW TUMBLING (SIZE "
        "2 DAYS, GRACE PERIOD 3 MILLISECONDS) GROUP BY k;");
    const Query& query = statement.as<QueryStatement>()->query;
    const Within& within = *query.joins.at(0).within;
    CHECK(within.before_ms == 60'000);
    CHECK(within.after_ms == 120'000);
    CHECK_FALSE(within.single);
    CHECK(query.window->size_ms == 172'800'000);
    CHECK(query.window->grace_ms == 3);
    CHECK_FALSE(query.window->retention_ms.has_value());
    Query changed = query;
    changed.window->size_unit = DurationUnit::kAuto;
    changed.window->size_ms = 90'000;
    CHECK(print(changed).find("SIZE 90 SECONDS") != std::string::npos);
    const Statement forever =
        parse_one("SELECT k FROM a WINDOW TUMBLING (SIZE 999999999999999 DAYS) GROUP BY k;");
    CHECK(forever.as<QueryStatement>()->query.window->size_ms > kForeverMs);
}

TEST_CASE("names fold to upper case unless quoted; topics never do", "[sql][statement]") {
    CHECK(parse_one("CREATE STREAM abc (x INT);").as<CreateSource>()->name == "ABC");
    CHECK(parse_one("CREATE STREAM `abc` (x INT);").as<CreateSource>()->name == "abc");
    CHECK(parse_one("CREATE STREAM \"aBc\" (x INT);").as<CreateSource>()->name == "aBc");
    CHECK(parse_one("PRINT aBc;").as<PrintTopic>()->topic == "aBc");
    CHECK(parse_one("PRINT 'a B';").as<PrintTopic>()->topic == "a B");
    CHECK(parse_one("ASSERT TOPIC Abc;").as<AssertTopic>()->topic == "Abc");
    CHECK(parse_one("TERMINATE q_1;").as<TerminateQuery>()->query.id == "Q_1");
    CHECK_FALSE(parse_one("TERMINATE all;").as<TerminateQuery>()->query.id.has_value());
    CHECK(parse_one("DEFINE aBc='x';").as<DefineVariable>()->name == "aBc");
    const auto properties = parse_one("CREATE STREAM a WITH ('kafka_topic'='T', b='x');")
                                .as<CreateSource>()
                                ->properties;
    CHECK(properties.find("KAFKA_TOPIC")->value.as_string() == "T");
    CHECK(properties.find("B") != nullptr);
    CHECK(properties.find("C") == nullptr);
    const auto settings = parse_one("CREATE SINK CONNECTOR c WITH ('tasks.Max'='1', b='x');")
                              .as<CreateConnector>()
                              ->properties;
    CHECK(settings.find("tasks.Max") != nullptr);
    CHECK(settings.find("B") != nullptr);
}

TEST_CASE("EXPLAIN holds a statement of its own", "[sql][statement]") {
    const Statement explain = parse_one("EXPLAIN  SELECT *  FROM a EMIT CHANGES;");
    const auto* inner = explain.as<Explain>();
    REQUIRE(inner->statement != nullptr);
    CHECK(inner->statement->text == "SELECT *  FROM a EMIT CHANGES;");
    CHECK(inner->statement->position.column == 10);
    CHECK(parse_one("EXPLAIN csas_a_0;").as<Explain>()->query_id == "CSAS_A_0");
}

TEST_CASE("columns can be parsed alone, as plans keep them", "[sql][statement]") {
    const auto columns = parse_columns(
        "`ID` BIGINT KEY, `v` ARRAY<STRUCT<`a` INTEGER>>, H BYTES "
        "HEADER('k')");
    REQUIRE(columns.size() == 3);
    CHECK(columns[0].role == ColumnRole::kKey);
    CHECK(columns[1].name == "v");
    CHECK(columns[1].type->to_string() == "ARRAY<STRUCT<`a` INTEGER>>");
    CHECK(columns[2].header_key == "k");
}

TEST_CASE("near names are found, nearest first", "[sql][names]") {
    const std::vector<std::string> names = {"USERS", "USERS_S", "ORDERS", "COUNTS", "users"};
    CHECK(nearest_names("USER", names) == std::vector<std::string>{"USERS", "users"});
    CHECK(nearest_names("usrs_s", names, 1) == std::vector<std::string>{"USERS_S"});
    CHECK(nearest_names("XYZZY", names).empty());
}

TEST_CASE("the grammar and the list of reserved words agree", "[sql][names]") {
    // Each of these stands in the grammar and may not name a column; printing must quote it.
    for (const char* word :
         {"SELECT",  "FROM",      "AS",          "ALL",          "DISTINCT",  "WHERE",   "WITHIN",
          "WINDOW",  "GROUP",     "BY",          "HAVING",       "LIMIT",     "AT",      "OR",
          "AND",     "IN",        "NOT",         "EXISTS",       "BETWEEN",   "LIKE",    "IS",
          "NULL",    "TRUE",      "FALSE",       "YEARS",        "MONTHS",    "DAYS",    "HOURS",
          "MINUTES", "SECONDS",   "MILLISECOND", "MILLISECONDS", "TUMBLING",  "HOPPING", "SIZE",
          "ADVANCE", "RETENTION", "CASE",        "WHEN",         "THEN",      "ELSE",    "END",
          "JOIN",    "FULL",      "OUTER",       "INNER",        "LEFT",      "RIGHT",   "ON",
          "WITH",    "VALUES",    "CREATE",      "TABLE",        "TOPIC",     "STREAM",  "STREAMS",
          "INSERT",  "DELETE",    "INTO",        "DESCRIBE",     "EXTENDED",  "PRINT",   "CAST",
          "LIST",    "TOPICS",    "QUERIES",     "TERMINATE",    "PAUSE",     "RESUME",  "DROP",
          "UNSET",   "CONNECTOR", "CONNECTORS",  "PROPERTIES",   "BEGINNING", "SAMPLE",  "RUN",
          "SCRIPT"}) {
        INFO(word);
        CHECK(is_reserved_word(word));
        CHECK_FALSE(refusal(std::string("CREATE STREAM a (") + word + " INT);").empty());
        CHECK(refusal("CREATE STREAM a (" + quote_identifier(word) + " INT);").empty());
    }
}
