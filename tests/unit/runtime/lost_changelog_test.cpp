// Changelogs that are deleted under a query that has worked: what they kept is written again from
// the state here, or the query says that it is lost. Nothing begins at zero in silence.
#include <catch2/catch.hpp>

#include "tests/support/engine_on_disk.h"

using namespace millrace;

namespace {

constexpr int64_t kPastBackoffMs = 60000;

struct Counting : test::EngineOnDisk {
    Counting() {
        engine.execute(
            "CREATE STREAM s (k VARCHAR KEY, v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', "
            "PARTITIONS=2);"
            "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k EMIT CHANGES;"
            "CREATE STREAM copy AS SELECT * FROM s EMIT CHANGES;");
        add_rows();
    }
    void add_rows() {
        for (int i = 0; i < 20; ++i)
            engine.produce("s", "{\"V\":1}", 1000, "k" + std::to_string(i));
        engine.run();
        ++rows;
    }
    void delete_changelog() {
        topic = changelog();
        REQUIRE(!topic.empty());
        REQUIRE(engine.log().topics().remove(topic));
    }
    /// What the sink's topic says of every key last.
    void check_counts() {
        std::map<std::string, std::string> last;
        for (const auto& record : engine.read("T")) last[*record.key] = record.value.value_or("");
        CHECK(last.size() == 20);
        for (const auto& [key, value] : last)
            CHECK(value == "{\"N\":" + std::to_string(rows) + "}");
        CHECK(engine.read("COPY").size() == 20 * static_cast<size_t>(rows));
    }
    RunningQueryPtr query() { return engine.engine().runtime().queries().list()[0]; }

    std::string topic;
    int rows = 0;
};

}  // namespace

TEST_CASE("a changelog that was deleted gets the state again", "[runtime][changelog]") {
    const bool down = GENERATE(true, false);
    INFO("while the server is down: " << down);
    Counting counting;
    if (down) {
        counting.engine.crash();
        counting.delete_changelog();
        counting.engine.start();
    } else {
        counting.delete_changelog();
        counting.engine.engine().runtime().look_at_topics();
    }
    counting.engine.run();
    CHECK(counting.query()->errors().empty());
    CHECK(counting.engine.read(counting.topic).size() >= 20);
    counting.add_rows();
    counting.check_counts();
    // It is all that there is now.
    counting.engine.crash();
    std::filesystem::remove_all(counting.directory + "/state");
    counting.engine.start();
    counting.add_rows();
    counting.check_counts();
}

TEST_CASE("a changelog that somebody has made again is empty all the same",
          "[runtime][changelog]") {
    Counting counting;
    counting.engine.crash();
    counting.delete_changelog();
    REQUIRE(counting.engine.log().topics().create(counting.topic, {2, 1, {}}));
    counting.engine.start();
    counting.add_rows();
    counting.check_counts();
}

TEST_CASE("state that is lost with its changelog is an error that stays", "[runtime][changelog]") {
    Counting counting;
    counting.engine.crash();
    counting.delete_changelog();
    std::filesystem::remove_all(counting.directory + "/state");
    counting.engine.start();
    for (int start = 0; start < 2; ++start) {
        counting.add_rows();
        counting.engine.clock().advance(kPastBackoffMs);
        counting.engine.run();
        REQUIRE(counting.query()->state() == QueryState::kError);
        CHECK_THAT(counting.query()->errors().back().message,
                   Catch::Contains("was deleted") && Catch::Contains("DROP T"));
        counting.restart();
    }
    CHECK(counting.engine.read("T").size() == 20);  // Nothing was told that is not so.
    CHECK(counting.engine.read("COPY").size() == 60);
    counting.engine.execute(
        "DROP TABLE t DELETE TOPIC;"
        "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k EMIT CHANGES;");
    counting.engine.run();
    counting.check_counts();
}

TEST_CASE("a restart goes on from the positions that were kept here", "[runtime][positions]") {
    Counting counting;
    counting.engine.crash();
    // Without what the slots topic has: only what comes after it is read of it.
    const auto topics = counting.engine.log().topics().list();
    size_t cut = 0;
    for (const TopicInfo& topic : *topics) {
        if (!topic.name.ends_with("slots")) continue;
        std::map<TopicPartition, int64_t> all;
        for (int32_t p = 0; p < static_cast<int32_t>(topic.replicas.size()); ++p) {
            const auto range = counting.engine.log().topics().offsets({topic.name, p});
            if (range->end > 0) all[{topic.name, p}] = range->end;
        }
        cut += all.size();
        REQUIRE(counting.engine.log().topics().delete_records(all));
    }
    REQUIRE(cut > 0);
    counting.engine.start();
    counting.add_rows();
    counting.check_counts();
    for (int i = 0; i < 3; ++i) {
        counting.restart();
        counting.add_rows();
        counting.check_counts();
    }
}
