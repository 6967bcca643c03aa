#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "engine/base/damaged.h"
#include "engine/log/embedded/rocksdb_memory.h"
#include "engine/state/state_store.h"
#include "engine/state/window_key.h"
#include "tests/support/damaged_bytes.h"
#include "tests/support/damaged_files.h"

namespace millrace {
namespace {

/// A backend of either kind, in a folder that goes with it.
struct Fixture {
    explicit Fixture(bool on_disk) {
        if (on_disk) {
            char pattern[] = "/tmp/millrace-state-XXXXXX";
            directory = mkdtemp(pattern);
        }
        open();
    }
    ~Fixture() {
        backend.reset();
        if (!directory.empty()) std::filesystem::remove_all(directory);
    }
    void open() {
        backend.reset();
        auto opened = open_backend({directory, make_rocksdb_memory(8 << 20, 0)});
        REQUIRE(opened.is_ok());
        backend = std::move(opened).value();
    }
    std::string directory;
    std::unique_ptr<StateBackend> backend;
};

std::vector<std::pair<std::string, std::string>> all(std::unique_ptr<StoreCursor> cursor) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (; cursor->valid(); cursor->next()) pairs.emplace_back(cursor->key(), cursor->value());
    return pairs;
}
using Pairs = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("store partitions are kept apart", "[state][backend]") {
    Fixture fixture(GENERATE(false, true));
    auto& backend = *fixture.backend;
    const uint32_t one = backend.store_number("q1/s"), two = backend.store_number("q2/s");
    CHECK(one != two);
    CHECK(backend.store_number("q1/s") == one);
    CHECK(backend.store_names() == std::vector<std::string>{"q1/s", "q2/s"});
    REQUIRE(backend.apply({{{one, 0}, "k", "a"},
                           {{one, 1}, "k", "b"},
                           {{two, 0}, "k", "c"},
                           {{one, 0}, "l", "d"},
                           {{one, 0}, "", "e"}},
                          {{{one, 0}, 7}}));
    CHECK(backend.get({one, 0}, "k") == "a");
    CHECK(backend.get({one, 1}, "k") == "b");
    CHECK(backend.get({two, 0}, "k") == "c");
    CHECK_FALSE(backend.get({two, 0}, "l"));
    CHECK(backend.changelog_offset({one, 0}) == 7);
    CHECK_FALSE(backend.changelog_offset({one, 1}));
    CHECK(all(backend.scan({one, 0}, "", "")) == Pairs{{"", "e"}, {"k", "a"}, {"l", "d"}});
    CHECK(all(backend.scan({one, 0}, "k", "l")) == Pairs{{"k", "a"}});
    CHECK(all(backend.scan({one, 0}, "l", "k")).empty());

    REQUIRE(backend.clear({one, 0}, "log/1"));
    CHECK(all(backend.scan({one, 0}, "", "")).empty());
    CHECK_FALSE(backend.changelog_offset({one, 0}));
    CHECK(backend.get({one, 1}, "k") == "b");

    REQUIRE(backend.drop_store("q1/s"));
    CHECK_FALSE(backend.get({one, 1}, "k"));
    CHECK(backend.get({two, 0}, "k") == "c");
    CHECK(backend.store_number("q1/s") > two);
}

TEST_CASE("a snapshot does not see later writes", "[state][backend]") {
    Fixture fixture(GENERATE(false, true));
    auto& backend = *fixture.backend;
    const StorePartition where{backend.store_number("s"), 3};
    REQUIRE(backend.apply({{where, "a", "1"}, {where, "b", "2"}}, {}));
    auto snapshot = backend.snapshot();
    REQUIRE(backend.apply({{where, "a", "9"}, {where, "b", std::nullopt}, {where, "c", "3"}}, {}));
    CHECK(snapshot->get(where, "a") == "1");
    CHECK(snapshot->get(where, "b") == "2");
    CHECK_FALSE(snapshot->get(where, "c"));
    CHECK(all(snapshot->scan(where, "", "")) == Pairs{{"a", "1"}, {"b", "2"}});
    CHECK(all(backend.scan(where, "", "")) == Pairs{{"a", "9"}, {"c", "3"}});
}

TEST_CASE("names, offsets and facts survive a restart", "[state][backend]") {
    Fixture fixture(true);
    const uint32_t number = fixture.backend->store_number("q/s");
    REQUIRE(fixture.backend->apply({{{number, 0}, "k", "v"}}, {{{number, 0}, 42}}));
    REQUIRE(fixture.backend->put_meta("format", "1"));
    const auto before = std::chrono::steady_clock::now();
    fixture.open();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(2));
    CHECK(fixture.backend->store_number("q/s") == number);
    CHECK(fixture.backend->store_number("new") == number + 1);
    CHECK(fixture.backend->get({number, 0}, "k") == "v");
    CHECK(fixture.backend->changelog_offset({number, 0}) == 42);
    CHECK(fixture.backend->get_meta("format") == "1");
    CHECK_FALSE(fixture.backend->get_meta("other"));
}

TEST_CASE("windows out of retention go, reserved keys stay", "[state][backend]") {
    Fixture fixture(false);
    auto& backend = *fixture.backend;
    const StorePartition where{backend.store_number("s"), 0};
    std::vector<StateWrite> writes;
    for (int64_t start = 0; start < 5; ++start) {
        std::string key = "k";
        put_window_suffix(key, start * 1000);
        writes.push_back({where, key, "v"});
    }
    writes.push_back({where, std::string(1, kReservedPrefix) + "stream-time", "12345678"});
    REQUIRE(backend.apply(writes, {}));
    backend.expire(where, {kWindowSuffixBytes, 3000});
    const auto left = all(backend.scan(where, "", ""));
    REQUIRE(left.size() == 3);
    CHECK(window_start_of(left[0].first) == 3000);
    CHECK(window_start_of(left[1].first) == 4000);
    CHECK(left[2].first.front() == kReservedPrefix);
}

TEST_CASE("window keys are in the order of their times", "[state][window_key]") {
    std::string a, b, c;
    put_session_suffix(a, -5, 10);
    put_session_suffix(b, 3, 10);
    put_session_suffix(c, 0, 11);
    CHECK(a < b);
    CHECK(b < c);
    CHECK(session_start_of(a) == -5);
    CHECK(session_end_of(c) == 11);
}

TEST_CASE("a damaged file is no end of data", "[state][backend]") {
    Fixture fixture(true);
    const StorePartition where{fixture.backend->store_number("q/s"), 0};
    std::mt19937 random(1);
    std::vector<StateWrite> writes;
    for (int i = 0; i < 1000; ++i)
        writes.push_back({where, "k" + std::to_string(i), test::random_bytes(random, 200)});
    REQUIRE(fixture.backend->apply(writes, {{where, 7}}));
    fixture.open();  // What the WAL holds goes to a table file.
    fixture.backend.reset();
    test::damage_table_files(fixture.directory);
    fixture.open();
    auto& backend = *fixture.backend;
    CHECK_THROWS_AS(all(backend.scan(where, "", "")), DamagedBytes);
    CHECK_THROWS_AS(all(backend.snapshot()->scan(where, "", "")), DamagedBytes);
    const auto snapshot = backend.snapshot();
    auto get_all = [&](auto& from) {
        size_t wrong = 0;
        for (const StateWrite& write : writes) wrong += from.get(where, write.key) != write.value;
        CHECK(wrong == 0);
    };
    CHECK_THROWS_AS(get_all(backend), DamagedBytes);
    CHECK_THROWS_AS(get_all(*snapshot), DamagedBytes);
}

}  // namespace millrace
