#include "cli/statement_splitter.h"

#include <catch2/catch.hpp>

using namespace millrace::cli;
using Texts = std::vector<std::string>;

TEST_CASE("Statements end at semicolons outside quotes and comments", "[cli][splitter]") {
    const SplitText split = split_statements(
        "SELECT ';', `a;b`, \"c;\" FROM x; -- not; here\n"
        "PRINT /* nor ; here */ y; ;; SHOW 'it''s;'");
    CHECK(split.statements == Texts{"SELECT ';', `a;b`, \"c;\" FROM x;", "PRINT   y;"});
    CHECK(split.rest == "SHOW 'it''s;'");
    CHECK_FALSE(split.open);
    CHECK(split_statements("SELECT 'open;").open);
    CHECK(split_statements("/* open;").open);
    CHECK_FALSE(split_statements("-- at the end").open);
}

TEST_CASE("Lines are gathered until statements are whole", "[cli][splitter]") {
    StatementBuffer buffer;
    CHECK(buffer.empty());
    buffer.add_line("-- only a comment");
    CHECK(buffer.empty());
    buffer.add_line("SELECT * \\");
    CHECK_FALSE(buffer.empty());
    CHECK_FALSE(buffer.complete());
    buffer.add_line("FROM x; SHOW");
    CHECK_FALSE(buffer.complete());
    buffer.add_line("STREAMS;  -- done");
    CHECK(buffer.complete());
    CHECK(buffer.take() == Texts{"SELECT * \nFROM x;", "SHOW\nSTREAMS;"});
    CHECK(buffer.empty());
    buffer.add_line("SHOW TABLES");
    CHECK(buffer.take() == Texts{"SHOW TABLES;"});
}

TEST_CASE("Tokens are unescaped", "[cli][splitter]") {
    const auto tokens = tokenize("set 'a.b' = 'it''s' -- x\n;");
    REQUIRE(tokens.size() == 5);
    CHECK(tokens[0].is_word("SET"));
    CHECK(tokens[1].text == "a.b");
    CHECK(tokens[3].text == "it's");
    CHECK(tokens[4].text == ";");
}
