#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "engine/base/machine_memory.h"
#include "engine/base/memory_governor.h"

using namespace millrace;

TEST_CASE("a holder of memory gets its part of the budget and no more", "[base][memory]") {
    MemoryGovernor governor(1000);
    constexpr auto kHolder = MemoryHolder::kAnswers;
    CHECK(governor.part(kHolder) == 150);
    CHECK(governor.try_take(kHolder, 90));
    CHECK_FALSE(governor.full(kHolder));
    CHECK_FALSE(governor.try_take(kHolder, 90));
    CHECK(governor.held(kHolder) == 90);
    CHECK(governor.try_take(kHolder, 60));
    governor.take(kHolder, 1);
    CHECK(governor.full(kHolder));
    // It takes nothing from the others.
    CHECK_FALSE(governor.full(MemoryHolder::kPushState));
    CHECK(governor.held() == 151);
    governor.give(kHolder, 151);
    CHECK(governor.held() == 0);
    CHECK(governor.most(kHolder) == 151);
    SECTION("who holds nothing gets something") {
        CHECK(governor.try_take(kHolder, 5000));
        CHECK_FALSE(governor.try_take(kHolder, 1));
    }
}

TEST_CASE("an account says what it holds, and gives back what is left", "[base][memory]") {
    MemoryGovernor governor(1000);
    const MemoryShare share(&governor, MemoryHolder::kFetched);
    {
        MemoryAccount account(share, 100);
        account.set(160);
        CHECK(share.full());
        MemoryAccount moved = std::move(account);
        CHECK(governor.held() == 160);
        moved.set(40);
        CHECK_FALSE(share.full());
        CHECK(governor.held(MemoryHolder::kFetched) == 40);
    }
    CHECK(governor.held() == 0);
    CHECK_FALSE(MemoryShare().full());
    CHECK(MemoryAccount(MemoryShare(), 10).bytes() == 10);
}

TEST_CASE("a lease gives back what it took, once", "[base][memory]") {
    MemoryGovernor governor(3000);
    {
        MemoryLease lease = MemoryLease::try_take(governor, MemoryHolder::kAnswers, 400);
        REQUIRE(lease);
        CHECK_FALSE(MemoryLease::try_take(governor, MemoryHolder::kAnswers, 400));
        MemoryLease moved = std::move(lease);
        CHECK(governor.held() == 400);
        moved.give_back();
        moved.give_back();
        CHECK(governor.held() == 0);
        lease = MemoryLease::try_take(governor, MemoryHolder::kAnswers, 100);
    }
    CHECK(governor.held() == 0);
}

TEST_CASE("memory is bounded by the control groups of a process", "[base][memory]") {
    namespace fs = std::filesystem;
    const fs::path root =
        fs::temp_directory_path() / ("millrace-cgroup-" + std::to_string(getpid()));
    const auto write = [&](const fs::path& file, const char* text) {
        fs::create_directories((root / file).parent_path());
        std::ofstream(root / file) << text;
    };
    CHECK(cgroup_memory_bytes("0::/\n", root) == SIZE_MAX);
    write("memory.max", "max\n");
    write("pod/memory.max", "5000\n");
    write("pod/server/memory.max", "max\n");
    write("memory/old/memory.limit_in_bytes", "7000\n");
    CHECK(cgroup_memory_bytes("0::/\n", root) == SIZE_MAX);
    CHECK(cgroup_memory_bytes("0::/pod/server\n", root) == 5000);
    CHECK(cgroup_memory_bytes("3:cpu:/pod\n4:memory:/old/within\n0::/\n", root) == 7000);
    CHECK(cgroup_memory_bytes("no groups at all", root) == SIZE_MAX);
    fs::remove_all(root);
    CHECK(machine_memory_bytes() > 64U << 20);
}
