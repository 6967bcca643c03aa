#include "engine/exec/row_parts.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

using millrace::exec::Parts;

TEST_CASE("the smaller the parts of slow rows, the sooner they are divided", "[exec][limits]") {
    CHECK(Parts::together_ms(10'000) == 10'000);
    int64_t looking_ms = 0;
    {
        std::vector<std::unique_ptr<Parts>> parts;
        for (int level = 0; level < 20; ++level) {
            parts.push_back(std::make_unique<Parts>());
            looking_ms += Parts::together_ms(10'000);
        }
        CHECK(Parts::together_ms(5) == 5);
    }
    CHECK(looking_ms < 5'000);
    CHECK(Parts::together_ms(10'000) == 10'000);
}
