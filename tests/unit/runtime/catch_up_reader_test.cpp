#include "engine/runtime/catch_up_reader.h"

#include <catch2/catch.hpp>

#include "engine/log/embedded/memory_broker.h"

using namespace millrace;

namespace {

/// Holds the markers of one topic until somebody waits for them.
struct LateMarkers final : FaultPlan {
    int64_t marker_delay(const TopicPartition& partition) override {
        return partition.topic == "changelog" ? 1000000 : 0;
    }
    void idle(std::string_view, int64_t) override {
        ++waits;
        broker->write_held_markers();
    }
    MemoryBroker* broker = nullptr;
    int waits = 0;
};

void write(LogWriter& writer, const std::string& value) {
    ProducedRecord record;
    record.topic = "changelog";
    record.partition = 0;
    record.value = value;
    REQUIRE(writer.write(record).is_ok());
}

}  // namespace

TEST_CASE("catching up waits for the marker of what is committed already", "[runtime][restore]") {
    ManualClock clock{1700000000000};
    LateMarkers plan;
    MemoryBroker broker(clock, &plan);
    plan.broker = &broker;
    auto log = broker.connect("server");
    REQUIRE(log->topics().create("changelog", {1, 1, {}}).is_ok());
    WriterOptions options;
    options.transactional_id = "writer";
    auto writer = log->writer(options);
    REQUIRE(writer->init_transactions(1000).is_ok());
    REQUIRE(writer->begin().is_ok());
    write(*writer, "a");
    write(*writer, "b");
    REQUIRE(writer->commit(1000).is_ok());
    std::string seen;
    auto visit = [&](const LogRecord& record) { seen += *record.value; };
    auto end = CatchUpReader(*log, clock).read_to_end({"changelog", 0}, 0, 1000, visit);
    REQUIRE(end.is_ok());
    CHECK(plan.waits == 1);
    CHECK(seen == "ab");

    // What is aborted is passed without a record, up to the same end.
    REQUIRE(writer->begin().is_ok());
    write(*writer, "c");
    REQUIRE(writer->abort(1000).is_ok());
    end = CatchUpReader(*log, clock).read_to_end({"changelog", 0}, *end, 1000, visit);
    REQUIRE(end.is_ok());
    CHECK(seen == "ab");
    CHECK(*end == 5);
}
