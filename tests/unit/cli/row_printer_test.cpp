#include "cli/row_printer.h"

#include <catch2/catch.hpp>

using namespace millrace;
using namespace millrace::cli;

TEST_CASE("Column names come out of a schema text", "[cli][rows]") {
    CHECK(schema_column_names("`ID` STRING KEY, `N` DECIMAL(4, 2), `S` STRUCT<`A` INTEGER, `B, C` "
                              "MAP<STRING, INTEGER>>, `odd``name, x` ARRAY<STRING>") ==
          std::vector<std::string>{"ID", "N", "S", "odd`name, x"});
    CHECK(schema_column_names("").empty());
}

TEST_CASE("Rows share the terminal's width and wrap", "[cli][rows]") {
    RowLayout layout;
    layout.terminal_width = 24;
    const RowPrinter printer({"A", "LONGER_NAME"}, layout);
    CHECK(printer.header() ==
          "+----------+----------+\n"
          "|A         |LONGER_NAM|\n"
          "|          |E         |\n"
          "+----------+----------+\n");
    CHECK(printer.row(*parse_json_tree(R"([null,"0123456789abc"])"), false) ==
          "|null      |0123456789|\n"
          "|          |abc       |\n");
    CHECK(printer.row(*parse_json_tree(R"(["k",null])"), true) ==
          "|k         |<TOMBSTONE|\n"
          "|          |>         |\n");
}

TEST_CASE("Without wrapping a long cell ends in dots", "[cli][rows]") {
    RowLayout layout;
    layout.column_width = 8;
    layout.wrap = false;
    const RowPrinter printer({"A"}, layout);
    CHECK(printer.row(*parse_json_tree(R"(["0123456789"])"), false) == "|01234...|\n");
    CHECK(printer.row(*parse_json_tree(R"(["01234567"])"), false) == "|01234567|\n");
}

TEST_CASE("Many columns still get five cells each", "[cli][rows]") {
    RowLayout layout;
    layout.terminal_width = 20;
    const RowPrinter printer(std::vector<std::string>(10, "C"), layout);
    CHECK(printer.header().substr(0, 7) == "+-----+");
}
