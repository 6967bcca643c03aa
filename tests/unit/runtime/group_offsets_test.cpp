// Consumer groups are told of the queries' positions in turn, for a part of the time only.
#include "engine/runtime/group_offsets.h"

#include <catch2/catch.hpp>
#include <set>

#include "engine/plan/subtopology.h"
#include "tests/unit/runtime/fake_log.h"

using namespace millrace;
using millrace::test::FakeLog;

namespace {

constexpr int64_t kCallMs = 100;

struct Publishing {
    Publishing() {
        log.while_publishing = [this] { clock.advance(kCallMs); };
    }

    /// Queries "q10", "q11", ..., all at this offset.
    static PositionMap positions(size_t queries, int64_t offset) {
        PositionMap all;
        for (size_t i = 0; i < queries; ++i)
            all[{"q" + std::to_string(10 + i), 0, {"input", 0}}].next_offset = offset;
        return all;
    }
    /// Groups that were told of, since the last call.
    std::multiset<std::string> told() {
        std::multiset<std::string> groups;
        for (const std::string& call : std::exchange(log.published, {})) {
            for (size_t at = 0; at < call.size();) {
                const size_t end = std::min(call.find(' ', at), call.size());
                groups.insert(call.substr(at, end - at));
                at = end + 1;
            }
        }
        return groups;
    }

    FakeLog log;
    ManualClock clock;
    GroupOffsetsPublisher publisher{log, clock, "service", "me"};
};

}  // namespace

TEST_CASE("only what has moved is published", "[runtime][group_offsets]") {
    Publishing test;
    test.publisher.publish(test.positions(3, 5), 1000);
    CHECK(test.told().size() == 3);
    test.publisher.publish(test.positions(3, 5), 1000);
    CHECK(test.told().empty());
    PositionMap moved = test.positions(3, 5);
    moved.begin()->second.next_offset = 6;
    test.publisher.publish(moved, 1000);
    CHECK(test.told() == std::multiset<std::string>{plan::query_prefix("service", "q10")});
}

TEST_CASE("who had no turn comes first in the next", "[runtime][group_offsets]") {
    Publishing test;
    const int64_t turn_ms = 2 * kCallMs;
    std::multiset<std::string> told;
    for (int64_t turn = 0; told.size() < 80; ++turn) {
        REQUIRE(turn < 10);
        test.publisher.publish(test.positions(80, turn), turn_ms);  // All have moved, each time.
        told.merge(test.told());
    }
    CHECK(std::set<std::string>(told.begin(), told.end()).size() == 80);
}

TEST_CASE("a group that cannot be told keeps nobody from being told", "[runtime][group_offsets]") {
    Publishing test;
    test.log.answers["publish"] = {Status(Fault::kRetriable, "no answer")};
    test.publisher.publish(test.positions(40, 1), 10 * kCallMs);
    CHECK(test.told().size() == 40);
    // Those of the part that failed are told again, the others are done.
    test.publisher.publish(test.positions(40, 1), 10 * kCallMs);
    const size_t again = test.told().size();
    CHECK(again > 0);
    CHECK(again < 40);
}
