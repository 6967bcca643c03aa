// EMIT FINAL's index of closing windows over restarts: it is not in the changelog, and follows from
// what is.
#include "engine/state/closing_index.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/engine_on_disk.h"

using namespace millrace;

namespace {

constexpr int kFinalKeys = 7;

struct Final : test::EngineOnDisk {
    explicit Final(const std::string& window) {
        engine.execute(
            "CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
            "PARTITIONS=1); CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s WINDOW " +
            window + " GROUP BY k EMIT FINAL;");
    }
    void add_rows(int64_t time_ms) {
        for (int i = 0; i < kFinalKeys; ++i)
            engine.produce("s", "{\"V\":1}", time_ms, "k" + std::to_string(i));
        engine.run();
    }
    size_t told() { return engine.read("T").size(); }
    void check_changelog() {
        const auto records = engine.read(changelog());
        CHECK(!records.empty());
        CHECK(std::none_of(records.begin(), records.end(),
                           [](const auto& record) { return is_local_key(*record.key); }));
    }
    /// As a server left the state that knew no index.
    void lose_index() {
        engine.crash();
        auto state = std::move(open_backend({directory + "/state"})).value();
        size_t lost = 0;
        for (const std::string& name : state->store_names()) {
            const StorePartition where{state->store_number(name), 0};
            std::vector<StateWrite> writes;
            for (auto at = state->scan(where, "\xff\xff", ""); at->valid(); at->next())
                writes.push_back({where, std::string(at->key()), std::nullopt});
            lost += writes.size();
            REQUIRE(state->apply(writes, {}));
        }
        CHECK(lost > kFinalKeys);
    }
};

}  // namespace

TEST_CASE("windows close once over restarts, with the index and without", "[runtime][final]") {
    const std::string window = GENERATE("TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 0 SECONDS)",
                                        "SESSION (4 SECONDS, GRACE PERIOD 0 SECONDS)");
    const int how = GENERATE(0, 1, 2, 3);
    INFO(window << " restart " << how);
    Final final(window);
    final.add_rows(1'000);
    final.add_rows(4'000);
    final.add_rows(12'000);  // The first close.
    CHECK(final.told() == kFinalKeys);
    final.add_rows(15'000);
    final.check_changelog();
    if (how == 1) final.lose_index();
    if (how == 3) {  // The changelog gets its records again from the store.
        final.engine.crash();
        REQUIRE(final.engine.log().topics().remove(final.changelog()));
    }
    if (how == 2) {
        final.engine.crash();
        std::filesystem::remove_all(final.directory + "/state");
    }
    final.restart();
    CHECK(final.told() == kFinalKeys);
    final.check_changelog();
    final.add_rows(16'000);
    CHECK(final.told() == kFinalKeys);
    final.add_rows(22'000);  // The second close.
    CHECK(final.told() == 2 * kFinalKeys);
    final.restart();
    final.add_rows(32'000);
    CHECK(final.told() == 3 * kFinalKeys);
    for (const auto& record : final.engine.read("T")) {
        CHECK(record.value.has_value());
    }
}
