// How an engine refuses a script.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "engine/base/error.h"
#include "tests/support/engine_fixture.h"

namespace millrace::test {

/// The message with which the script is refused, and nothing of it may have been done; "" when it
/// is not.
inline std::string refusal(EngineFixture& engine, const std::string& script) {
    const auto before = engine.engine().catalog();
    try {
        engine.execute(script);
    } catch (const StatementError& error) {
        CHECK(engine.engine().catalog() == before);
        return error.what();
    }
    return "";
}

}  // namespace millrace::test
