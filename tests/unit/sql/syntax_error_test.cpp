// What is said about text that is no statement. The texts are those a user of ksqlDB knows.
#include <catch2/catch.hpp>
#include <string>

#include "engine/base/unicode.h"
#include "tests/unit/sql/parse_support.h"

using namespace millrace;
using namespace millrace::sql;

TEST_CASE("an unknown first word gets a suggestion", "[sql][error]") {
    CHECK(refusal("SHO STREAMS;") ==
          "line 1:1: Syntax Error\nUnknown statement 'SHO'\nDid you mean 'SHOW'?");
    CHECK(refusal("UPDATE users_s SET x=1;") ==
          "line 1:1: Syntax Error\nUnknown statement 'UPDATE'\nDid you mean 'CREATE'?");
    CHECK(refusal("DELETE FROM users_s;") ==
          "line 1:1: Syntax Error\nUnknown statement 'DELETE'\nDid you mean 'SELECT'?");
    CHECK(refusal("RUN SCRIPT 'x';") ==
          "line 1:1: Syntax Error\nUnknown statement 'RUN'\nDid you mean 'PRINT'?");
    CHECK(refusal("show streams;;") ==
          "line 1:14: Syntax Error\nUnknown statement ';'\nDid you mean 'SET'?");
}

TEST_CASE("a script is checked as a whole, with its own lines and columns", "[sql][error]") {
    CHECK(refusal("SHOW STREAMS; SHO TABLES; SHOW TABLES;") ==
          "line 1:15: Syntax Error\nUnknown statement 'SHO'\nDid you mean 'SHOW'?");
    CHECK(refusal("SHOW STREAMS;\n\n  -- a comment\n  SELECT 1;") ==
          "line 4:11: Syntax Error\nExpecting {',', 'FROM'}");
    CHECK(refusal("SELECT 'ä€😀' FRM;") == "line 1:18: Syntax Error\nExpecting {',', 'FROM'}");
    CHECK(refusal("").empty());
    CHECK(refusal("-- only a comment").empty());
}

TEST_CASE("few alternatives are listed, many are not", "[sql][error]") {
    CHECK(refusal("CREATE STREAM ${n}2 (id INT KEY) WITH (KAFKA_TOPIC='z');") ==
          "line 1:19: Syntax Error\nExpecting {';', '(', 'WITH'}");
    CHECK(refusal("CREATE STREAM INPUT (K INTEGER (KEY)) WITH (kafka_topic='i');") ==
          "line 1:33: Syntax Error\nExpecting {'STRING', INTEGER_VALUE}");
    CHECK(refusal("CREATE STREAM INPUT (K VARCHAR(STRING) (KEY)) WITH (kafka_topic='i');") ==
          "line 1:40: Syntax Error\nExpecting {',', ')'}");
    CHECK(refusal("CREATE STREAM a (x INT) WITH ();") == "line 1:31: Syntax Error\n");
    CHECK(refusal("SELECT * FROM names ORDER BY id;") == "line 1:27: Syntax Error\n");
}

TEST_CASE("what is missing or does not fit is named", "[sql][error]") {
    CHECK(refusal("SHOW STREAMS") == "line 1:13: Syntax Error\nmissing ';' at '<EOF>'");
    CHECK(refusal("CREATE STREAM;") ==
          "line 1:14: Syntax Error\nSyntax error at or near ';' at line 1:14");
    CHECK(refusal("DESCRIBE EXTENDED users_s;") ==
          "line 1:10: Syntax Error\nSyntax error at or near 'EXTENDED' at line 1:10");
    CHECK(refusal("CREATE TABLE O AS SELECT f1 FROM T GROUP BY f3, (f2, f1);") ==
          "line 1:52: Syntax Error\nmissing ')' at ','");
    CHECK(refusal("SELECT CAST(a AS NULL) FROM b;") ==
          "line 1:18: Syntax Error\nSyntax error at or near 'NULL' at line 1:18");
    CHECK(refusal("SELECT (a + ;") == "line 1:13: Syntax Error\n'}', ']', or ')' is missing");
    CHECK(refusal("SELECT a FROM b WHERE x = 'abc;") ==
          "line 1:27: Syntax Error\nThe closing ' is missing");
    CHECK(refusal("SELECT a # b FROM c;") == "line 1:10: Syntax Error\nUnexpected character: #");
}

TEST_CASE("a reserved word used as a name is told", "[sql][error]") {
    CHECK(refusal("CREATE STREAM o (c1 VARCHAR, size INTEGER);") ==
          "line 1:30: Syntax Error\n\"size\" is a reserved keyword and it can't be used as an "
          "identifier. You can use it as an identifier by escaping it as `size`");
}

TEST_CASE("conditions are no grouping or partitioning expressions", "[sql][error]") {
    CHECK(refusal("SELECT COUNT(*) FROM t GROUP BY a AND b;").find("Syntax Error") !=
          std::string::npos);
    CHECK(refusal("SELECT * FROM t PARTITION BY a AND b;").find("Syntax Error") !=
          std::string::npos);
    CHECK(refusal("SELECT * FROM t WHERE a IN ();").find("Syntax Error") != std::string::npos);
    CHECK(refusal("SELECT a = b = c FROM t;").find("Syntax Error") != std::string::npos);
}

TEST_CASE("an error carries its place, its kind and the text at fault", "[sql][error]") {
    try {
        parse_one("SELECT\n  1;");
        FAIL("accepted");
    } catch (const StatementError& error) {
        CHECK(error.kind() == ErrorKind::kSyntax);
        CHECK(error.stage() == Stage::kRead);
        CHECK(error.position().line == 2);
        CHECK(error.position().column == 4);
        CHECK(error.statement_text() == "SELECT\n  1;");
        CHECK(source_excerpt(error.statement_text(), error.position()) == "  1;\n   ^");
    }
}

TEST_CASE("mistakes found after reading say so", "[sql][error]") {
    const std::string prefix = "Failed to prepare statement: ";
    CHECK(refusal("CREATE TYPE t AS NOPE;") == prefix + "Cannot resolve unknown type: NOPE");
    CHECK(refusal("CREATE STREAM a (x INT, y INT, x INT);") ==
          prefix + "Duplicate column names: `X`");
    CHECK(refusal("CREATE STREAM a AS SELECT id FROM b LIMIT 3;") ==
          prefix + "CREATE STREAM AS SELECT statements don't support LIMIT clause.");
    CHECK(refusal("CREATE TABLE a AS SELECT id FROM b LIMIT 3;") ==
          prefix + "CREATE TABLE AS SELECT statements don't support LIMIT clause.");
    CHECK(refusal("SHOW TABLES;\nCREATE STREAM OUTPUT AS select K, id, 1.7976931348623159E308 "
                  "FROM INPUT;") ==
          prefix + "line 2:40: Number overflows DOUBLE: 1.7976931348623159E308");
    CHECK(refusal("SELECT 9223372036854775808 FROM a;") ==
          prefix + "line 1:9: Invalid numeric literal: 9223372036854775808");
    CHECK(refusal("SELECT DATE '2020-01-01' FROM a;") == prefix + "line 1:9: Unknown type: DATE");
    CHECK(refusal("SELECT * FROM a LIMIT 1.5;") ==
          prefix + "Value must be integer for command: LIMIT");
    CHECK(refusal("SELECT * FROM a GROUP BY ();") ==
          prefix + "GROUP BY requires at least one expression");
    CHECK(refusal("ASSERT SCHEMA TIMEOUT 1 SECOND;") ==
          prefix + "ASSERT SCHEMA statements much include a subject name or an id");
    CHECK(refusal("ASSERT SCHEMA ID 'x';") == prefix + "ID must be an integer");
    CHECK(refusal("CREATE STREAM a (h BYTES HEADERS);") ==
          prefix +
              "Invalid type for HEADERS column: expected ARRAY<STRUCT<`KEY` STRING, `VALUE` "
              "BYTES>>, got BYTES");
    CHECK(refusal("CREATE STREAM a (h STRING HEADER('k'));") ==
          prefix + "Invalid type for HEADER('k') column: expected BYTES, got STRING");
    CHECK(refusal("SELECT f(a, x => g(b, x => x)) FROM c;") ==
          prefix + "Reusing lambda arguments in nested lambda is not allowed");
    CHECK(refusal("CREATE STREAM `a.b` (x INT);") ==
          "Illegal argument at Line: 1, Col: 15. Source names may only contain alphanumeric "
          "values, '_' or '-'. Got: 'a.b'");
}

TEST_CASE("streams have keys, tables have primary keys", "[sql][error]") {
    const std::string why =
        "\nTables have PRIMARY KEYs, which are unique and NON NULL.\n"
        "Streams have KEYs, which have no uniqueness or NON NULL constraints.";
    CHECK(refusal("CREATE STREAM a (x INT PRIMARY KEY) WITH (KAFKA_TOPIC='a');") ==
          "Line: 1, Col: 18: Column `X` is a 'PRIMARY KEY' column: please use 'KEY' for streams." +
              why);
    CHECK(refusal("CREATE TABLE a (x INT KEY) WITH (KAFKA_TOPIC='a');") ==
          "Line: 1, Col: 17: Column `X` is a 'KEY' column: please use 'PRIMARY KEY' for tables." +
              why);
}

TEST_CASE("inside a select item no alternative fits", "[sql][error]") {
    // Undecided: it could still become `x->*`.
    CHECK(refusal("SELECT f(a b) FROM c;") ==
          "line 1:12: Syntax Error\nSyntax error at or near 'b' at line 1:12");
    CHECK(refusal("SELECT x, a->1 FROM c;") ==
          "line 1:14: Syntax Error\nSyntax error at or near '1' at line 1:14");
    CHECK(refusal("SELECT a + b->* FROM c;") ==
          "line 1:13: Syntax Error\nSyntax error at or near '->' at line 1:13");
    // Decided.
    CHECK(refusal("SELECT a = f(b c) FROM d;") == "line 1:16: Syntax Error\nExpecting {',', ')'}");
    CHECK(refusal("SELECT * FROM d WHERE f(b c);") ==
          "line 1:27: Syntax Error\nExpecting {',', ')'}");
}

TEST_CASE("a character that no statement has is shown whole, and named", "[sql][error]") {
    const auto said = [](const std::string& text) {
        const std::string message = refusal(text);
        CHECK(millrace::first_invalid_utf8(message) == message.size());
        return message;
    };
    CHECK(said("SHOW\u00a0STREAMS;") ==
          "line 1:5: Syntax Error\nUnexpected character: no-break space (U+00A0). Write a space "
          "instead");
    CHECK(said("SHOW STREAMS\u200b;") ==
          "line 1:13: Syntax Error\nUnexpected character: zero width space (U+200B). Write nothing "
          "instead");
    CHECK(said("\u201cSHOW STREAMS;") ==
          "line 1:1: Syntax Error\nUnexpected character: \u201c (left double quotation mark, "
          "U+201C). Write ' round text or ` round a name instead");
    CHECK(said("SELECT \u2018a\u2019 FROM s;") ==
          "line 1:8: Syntax Error\nUnexpected character: \u2018 (left single quotation mark, "
          "U+2018). Write ' round text instead");
    CHECK(said("CREATE STREAM s (ä INT) WITH (KAFKA_TOPIC='t');") ==
          "line 1:18: Syntax Error\nUnexpected character: ä (U+00E4). A name with it stands in "
          "backticks");
    CHECK(said("SHOW STREAMS \U0001F600;") ==
          "line 1:14: Syntax Error\nUnexpected character: \U0001F600 (U+1F600). A name with it "
          "stands in backticks");
    CHECK(said("SHÖW STREAMS;") ==
          "line 1:1: Syntax Error\nUnknown statement 'SHÖW'\nDid you mean 'SHOW'?");
    CHECK(said("SHOW STREAMS; \uFEFFSHOW STREAMS;") ==
          "line 1:15: Syntax Error\nUnexpected character: byte order mark (U+FEFF). Write nothing "
          "instead");
}

TEST_CASE("a byte order mark begins a script, and bytes that are no UTF-8 end it", "[sql][error]") {
    CHECK(refusal("\uFEFFSHOW STREAMS;").empty());
    CHECK(refusal("\uFEFF").empty());
    CHECK(refusal("\uFEFF-- a comment\nSHO STREAMS;").starts_with("line 2:1: "));
    CHECK(refusal("SHOW STREAMS;\nPRINT 'caf\xE9';") ==
          "line 2:11: Syntax Error\nThe byte 0xE9 is no UTF-8: save the text as UTF-8");
    CHECK(refusal("SHOW\xC3 STREAMS;") ==
          "line 1:5: Syntax Error\nThe byte 0xC3 is no UTF-8: save the text as UTF-8");
}

TEST_CASE("a type that is nothing without others is told with them", "[sql][error]") {
    CHECK(refusal("CREATE STREAM a (x STRUCT) WITH (KAFKA_TOPIC='t');") ==
          "Failed to prepare statement: Cannot resolve unknown type: STRUCT. A STRUCT tells what "
          "is in it: STRUCT<field INT>");
    CHECK(refusal("CREATE STREAM a (x MAP) WITH (KAFKA_TOPIC='t');") ==
          "Failed to prepare statement: Cannot resolve unknown type: MAP. A MAP tells what is in "
          "it: MAP<VARCHAR, INT>");
}
