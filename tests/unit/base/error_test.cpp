#include "engine/base/error.h"

#include <catch2/catch.hpp>

using namespace millrace;

namespace {

template <class Body>
StatementError caught(const Body& body) {
    try {
        body();
    } catch (const StatementError& error) {
        return error;
    }
    FAIL("not refused");
    return {ErrorKind::kServer, ""};
}

}  // namespace

TEST_CASE("the stage of a refusal chooses the words in front", "[base][error]") {
    const auto at = [](Stage stage) {
        return std::string(caught([&] { refuse(stage, ErrorKind::kStatement, "no", {}); }).what());
    };
    CHECK(at(Stage::kRequest) == "no");
    CHECK(at(Stage::kRead) == "no");
    CHECK(at(Stage::kPrepare) == "Failed to prepare statement: no");
    CHECK(at(Stage::kResolve) == "Exception while preparing statement: no");
    CHECK(at(Stage::kExecute) == "no");
}

TEST_CASE("a refusal knows its kind, stage, place and name", "[base][error]") {
    const StatementError plain = caught([] { refuse("no", {2, 3}); });
    CHECK(plain.kind() == ErrorKind::kStatement);
    CHECK(plain.stage() == Stage::kExecute);
    CHECK(plain.position().line == 2);
    CHECK(caught([] { refuse(ErrorKind::kTooMany, "no"); }).kind() == ErrorKind::kTooMany);
    CHECK(caught([] { refuse_about("X", "no"); }).subject() == "X");
}

TEST_CASE("other words leave the error what it is", "[base][error]") {
    StatementError error(ErrorKind::kSyntax, "a", {4, 5}, Stage::kRead);
    error.about("X").with_statement("S;");
    const StatementError other = error.reworded("b");
    CHECK(std::string(other.what()) == "b");
    CHECK(other.kind() == ErrorKind::kSyntax);
    CHECK(other.stage() == Stage::kRead);
    CHECK(other.position().column == 5);
    CHECK(other.subject() == "X");
    CHECK(other.statement_text() == "S;");
}
