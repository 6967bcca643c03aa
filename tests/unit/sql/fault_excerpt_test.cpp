// Where an error is, shown: by its position, or by the name that its message is about.
#include "engine/sql/fault_excerpt.h"

#include <catch2/catch.hpp>

using namespace millrace;
using namespace millrace::sql;

namespace {

std::string excerpt(const std::string& script, const std::string& message, Position at = {}) {
    return fault_excerpt(script, StatementError(ErrorKind::kStatement, message, at));
}

}  // namespace

TEST_CASE("an error's position is shown in its line", "[sql][fault]") {
    CHECK(excerpt("SELECT a,\n  nope FROM s;", "anything", {2, 3}) == "  nope FROM s;\n  ^");
    CHECK(excerpt("SELECT nope FROM s;", "SELECT column 'X' cannot be resolved.", {1, 8}) ==
          "SELECT nope FROM s;\n       ^");
}

TEST_CASE("without a position the name at fault is looked for", "[sql][fault]") {
    CHECK(excerpt("DROP STREAM nope;", "Stream NOPE does not exist.") ==
          "DROP STREAM nope;\n            ^");
    CHECK(excerpt("SET 'ksql.nope'='1';", "Unknown property: ksql.nope") ==
          "SET 'ksql.nope'='1';\n     ^");
    CHECK(excerpt("CREATE STREAM s (a INT)\nWITH (kafka_topic='a', vlaue_format='JSON');",
                  "Invalid config variable(s) in the WITH clause: VLAUE_FORMAT. Did you mean "
                  "VALUE_FORMAT?") ==
          "WITH (kafka_topic='a', vlaue_format='JSON');\n                       ^");
    CHECK(excerpt("SELECT lne(a) FROM s;",
                  "Can't find any functions with the name 'LNE'. Did you mean 'LEN'?") ==
          "SELECT lne(a) FROM s;\n       ^");
    // Part of a word is not the word; what is advised is not at fault.
    CHECK(excerpt("SELECT xnope, nope FROM s;", "'NOPE' is unknown") ==
          "SELECT xnope, nope FROM s;\n              ^");
    CHECK(excerpt("SELECT a FROM s;", "X does not exist. Did you mean 'A'?").empty());
    CHECK(excerpt("SELECT a FROM s;", "Something else").empty());
}
