#include "engine/log/embedded/visibility.h"

#include <catch2/catch.hpp>

using namespace millrace;

namespace {

std::vector<std::pair<int64_t, int64_t>> runs(const Visibility& visibility, int64_t end,
                                              bool committed_only) {
    if (committed_only) end = visibility.stable_end(end);
    std::vector<std::pair<int64_t, int64_t>> all;
    for (int64_t from = 0; from < end;) {
        OffsetRun run = visibility.next_run(from, end, committed_only);
        if (!run.empty()) all.emplace_back(run.begin, run.end);
        from = run.end;
    }
    return all;
}

using Runs = std::vector<std::pair<int64_t, int64_t>>;

}  // namespace

TEST_CASE("an open transaction holds committed readers back", "[log][visibility]") {
    Visibility visibility;
    CHECK(visibility.stable_end(3) == 3);
    visibility.add_open(7, 3);
    visibility.add_open(8, 4);
    visibility.add_open(7, 5);
    CHECK(visibility.stable_end(8) == 3);
    CHECK(runs(visibility, 8, true) == Runs{{0, 3}});
    CHECK(runs(visibility, 8, false) == Runs{{0, 8}});
    visibility.end(7, true, 8);
    CHECK(visibility.stable_end(9) == 4);
    visibility.end(8, true, 9);
    CHECK(visibility.stable_end(10) == 10);
    CHECK(runs(visibility, 10, true) == Runs{{0, 8}});
}

TEST_CASE("aborted records are hidden from committed readers only, markers from all",
          "[log][visibility]") {
    Visibility visibility;
    for (int64_t offset : {1, 2, 4}) visibility.add_open(1, offset);
    visibility.add_open(2, 3);
    visibility.end(1, false, 5);
    visibility.end(2, true, 6);
    CHECK(runs(visibility, 9, true) == Runs{{0, 1}, {3, 4}, {7, 9}});
    CHECK(runs(visibility, 9, false) == Runs{{0, 5}, {7, 9}});
    // Behind the last record that is shown the reader is taken to the end.
    visibility.end(3, true, 9);
    OffsetRun nothing = visibility.next_run(9, 10, true);
    CHECK(nothing.empty());
    CHECK(nothing.begin == 10);
}

TEST_CASE("what was truncated is forgotten", "[log][visibility]") {
    Visibility visibility;
    visibility.add_open(1, 0);
    visibility.add_open(1, 1);
    visibility.end(1, false, 2);
    visibility.add_open(2, 3);
    visibility.end(2, false, 4);
    visibility.forget_before(1);
    CHECK(runs(visibility, 6, true) == Runs{{5, 6}});
    visibility.forget_before(3);
    CHECK(visibility.next_run(3, 6, true).begin == 5);
    CHECK(visibility.next_run(3, 6, false).begin == 3);
}
