// Files of the state that are damaged: what they hold is left behind, all else stays.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "engine/base/damaged.h"
#include "engine/log/embedded/rocksdb_memory.h"
#include "engine/state/state_store.h"
#include "tests/support/damaged_bytes.h"
#include "tests/support/damaged_files.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

/// A store whose pairs stand in a file that is damaged, and another one.
struct DamagedState {
    DamagedState() {
        char pattern[] = "/tmp/millrace-mend-XXXXXX";
        top = mkdtemp(pattern);
        directory = top + "/state";
        open();
        bad = {backend->store_number("q/bad"), 0};
        good = {backend->store_number("q/good"), 3};
        fill(bad);
        open();  // What the log of writes holds goes to a table file.
        backend.reset();
        test::damage_table_files(directory);
        open();
        fill(good);
        REQUIRE(backend->put_meta("fact", "kept"));
        CHECK(!backend->damaged());
    }
    ~DamagedState() {
        backend.reset();
        fs::remove_all(top);
    }
    void open() {
        backend.reset();
        auto opened = open_backend({directory, make_rocksdb_memory(8 << 20, 0)});
        REQUIRE(opened.is_ok());
        backend = std::move(opened).value();
    }
    void fill(StorePartition where) {
        std::mt19937 random(1);
        std::vector<StateWrite> writes;
        for (int i = 0; i < 1000; ++i)
            writes.push_back({where, "k" + std::to_string(i), test::random_bytes(random, 200)});
        REQUIRE(backend->apply(writes, {{where, 7}}));
    }
    size_t count(StorePartition where) const {
        size_t pairs = 0;
        for (auto cursor = backend->scan(where, "", ""); cursor->valid(); cursor->next()) ++pairs;
        return pairs;
    }

    std::string top, directory;
    std::unique_ptr<StateBackend> backend;
    StorePartition bad, good;
};

}  // namespace

TEST_CASE("a damaged store is given up, the others are kept", "[state][damaged]") {
    DamagedState state;
    CHECK_THROWS_AS(state.count(state.bad), DamagedBytes);
    REQUIRE(state.backend->damaged());
    const auto before = state.backend->snapshot();
    REQUIRE(state.backend->mend());
    CHECK(!state.backend->damaged());
    CHECK(state.backend->mends() == 1);
    CHECK(state.count(state.good) == 1000);
    CHECK(state.backend->changelog_offset(state.good) == 7);
    CHECK(state.backend->get_meta("fact") == "kept");
    CHECK(before->get(state.good, "k1").has_value());
    // Whoever still works with the other finds out, whatever he does.
    CHECK(!state.backend->changelog_offset(state.bad));
    CHECK_THROWS_AS(state.backend->get(state.bad, "k1"), DamagedBytes);
    CHECK_THROWS_AS(state.count(state.bad), DamagedBytes);
    CHECK_THROWS_AS(state.backend->snapshot()->get(state.bad, "k1"), DamagedBytes);
    CHECK(state.backend->apply({{state.bad, "k", "v"}}, {{state.bad, 9}}).fault() ==
          Fault::kCorruptState);
    REQUIRE(state.backend->clear(state.bad, {}));
    CHECK(state.count(state.bad) == 0);
    state.fill(state.bad);
    CHECK(state.count(state.bad) == 1000);

    state.open();
    CHECK(state.count(state.bad) == 1000);
    CHECK(state.count(state.good) == 1000);
    CHECK(state.backend->store_number("q/good") == state.good.store);
    CHECK(state.backend->store_number("q/new") > state.good.store);
    CHECK(fs::is_empty(state.directory));
}

TEST_CASE("half of a copy does not count", "[state][damaged]") {
    DamagedState state;
    state.backend.reset();
    fs::create_directories(state.directory + "-1");
    std::ofstream(state.directory + "-1/CURRENT") << "nothing";
    state.open();
    CHECK(state.count(state.good) == 1000);
    CHECK(!fs::exists(state.directory + "-1"));
}

TEST_CASE("state that cannot be opened is dropped", "[state][damaged]") {
    DamagedState state;
    state.backend.reset();
    for (const auto& entry : fs::directory_iterator(state.directory)) {
        const std::string name = entry.path().filename();
        if (name.starts_with("MANIFEST")) std::ofstream(entry.path()) << "nothing of the kind";
    }
    state.open();
    CHECK(state.count(state.good) == 0);
    CHECK(!state.backend->changelog_offset(state.good));
    CHECK(state.backend->store_number("q/new") == 1);
}

}  // namespace millrace
