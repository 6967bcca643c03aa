#include "engine/base/row_meter.h"

#include <catch2/catch.hpp>

using namespace millrace;

namespace {

constexpr size_t kManySteps = size_t{1} << 20;

}  // namespace

TEST_CASE("a row may take so much memory, and nobody counts outside", "[base][meter]") {
    RowMeter& meter = RowMeter::here();
    meter.grow(size_t{1} << 40);
    const std::string name = "LPAD";
    const MeteredFunction function(name);
    {
        const Metering metering({1 << 20, 1000});
        meter.grow(1 << 20);
        CHECK_THROWS_WITH(meter.grow(1), Catch::Matchers::StartsWith("LPAD needs more than 1 MB"));
    }
    const Metering next({1 << 20, 1000});
    CHECK(meter.bytes() == 0);
    meter.grow(1 << 20);
}

TEST_CASE("an inner metering counts on with the outer one", "[base][meter]") {
    const Metering outer({100, 1000});
    RowMeter::here().grow(60);
    {
        const Metering inner({100, 1000});
        CHECK_THROWS_AS(RowMeter::here().grow(60), OverRowLimit);
    }
    CHECK_THROWS_AS(RowMeter::here().grow(60), OverRowLimit);
}

TEST_CASE("a row may take so much time", "[base][meter]") {
    const Metering metering({1 << 20, -1});
    RowMeter::here().work(1);
    CHECK_THROWS_WITH(RowMeter::here().work(kManySteps),
                      Catch::Matchers::Contains("takes longer than"));
}

TEST_CASE("who waits interrupts an evaluation", "[base][meter]") {
    bool wanted = false;
    const Interruptible interruptible([&](int64_t) { return wanted; });
    const Metering metering({1 << 20, 600'000});
    RowMeter::here().work(kManySteps);
    wanted = true;
    CHECK_THROWS_AS(RowMeter::here().work(kManySteps), EvaluationInterrupted);
}
