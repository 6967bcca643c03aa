// Where an error is, shown: by its position, or by the name that it is about.
#include "engine/sql/fault_excerpt.h"

#include <catch2/catch.hpp>

using namespace millrace;
using namespace millrace::sql;

namespace {

std::string excerpt(const std::string& script, const std::string& name, Position at = {}) {
    return fault_excerpt(script, StatementError(ErrorKind::kStatement, "no", at).about(name));
}

}  // namespace

TEST_CASE("an error's position is shown in its line", "[sql][fault]") {
    CHECK(excerpt("SELECT a,\n  nope FROM s;", "", {2, 3}) == "  nope FROM s;\n  ^");
    CHECK(excerpt("SELECT nope FROM s;", "X", {1, 8}) == "SELECT nope FROM s;\n       ^");
}

TEST_CASE("without a position the name at fault is looked for", "[sql][fault]") {
    CHECK(excerpt("DROP STREAM nope;", "NOPE") == "DROP STREAM nope;\n            ^");
    CHECK(excerpt("SET 'ksql.nope'='1';", "ksql.nope") == "SET 'ksql.nope'='1';\n     ^");
    CHECK(excerpt("CREATE STREAM s (a INT)\nWITH (kafka_topic='a', vlaue_format='JSON');",
                  "VLAUE_FORMAT") ==
          "WITH (kafka_topic='a', vlaue_format='JSON');\n                       ^");
    CHECK(excerpt("SELECT lne(a) FROM s;", "LNE") == "SELECT lne(a) FROM s;\n       ^");
    // Part of a word is not the word.
    CHECK(excerpt("SELECT xnope, nope FROM s;", "NOPE") ==
          "SELECT xnope, nope FROM s;\n              ^");
    CHECK(excerpt("SELECT a FROM s;", "X").empty());
    CHECK(excerpt("SELECT a FROM s;", "").empty());
}
