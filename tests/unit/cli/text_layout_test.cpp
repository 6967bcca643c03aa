#include "cli/text_layout.h"

#include <catch2/catch.hpp>

#include "cli/table_printer.h"

using namespace millrace;
using namespace millrace::cli;

TEST_CASE("Cells show nested values as Java's text", "[cli][layout]") {
    const auto value = parse_json_tree(R"({"A":[1,null,"x"],"B":{"C":true,"D":1.50}})");
    CHECK(cell_text(*value) == "{A=[1, null, x], B={C=true, D=1.50}}");
}

TEST_CASE("Widths count cells of the terminal, not bytes", "[cli][layout]") {
    CHECK(display_width("Grüße") == 5);
    CHECK(display_width("日本") == 4);
    CHECK(display_width("\xff\xfe") == 2);
    CHECK(padded("日", 4) == "日  ");
    CHECK(cut_to_width("日本語", 4) == std::vector<std::string>{"日本", "語"});
    CHECK(cut_to_width("ab\ncd", 5) == std::vector<std::string>{"ab", "cd"});
    CHECK(cut_to_width("", 5) == std::vector<std::string>{""});
    CHECK(cut_at_blanks("one two three", 7) == std::vector<std::string>{"one two", "three"});
    CHECK(cut_at_blanks("unbreakable", 4) == std::vector<std::string>{"unbreakable"});
}

TEST_CASE("A table is as wide as it must be, its rules never wider than the terminal",
          "[cli][layout]") {
    TablePrinter table({"Name", "B"});
    table.add_row({"x", "two\nlines"});
    CHECK(table.text(80) ==
          " Name | B     \n"
          "--------------\n"
          " x    | two   \n"
          "      | lines \n"
          "--------------\n");
    CHECK(table.text(10) ==
          " Name | B     \n"
          "----------\n"
          " x    | two   \n"
          "      | lines \n"
          "----------\n");
}
