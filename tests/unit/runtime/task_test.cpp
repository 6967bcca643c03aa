// A task's order of rows and the positions that it commits, over a pipeline that only notes what it
// is given.
#include "engine/runtime/task.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>

#include "engine/runtime/local_topic.h"

using namespace millrace;

namespace {

/// Decodes each record into as many rows as its value has letters. The rows carry offsets of
/// another topic, as those of a repartition topic do.
class NotingPipeline final : public exec::Pipeline {
public:
    NotingPipeline(std::vector<size_t>& runs, const bool& waits) : runs_(runs), waits_(waits) {}

    Result<exec::DecodedRows> decode(size_t input, std::span<const LogRecord> records, int32_t,
                                     const std::string&, LogBatch*) override {
        if (waits_ && input == 0) return Status(Fault::kRetriable, "not yet");
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
    const bool& waits_;  ///< The first input cannot be decoded.
};

RunningQueryPtr query_of_inputs(size_t num_inputs) {
    auto plan = std::make_shared<plan::PhysicalPlan>();
    plan->query_id = "Q";
    plan::SubTopology subtopology;
    auto step = std::make_shared<plan::Step>();
    step->node = plan::RepartitionStep{};
    for (size_t i = 0; i < num_inputs; ++i)
        subtopology.inputs.push_back({step, "t" + std::to_string(i), true, ""});
    std::vector<plan::SubTopology> subtopologies{subtopology};
    return std::make_shared<RunningQuery>(plan, subtopologies, std::vector<int32_t>{1});
}

constexpr bool kReady = false;

std::unique_ptr<Task> make_task(size_t num_inputs, std::vector<size_t>& runs,
                                const bool& waits = kReady) {
    auto task = std::make_unique<Task>(TaskId{"Q", 0, 0}, query_of_inputs(num_inputs));
    task->start({nullptr, nullptr, std::make_unique<NotingPipeline>(runs, waits)},
                std::vector<InputPosition>(num_inputs, InputPosition{0, -1}), 100);
    return task;
}

/// Does it end the process, as our own mistakes do?
bool is_refused(const std::function<void()>& action) {
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(1);
        action();
        _exit(0);
    }
    int how = 0;
    waitpid(child, &how, 0);
    return WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT;
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
    auto task = make_task(1, runs);
    task->enqueue(0, batch_of("t0", {"ab", "c", "de"}));
    CHECK(task->process(1) == 2);
    CHECK(task->process(1) == 1);
    CHECK(task->process(1) == 2);
    CHECK(task->process(1) == 0);
    CHECK(runs == std::vector<size_t>{2, 1, 2});
}

TEST_CASE("a position in a repartition topic is an offset of that topic") {
    std::vector<size_t> runs;
    auto task = make_task(1, runs);
    task->enqueue(0, batch_of("t0", {"ab", "c", "de"}));
    task->process(2);
    auto moved = task->take_moved_positions();
    REQUIRE(moved.size() == 1);
    CHECK(moved[0].second.next_offset == 1);
    task->process(100);
    CHECK(task->take_moved_positions()[0].second.next_offset == 3);
}

TEST_CASE("two inputs go by timestamp, record by record") {
    std::vector<size_t> runs;
    auto task = make_task(2, runs);
    task->enqueue(0, batch_of("t0", {"ab", "cd", "e"}));
    task->enqueue(1, batch_of("t1", {"a", "bc"}));
    CHECK(task->process(100) == 8);
    // 0: t0, t1; 10: t0, t1; 20: t0.
    CHECK(runs == std::vector<size_t>{2, 1, 2, 2, 1});
}

TEST_CASE("a task lives once: restoring, running, closed") {
    std::vector<size_t> runs;
    Task task(TaskId{"Q", 0, 0}, query_of_inputs(1));
    auto start = [&] {
        task.start({nullptr, nullptr, std::make_unique<NotingPipeline>(runs, kReady)}, {{0, -1}},
                   100);
    };
    CHECK(task.state() == TaskState::kRestoring);
    CHECK(is_refused([&] { task.process(1); }));
    CHECK(is_refused([&] { task.flush(); }));
    CHECK(is_refused([&] { task.enqueue(0, batch_of("t0", {"a"})); }));
    start();
    CHECK(task.state() == TaskState::kRunning);
    CHECK(is_refused(start));
    task.enqueue(0, batch_of("t0", {"a"}));
    CHECK(task.process(100) == 1);
    task.close();
    CHECK(task.state() == TaskState::kClosed);
    CHECK(is_refused(start));
    CHECK(is_refused([&] { task.process(1); }));
    CHECK(is_refused([&] { task.close(); }));
}

TEST_CASE("a task that is lost while it is restored never runs") {
    Task task(TaskId{"Q", 0, 0}, query_of_inputs(1));
    task.close();
    CHECK(task.state() == TaskState::kClosed);
    std::vector<size_t> runs;
    CHECK(is_refused([&] {
        task.start({nullptr, nullptr, std::make_unique<NotingPipeline>(runs, kReady)}, {{0, -1}},
                   100);
    }));
}

TEST_CASE("an input that cannot be decoded yet holds the others back") {
    std::vector<size_t> runs;
    bool waits = true;
    const auto task = make_task(2, runs, waits);
    task->enqueue(0, batch_of("t0", {"ab"}));
    task->enqueue(1, batch_of("t1", {"a", "bc"}));
    CHECK(task->process(100) == 0);
    CHECK(task->take_moved_positions().empty());
    waits = false;
    CHECK(task->process(100) == 5);
    CHECK(runs == std::vector<size_t>{2, 3});
}
