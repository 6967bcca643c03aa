// One persistent query in memory, on one partition: the production task and operators, with records
// handed in one by one (or N at a time) and results kept in lists. What TopologyTestDriver is to
// Kafka Streams. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/plan/steps.h"
#include "engine/runtime/local_topic.h"
#include "engine/runtime/task_builder.h"

namespace millrace {

struct TestRecord {
    std::optional<std::string> key, value;
    int64_t timestamp_ms = 0;
    std::vector<Header> headers;
};

struct RunnerOptions {
    const FunctionRegistry* functions = nullptr;
    const FormatRegistry* formats = nullptr;
    const Clock* clock = nullptr;
    std::string service_id = "default_";
    size_t batch_rows = 1;  ///< Rows that go through the operators together.
    bool coalesce = false;
};

class QueryRunner {
public:
    QueryRunner(std::shared_ptr<const plan::PhysicalPlan> plan, const RunnerOptions& options);
    ~QueryRunner();

    const plan::PhysicalPlan& plan() const { return *plan_; }
    /// Topics that the query reads, internal ones left out.
    const std::vector<std::string>& source_topics() const { return source_topics_; }
    const std::string& sink_topic() const { return sink_topic_; }
    /// Every topic that was written to, changelogs of its stores included.
    std::vector<std::string> topics_written() const;

    /// Processes records of one topic to the end. What the query writes is handed to `on_output` as
    /// it comes.
    void pipe(const std::string& topic, const std::vector<TestRecord>& records,
              const std::function<void(const TestRecord&)>& on_output);
    /// Rows reported bad since the last call.
    std::vector<RowErrorEntry> take_errors() { return std::move(errors_); }

    /// Goes on with another plan of the same query and the state as it is (CREATE OR REPLACE).
    void replace(std::shared_ptr<const plan::PhysicalPlan> plan);

private:
    class Capture;
    void build();
    void run_dry();

    std::shared_ptr<const plan::PhysicalPlan> plan_;
    RunnerOptions options_;
    RunningQueryPtr query_;
    std::unique_ptr<StateBackend> backend_;
    std::unique_ptr<Overlay> overlay_;
    std::map<std::string, std::unique_ptr<LocalTopic>> internal_;
    std::map<std::string, int64_t> next_offsets_;
    std::vector<std::unique_ptr<Task>> tasks_;
    std::vector<std::string> source_topics_;
    std::string sink_topic_;
    std::vector<RowErrorEntry> errors_;
    const std::function<void(const TestRecord&)>* on_output_ = nullptr;
    bool wrote_changelog_ = false;
};

}  // namespace millrace
