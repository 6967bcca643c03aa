// A task's order of rows and the positions that it commits, over a pipeline that only notes what it
// is given.
#include "engine/runtime/task.h"

#include <catch2/catch.hpp>

#include "engine/runtime/local_topic.h"

using namespace millrace;

namespace {

/// Decodes each record into as many rows as its value has letters. The rows carry offsets of
/// another topic, as those of a repartition topic do.
class NotingPipeline final : public exec::Pipeline {
public:
    explicit NotingPipeline(std::vector<size_t>& runs) : runs_(runs) {}

    exec::DecodedRows decode(size_t, std::span<const LogRecord> records, int32_t,
                             const std::string&) override {
        exec::DecodedRows out;
        Column keys(SqlType::integer());
        std::vector<RowMeta> meta;
        for (const LogRecord& record : records) {
            for (size_t i = 0; i < record.value->size(); ++i) {
                keys.append_null();
                RowMeta row;
                row.timestamp_ms = record.timestamp_ms;
                row.offset = 1000 + record.offset;
                meta.push_back(row);
                out.offsets.push_back(record.offset);
            }
        }
        std::vector<ColumnPtr> columns{std::make_shared<const Column>(std::move(keys))};
        out.rows = RecordBatch(std::move(columns), std::move(meta));
        return out;
    }
    void process(size_t, RecordBatch batch) override { runs_.push_back(batch.num_rows()); }
    void flush() override {}
    bool done() const override { return false; }

private:
    std::vector<size_t>& runs_;
};

RunningQueryPtr query_of_inputs(size_t num_inputs) {
    auto plan = std::make_shared<plan::PhysicalPlan>();
    plan->query_id = "Q";
    plan::SubTopology piece;
    auto step = std::make_shared<plan::Step>();
    step->node = plan::RepartitionStep{};
    for (size_t i = 0; i < num_inputs; ++i)
        piece.inputs.push_back({step, "t" + std::to_string(i), true, ""});
    std::vector<plan::SubTopology> pieces{piece};
    return std::make_shared<RunningQuery>(plan, pieces, std::vector<int32_t>{1});
}

Task make_task(size_t num_inputs, std::vector<size_t>& runs) {
    return Task(TaskId{"Q", 0, 0}, query_of_inputs(num_inputs),
                std::make_unique<NotingPipeline>(runs),
                std::vector<InputPosition>(num_inputs, InputPosition{0, -1}), 100,
                [](size_t) { return true; });
}

std::shared_ptr<LocalBatch> batch_of(const std::string& topic,
                                     const std::vector<std::string>& values) {
    auto batch = std::make_shared<LocalBatch>(TopicPartition{topic, 0});
    for (size_t i = 0; i < values.size(); ++i) {
        const auto at = static_cast<int64_t>(i);
        batch->add("k", values[i], 10 * at, at);
    }
    return batch;
}

}  // namespace

TEST_CASE("the rows of one record are never split") {
    std::vector<size_t> runs;
    Task task = make_task(1, runs);
    task.enqueue(0, batch_of("t0", {"ab", "c", "de"}));
    CHECK(task.process(1) == 2);
    CHECK(task.process(1) == 1);
    CHECK(task.process(1) == 2);
    CHECK(task.process(1) == 0);
    CHECK(runs == std::vector<size_t>{2, 1, 2});
}

TEST_CASE("a position in a repartition topic is an offset of that topic") {
    std::vector<size_t> runs;
    Task task = make_task(1, runs);
    task.enqueue(0, batch_of("t0", {"ab", "c", "de"}));
    task.process(2);
    auto moved = task.moved_positions();
    REQUIRE(moved.size() == 1);
    CHECK(moved[0].second.next_offset == 1);
    task.process(100);
    CHECK(task.moved_positions()[0].second.next_offset == 3);
}

TEST_CASE("two inputs go by timestamp, record by record") {
    std::vector<size_t> runs;
    Task task = make_task(2, runs);
    task.enqueue(0, batch_of("t0", {"ab", "cd", "e"}));
    task.enqueue(1, batch_of("t1", {"a", "bc"}));
    CHECK(task.process(100) == 8);
    // 0: t0, t1; 10: t0, t1; 20: t0.
    CHECK(runs == std::vector<size_t>{2, 1, 2, 2, 1});
}
