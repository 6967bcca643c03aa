#include "engine/types/sql_type.h"

#include <catch2/catch.hpp>

#include "engine/base/error.h"
#include "engine/types/schema.h"

using namespace millrace;

TEST_CASE("types print as ksqlDB prints them", "[types]") {
    CHECK(SqlType::integer()->to_string() == "INTEGER");
    CHECK(SqlType::decimal(4, 2)->to_string() == "DECIMAL(4, 2)");
    CHECK(SqlType::array(SqlType::string())->to_string() == "ARRAY<STRING>");
    CHECK(SqlType::map(SqlType::string(), SqlType::integer())->to_string() ==
          "MAP<STRING, INTEGER>");
    auto type = SqlType::struct_({{"X", SqlType::integer()}, {"y", SqlType::string()}});
    CHECK(type->to_string() == "STRUCT<`X` INTEGER, `y` STRING>");
    CHECK(type->to_string(false) == "STRUCT<X INTEGER, `y` STRING>");
    CHECK(SqlType::struct_({})->to_string() == "STRUCT< >");
}

TEST_CASE("DECIMAL refuses impossible parameters", "[types]") {
    CHECK_THROWS_AS(SqlType::decimal(0, 0), StatementError);
    CHECK_THROWS_AS(SqlType::decimal(2, -1), StatementError);
    CHECK_THROWS_WITH(SqlType::decimal(2, 3), "DECIMAL precision must be >= scale: DECIMAL(2,3)");
}

TEST_CASE("types are equal by structure", "[types]") {
    auto make = [] { return SqlType::array(SqlType::struct_({{"A", SqlType::decimal(3, 1)}})); };
    CHECK(same_type(make(), make()));
    CHECK_FALSE(same_type(make(), SqlType::array(SqlType::string())));
    CHECK_FALSE(*SqlType::decimal(3, 1) == *SqlType::decimal(3, 2));
    CHECK_FALSE(same_type(make(), nullptr));
    CHECK(SqlType::of(BaseType::kDate) == SqlType::date());
}

TEST_CASE("identifiers are quoted where the lexer would read something else", "[types]") {
    CHECK(quote_identifier("NAME") == "NAME");
    CHECK(quote_identifier("name") == "`name`");
    CHECK(quote_identifier("A B") == "`A B`");
    CHECK(quote_identifier("A`B") == "`A``B`");
    CHECK(quote_identifier("SELECT") == "`SELECT`");
    CHECK(quote_identifier("1ST") == "1ST");
    CHECK(quote_identifier("1E5") == "`1E5`");
    CHECK(quote_identifier("1E5X") == "1E5X");
    CHECK(quote_identifier("E5") == "E5");
    CHECK(quote_identifier("TIMESTAMP") == "TIMESTAMP");
    CHECK(quote_identifier("KSQL_COL_0") == "KSQL_COL_0");
    CHECK(quote_identifier("1A") == "1A");
    CHECK(quote_identifier("12") == "`12`");
    CHECK(quote_identifier("") == "``");
    CHECK(quote_identifier("NAME", true) == "`NAME`");
}

TEST_CASE("every reserved word is found", "[types]") {
    // The list is searched by halves: a word out of order would be lost.
    for (const char* word :
         {"ADVANCE",     "ALL",          "BETWEEN", "BY",      "CASE",   "CREATE",
          "DAYS",        "DEC",          "DECIMAL", "DELETE",  "EXISTS", "FROM",
          "GROUP",       "HAVING",       "INSERT",  "JOIN",    "LIMIT",  "MATERIALIZED",
          "MILLISECOND", "MILLISECONDS", "NULL",    "OUTER",   "PRINT",  "QUERIES",
          "RETENTION",   "SELECT",       "STREAM",  "STREAMS", "TABLE",  "TO",
          "TUMBLING",    "UNSET",        "VALUES",  "WHERE",   "WINDOW", "WITH",
          "WITHIN",      "YEARS"}) {
        INFO(word);
        CHECK(is_reserved_word(word));
    }
    CHECK_FALSE(is_reserved_word("STRUCT"));
    CHECK_FALSE(is_reserved_word("FOO"));
}

TEST_CASE("schemas print with their keys and headers", "[types]") {
    Schema schema;
    schema.key = {{"ID", SqlType::string()}};
    schema.value = {{"N", SqlType::bigint()}};
    schema.headers = {{"H", SqlType::bytes(), "a"},
                      {"ALL_H", SqlType::array(SqlType::bytes()), std::nullopt}};
    CHECK(schema.to_string() ==
          "`ID` STRING KEY, `N` BIGINT, `H` BYTES HEADER('a'), `ALL_H` ARRAY<BYTES> HEADERS");
    CHECK(schema.to_string("PRIMARY KEY").starts_with("`ID` STRING PRIMARY KEY"));
    CHECK(schema.find_key("ID") != nullptr);
    CHECK(schema.find_value("ID") == nullptr);
    CHECK(is_system_column("ROWTIME"));
    CHECK_FALSE(is_system_column("rowtime"));
}
