// Positions that are kept with the state.
#include "engine/runtime/local_positions.h"

#include <catch2/catch.hpp>

using namespace millrace;

TEST_CASE("kept positions are this server's last ones or none", "[runtime][positions]") {
    auto state = open_backend({}).value();
    LocalPositions positions(*state, "service-server-0");
    const GroupOffset last{7, "service-server-0@host/1"};
    CHECK(positions.load(3, last).next_offset == 0);
    CHECK(!positions.kept());
    const PositionMap some{{{"Q", 1, {"topic", 3}}, {40, 1000, "id;of it", {{45, 50}, {60, 61}}}},
                           {{"Q", 0, {"other/topic", 3}}, {5, -1, ""}}};
    REQUIRE(positions.keep(3, 7, {some, {{"Q", 0, {"other/topic", 3}}}, 90}));
    CHECK(positions.kept());
    CHECK(positions.load(3, last).positions == some);
    CHECK(positions.load(3, last).next_offset == 90);
    CHECK(positions.load(3, last).behind == std::set<PositionKey>{{"Q", 0, {"other/topic", 3}}});
    // Another slot, another epoch, another server, another worker.
    CHECK(positions.load(4, last).next_offset == 0);
    CHECK(positions.load(3, {8, last.metadata}).next_offset == 0);
    CHECK(positions.load(3, {7, "service-server-1@host/1"}).positions.empty());
    CHECK(positions.load(3, {7, "service-server-00@host/1"}).positions.empty());
    CHECK(positions.load(3, {7, ""}).positions.empty());
    // Fewer than before.
    REQUIRE(positions.keep(3, 8, {{}, {}, 95}));
    CHECK(positions.load(3, {8, last.metadata}).positions.empty());
    CHECK(positions.load(3, {8, last.metadata}).next_offset == 95);
    // Bytes that nobody here wrote.
    REQUIRE(state->apply({{positions.where(3), "x", "y"}}, {}));
    CHECK(positions.load(3, {8, last.metadata}).next_offset == 0);
}
