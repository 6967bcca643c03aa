// Every form of every statement parses, and what is printed parses to the same AST.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/sql/parse_support.h"

using namespace millrace;
using namespace millrace::sql;

namespace {

void round_trip(const std::string& text, const ParseOptions& options) {
    INFO(text);
    const Statement first = parse_one(text, options);
    CHECK(first.text == text);
    const std::string printed = print(first);
    INFO(printed);
    const Statement second = parse_one(printed, options);
    CHECK(same_statement(first, second));
    CHECK(print(second) == printed);
}

void round_trip_all(const std::vector<std::string>& texts, const ParseOptions& options = {}) {
    for (const std::string& text : texts) round_trip(text, options);
}

}  // namespace

TEST_CASE("sources are created, altered and dropped", "[sql][forms]") {
    round_trip_all({
        "CREATE STREAM a;",
        "create stream a (x int);",
        "CREATE STREAM a WITH (KAFKA_TOPIC='t');",
        "CREATE STREAM a (id INT KEY, v STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON');",
        "CREATE STREAM IF NOT EXISTS a (x INT) WITH (KAFKA_TOPIC='t');",
        "CREATE OR REPLACE STREAM a (x INT) WITH (KAFKA_TOPIC='t');",
        "CREATE SOURCE STREAM a (x INT) WITH (KAFKA_TOPIC='t');",
        "CREATE OR REPLACE SOURCE STREAM a (x INT) WITH (KAFKA_TOPIC='t');",
        "CREATE STREAM a (h ARRAY<STRUCT<KEY STRING, VALUE BYTES>> HEADERS);",
        "CREATE STREAM a (h BYTES HEADER('k'), i BYTES HEADER('it''s'));",
        "CREATE STREAM `miXed` (`Id` INT KEY, `v a` INT, \"q\" INT, 1st INT, `a``b` INT);",
        "CREATE STREAM `my-stream` (x INT);",
        "CREATE TABLE a;",
        "CREATE TABLE a (id BIGINT PRIMARY KEY, s STRUCT<street VARCHAR, zip INT>);",
        "CREATE TABLE a (k1 INT PRIMARY KEY, k2 INT PRIMARY KEY) WITH (FORMAT='JSON');",
        "CREATE TABLE IF NOT EXISTS a (id INT PRIMARY KEY) WITH (KAFKA_TOPIC='t');",
        "CREATE OR REPLACE TABLE a (id INT PRIMARY KEY);",
        "CREATE SOURCE TABLE a (id INT PRIMARY KEY, h BYTES HEADER('k')) WITH (KAFKA_TOPIC='t');",
        "CREATE STREAM a (x INT) WITH (PARTITIONS=4, REPLICAS=1, WRAP_SINGLE_VALUE=false, "
        "RETENTION_MS=-1, `TIMESTAMP`='x', 'VALUE_DELIMITER'=',', KEY_SCHEMA_ID=3000000000);",
        "CREATE STREAM a (x INT) WITH (A=1.5, B=1e3, C=NULL, D=TRUE);",
        "ALTER STREAM a ADD COLUMN x INT;",
        "ALTER STREAM a ADD x INT, ADD COLUMN y ARRAY<VARCHAR>;",
        "ALTER TABLE a ADD COLUMN active BOOLEAN;",
        "DROP STREAM a;",
        "DROP STREAM IF EXISTS a;",
        "DROP STREAM a DELETE TOPIC;",
        "DROP STREAM IF EXISTS `a` DELETE TOPIC;",
        "DROP TABLE a;",
        "DROP TABLE IF EXISTS a DELETE TOPIC;",
        "CREATE TYPE t AS STRUCT<a INT, b STRING>;",
        "CREATE TYPE IF NOT EXISTS t AS ARRAY<INT>;",
        "DROP TYPE t;",
        "DROP TYPE IF EXISTS `t`;",
    });
}

TEST_CASE("every type can be written", "[sql][forms][types]") {
    const std::vector<std::string> types = {
        "BOOLEAN",
        "INT",
        "INTEGER",
        "BIGINT",
        "DOUBLE",
        "STRING",
        "VARCHAR",
        "VARCHAR(10)",
        "VARCHAR(STRING)",
        "BYTES",
        "DATE",
        "TIME",
        "TIMESTAMP",
        "DECIMAL(10, 2)",
        "DEC(4,0)",
        "ARRAY<INT>",
        "INT ARRAY",
        "ARRAY<ARRAY<ARRAY<INT>>>",
        "MAP<STRING, INT>",
        "MAP<INT, MAP<STRING, ARRAY<DOUBLE>>>",
        "STRUCT<a INT>",
        "STRUCT<>",
        "STRUCT< >",
        "STRUCT<a INT, `b c` STRUCT<d DATE, date DATE>, \"E\" TIME>",
        "STRUCT<a INT> ARRAY",
        "decimal(38,38)",
        "struct<key string, id int, type string>"};
    for (const std::string& type : types) {
        INFO(type);
        round_trip("CREATE TYPE t AS " + type + ";", {});
        round_trip("ALTER STREAM s ADD c " + type + ";", {});
        const SqlTypePtr parsed = parse_type(type);
        CHECK(same_type(parsed, parse_type(parsed->to_string(true))));
        CHECK(same_type(parsed, parse_type(parsed->to_string(false))));
    }
    ParseOptions options;
    options.custom_type = [](const std::string& name) {
        return name == "ADDRESS" ? SqlType::struct_({{"ZIP", SqlType::integer()}}) : nullptr;
    };
    CHECK(parse_type("MAP<STRING, address>", options)->to_string() ==
          "MAP<STRING, STRUCT<`ZIP` INTEGER>>");
}

TEST_CASE("queries that run for ever", "[sql][forms]") {
    round_trip_all({
        "CREATE STREAM a AS SELECT * FROM b;",
        "CREATE STREAM a AS SELECT * FROM b EMIT CHANGES;",
        "CREATE STREAM IF NOT EXISTS a AS SELECT * FROM b;",
        "CREATE OR REPLACE STREAM a AS SELECT * FROM b;",
        "CREATE STREAM a WITH (FORMAT='AVRO', PARTITIONS=2) AS SELECT x, y z FROM b WHERE x > 1;",
        "CREATE TABLE a AS SELECT k, COUNT(*) FROM b GROUP BY k;",
        "CREATE TABLE IF NOT EXISTS a AS SELECT k, COUNT(*) AS n FROM b GROUP BY k EMIT FINAL;",
        "CREATE OR REPLACE TABLE a WITH (FORMAT='JSON') AS SELECT * FROM b;",
        "INSERT INTO a SELECT * FROM b;",
        "INSERT INTO a WITH (QUERY_ID='q') SELECT x FROM b EMIT CHANGES;",
        "INSERT INTO a VALUES (1);",
        "INSERT INTO a (x) VALUES (1);",
        "INSERT INTO a (x, `y`, rowtime) VALUES ('a', -1.5, 1234);",
        "INSERT INTO a VALUES (ARRAY[1, 2], MAP('a':=1), STRUCT(f:=1), NULL, TRUE, 1e0, "
        "CAST('x' AS BYTES), CASE WHEN 1 = 1 THEN 2 END, -1, 1 + 2, UCASE('x'));",
    });
}

TEST_CASE("every clause of SELECT", "[sql][forms][select]") {
    round_trip_all({
        "SELECT * FROM a;",
        "SELECT a.* FROM a;",
        "SELECT s->* FROM a;",
        "SELECT a.s->t->* FROM a;",
        "SELECT arr[1]->*, x FROM a;",
        "SELECT f(x, y)->* FROM a;",
        "SELECT x FROM a;",
        "SELECT x y FROM a;",
        "SELECT x AS y, *, a.*, s->* FROM a EMIT CHANGES;",
        "SELECT a.x AS `y z` FROM a AS b;",
        "SELECT x FROM a b;",
        "SELECT date, time, type, key, id, source, changes, \"from\" FROM a;",
        "SELECT x AS emit FROM a EMIT CHANGES;",
        "SELECT * FROM a WHERE x = 1;",
        "SELECT * FROM a WHERE x = 1 AND y <> 2 OR NOT z >= 3;",
        "SELECT * FROM a GROUP BY x;",
        "SELECT * FROM a GROUP BY x, y;",
        "SELECT * FROM a GROUP BY (x, y);",
        "SELECT * FROM a GROUP BY (x + y), z;",
        "SELECT * FROM a GROUP BY (x + y) * 2, (z);",
        "SELECT * FROM a GROUP BY x->y, UCASE(z);",
        "SELECT * FROM a PARTITION BY x;",
        "SELECT * FROM a PARTITION BY NULL;",
        "SELECT * FROM a PARTITION BY (x, y->z);",
        "SELECT * FROM a PARTITION BY x, f(y) EMIT CHANGES;",
        "SELECT k, SUM(v) FROM a GROUP BY k HAVING SUM(v) > 10 AND COUNT(*) < 3 EMIT CHANGES;",
        "SELECT * FROM a EMIT FINAL;",
        "SELECT * FROM a LIMIT 10;",
        "SELECT * FROM a EMIT CHANGES LIMIT 0;",
        "SELECT * FROM a WHERE x = 1 LIMIT -1;",
        "SELECT * FROM a JOIN b ON a.x = b.y;",
        "SELECT * FROM a INNER JOIN b ON a.x = b.y;",
        "SELECT * FROM a LEFT JOIN b ON a.x = b.y;",
        "SELECT * FROM a LEFT OUTER JOIN b ON a.x = b.y;",
        "SELECT * FROM a RIGHT JOIN b ON a.x = b.y;",
        "SELECT * FROM a RIGHT OUTER JOIN b ON a.x = b.y;",
        "SELECT * FROM a FULL JOIN b ON a.x = b.y;",
        "SELECT * FROM a FULL OUTER JOIN b ON a.x = b.y;",
        "SELECT * FROM a x JOIN b AS y WITHIN 1 HOUR ON x.k = y.k;",
        "SELECT * FROM a JOIN b WITHIN 10 SECONDS GRACE PERIOD 1 DAY ON a.k = b.k;",
        "SELECT * FROM a JOIN b WITHIN (1 MINUTE, 2 HOURS) ON a.k = b.k;",
        "SELECT * FROM a JOIN b WITHIN (1 MINUTE, 2 HOURS) GRACE PERIOD 0 SECONDS ON a.k = b.k;",
        "SELECT * FROM a JOIN b ON a.k = b.k JOIN c WITHIN 7 DAYS ON b.k = c.k EMIT CHANGES;",
        "SELECT * FROM a JOIN b ON (a.k = b.k) AND (a.l = b.l);",
        "SELECT k, COUNT(*) FROM a WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY k;",
        "SELECT k, COUNT(*) FROM a WINDOW w TUMBLING (SIZE 1 DAY) GROUP BY k;",
        "SELECT k, COUNT(*) FROM a WINDOW TUMBLING (SIZE 90 MINUTES, RETENTION 2 DAYS) GROUP BY k;",
        "SELECT k, COUNT(*) FROM a WINDOW TUMBLING (SIZE 1 SECOND, GRACE PERIOD 1 MILLISECOND) "
        "GROUP BY k;",
        "SELECT k, COUNT(*) FROM a WINDOW TUMBLING (SIZE 500 MILLISECONDS, RETENTION 1 DAYS, "
        "GRACE PERIOD 0 SECONDS) GROUP BY k EMIT FINAL;",
        "SELECT k, COUNT(*) FROM a WINDOW HOPPING (SIZE 30 MINUTES, ADVANCE BY 10 MINUTES) "
        "GROUP BY k;",
        "SELECT k, COUNT(*) FROM a WINDOW w HOPPING (SIZE 30 SECONDS, ADVANCE BY 1 SECOND, "
        "RETENTION 1 HOUR, GRACE PERIOD 5 SECONDS) GROUP BY k;",
        "SELECT k, COUNT(*) FROM a WINDOW SESSION (60 SECONDS) GROUP BY k;",
        "SELECT k, COUNT(*) FROM a WINDOW session SESSION (1 HOUR, RETENTION 9 DAYS, "
        "GRACE PERIOD 1 HOUR) WHERE v > 1 GROUP BY k HAVING COUNT(*) > 1 EMIT CHANGES LIMIT 5;",
        "SELECT * FROM a WINDOW TUMBLING (SIZE 1 DAY) GROUP BY x PARTITION BY y;",
    });
}

TEST_CASE("running queries are ended, held and shown", "[sql][forms]") {
    round_trip_all({
        "TERMINATE q_1;",
        "TERMINATE ALL;",
        "TERMINATE `transient_X_1`;",
        "PAUSE q;",
        "PAUSE ALL;",
        "RESUME q;",
        "RESUME ALL;",
        "EXPLAIN q;",
        "EXPLAIN `transient_x`;",
        "EXPLAIN SELECT * FROM a EMIT CHANGES;",
        "EXPLAIN CREATE STREAM a AS SELECT x FROM b WHERE x = 1;",
        "EXPLAIN SHOW STREAMS;",
        "EXPLAIN EXPLAIN q;",
        "EXPLAIN explain;",
    });
}

TEST_CASE("everything can be listed and described", "[sql][forms]") {
    std::vector<std::string> texts = {"DESCRIBE a;",
                                      "DESCRIBE a EXTENDED;",
                                      "DESCRIBE `a`;",
                                      "DESCRIBE STREAMS;",
                                      "DESCRIBE STREAMS EXTENDED;",
                                      "DESCRIBE TABLES;",
                                      "DESCRIBE TABLES EXTENDED;",
                                      "DESCRIBE `TABLES`;",
                                      "DESCRIBE FUNCTION ucase;",
                                      "DESCRIBE FUNCTION `Ucase`;",
                                      "DESCRIBE CONNECTOR c;",
                                      "DESCRIBE function;",
                                      "PRINT t;",
                                      "PRINT 'my topic';",
                                      "PRINT `my-topic`;",
                                      "PRINT t FROM BEGINNING;",
                                      "PRINT t INTERVAL 2;",
                                      "PRINT t SAMPLE 3;",
                                      "PRINT t LIMIT 4;",
                                      "PRINT 't' FROM BEGINNING INTERVAL 2 LIMIT 3;"};
    for (const char* what :
         {"STREAMS", "STREAMS EXTENDED", "TABLES", "TABLES EXTENDED", "TOPICS", "TOPICS EXTENDED",
          "ALL TOPICS", "ALL TOPICS EXTENDED", "FUNCTIONS", "QUERIES", "QUERIES EXTENDED",
          "PROPERTIES", "TYPES", "VARIABLES", "CONNECTORS", "SOURCE CONNECTORS", "SINK CONNECTORS",
          "CONNECTOR PLUGINS"}) {
        texts.push_back(std::string("SHOW ") + what + ";");
        texts.push_back(std::string("LIST ") + what + ";");
    }
    round_trip_all(texts);
}

TEST_CASE("settings, variables, connectors and assertions", "[sql][forms]") {
    round_trip_all({
        "SET 'auto.offset.reset'='earliest';",
        "SET 'a' = '';",
        "UNSET 'auto.offset.reset';",
        "ALTER SYSTEM 'num.standby.replicas'='1';",
        "DEFINE x='1';",
        "DEFINE lowerCase = '''quoted''';",
        "DEFINE id = 'nonreserved';",
        "UNDEFINE x;",
        "CREATE SOURCE CONNECTOR c WITH ('connector.class'='x.Y', 'tasks.max'=1, 'k'='v');",
        "CREATE SINK CONNECTOR IF NOT EXISTS `my c` WITH ('connector.class'='x', lower='1');",
        "DROP CONNECTOR c;",
        "DROP CONNECTOR IF EXISTS c;",
        "ASSERT TOPIC t;",
        "ASSERT TOPIC 't' WITH (PARTITIONS=1, REPLICAS=2);",
        "ASSERT NOT EXISTS TOPIC t TIMEOUT 5 SECONDS;",
        "ASSERT TOPIC `T` WITH (PARTITIONS=1) TIMEOUT 1 MINUTE;",
        "ASSERT SCHEMA SUBJECT 's-value';",
        "ASSERT SCHEMA ID 3;",
        "ASSERT SCHEMA SUBJECT s ID 3 TIMEOUT 10 SECONDS;",
        "ASSERT NOT EXISTS SCHEMA SUBJECT s;",
    });
}

TEST_CASE("the test runner's statements need its dialect", "[sql][forms]") {
    ParseOptions options;
    options.test_statements = true;
    const std::vector<std::string> texts = {
        "ASSERT VALUES s VALUES (1, 'a');",
        "ASSERT VALUES s (id, rowtime) VALUES (1, 10);",
        "ASSERT NULL VALUES t (id) KEY (1);",
        "ASSERT NULL VALUES t KEY (1);",
        "ASSERT STREAM s (id INT KEY, v INT) WITH (KAFKA_TOPIC='t');",
        "ASSERT STREAM s;",
        "ASSERT TABLE t (id INT PRIMARY KEY) WITH (FORMAT='JSON');",
        "RUN SCRIPT 'a.sql';",
        "ASSERT TOPIC t;",
        "SELECT * FROM a;",
    };
    round_trip_all(texts, options);
    for (size_t i = 0; i + 2 < texts.size(); ++i) CHECK_FALSE(refusal(texts[i]).empty());
}

TEST_CASE("words that are not reserved name anything", "[sql][forms][names]") {
    for (const char* word :
         {"SHOW",     "TABLES",    "COLUMNS",  "COLUMN",  "PARTITIONS", "FUNCTIONS", "FUNCTION",
          "SESSION",  "STRUCT",    "MAP",      "ARRAY",   "PARTITION",  "INTEGER",   "DATE",
          "TIME",     "TIMESTAMP", "INTERVAL", "ZONE",    "STRING",     "YEAR",      "MONTH",
          "DAY",      "HOUR",      "MINUTE",   "SECOND",  "EXPLAIN",    "ANALYZE",   "TYPE",
          "TYPES",    "SET",       "RESET",    "IF",      "SOURCE",     "SINK",      "PRIMARY",
          "KEY",      "EMIT",      "CHANGES",  "FINAL",   "ESCAPE",     "REPLACE",   "ASSERT",
          "ALTER",    "ADD",       "HEADER",   "HEADERS", "GRACE",      "PERIOD",    "DEFINE",
          "UNDEFINE", "VARIABLES", "PLUGINS",  "SYSTEM",  "TIMEOUT",    "SCHEMA",    "SUBJECT",
          "ID"}) {
        const std::string name = word;
        INFO(name);
        CHECK_FALSE(is_reserved_word(name));
        round_trip("CREATE STREAM " + name + " (" + name + " INT KEY) WITH (" + name + "='x');",
                   {});
        round_trip("SELECT " + name + ", x.y AS " + name + " FROM " + name + " WHERE " + name +
                       " = 1 GROUP BY " + name + " EMIT CHANGES;",
                   {});
        round_trip("CREATE TYPE t AS STRUCT<" + name + " INT>;", {});
    }
}
