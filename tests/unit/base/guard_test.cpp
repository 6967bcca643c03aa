#include "engine/base/guard.h"

#include <catch2/catch.hpp>
#include <stdexcept>

using namespace millrace;

TEST_CASE("no exception leaves a guarded turn", "[base][guard]") {
    std::string reason;
    const auto note = [&](const std::string& why) { reason = why; };
    CHECK(guarded(
        "test", "a turn", [] {}, note));
    CHECK(reason.empty());
    CHECK_FALSE(guarded(
        "test", "a turn", [] { throw std::runtime_error("first"); }, note));
    CHECK(reason == "first");
    CHECK_FALSE(guarded("test", "a turn", [] { throw std::logic_error("again"); }));
}

TEST_CASE("nor does one of the way back", "[base][guard]") {
    const auto fails = [](const std::string&) { throw std::runtime_error("second"); };
    CHECK_FALSE(guarded(
        "test", "a turn", [] { throw std::runtime_error("first"); }, fails));
}

TEST_CASE("a simulated crash goes on to who drives", "[base][guard]") {
    struct Crash {};
    CHECK_THROWS_AS(guarded("test", "a turn", [] { throw Crash{}; }), Crash);
}
