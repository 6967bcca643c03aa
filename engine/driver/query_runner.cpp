#include "engine/driver/query_runner.h"

#include <algorithm>

#include "engine/base/error.h"

namespace millrace {

/// The end of the query: its sink topic.
class QueryRunner::Capture final : public exec::RecordSink {
public:
    explicit Capture(QueryRunner& runner) : runner_(runner) {}
    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
               std::optional<ByteView> /*partition_key*/, const RowHeaders* headers) override {
        TestRecord record;
        if (key) record.key = std::string(*key);
        if (value) record.value = std::string(*value);
        record.timestamp_ms = timestamp_ms;
        if (headers != nullptr) {
            for (const auto& [name, bytes] : headers->entries)
                record.headers.push_back({name, bytes});
        }
        if (runner_.on_output_ != nullptr) (*runner_.on_output_)(record);
    }

private:
    QueryRunner& runner_;
};

QueryRunner::QueryRunner(std::shared_ptr<const plan::PhysicalPlan> plan,
                         const RunnerOptions& options)
    : plan_(std::move(plan)), options_(options) {
    auto backend = open_backend({});
    MR_CHECK(backend.is_ok(), "the memory backend always opens");
    backend_ = std::move(*backend);
    overlay_ = std::make_unique<Overlay>(*backend_);
    build();
}

QueryRunner::~QueryRunner() = default;

void QueryRunner::replace(std::shared_ptr<const plan::PhysicalPlan> plan) {
    plan_ = std::move(plan);
    tasks_.clear();
    internal_.clear();
    source_topics_.clear();
    build();
}

void QueryRunner::build() {
    TaskSurroundings with;
    with.functions = options_.functions;
    with.formats = options_.formats;
    with.env.clock = options_.clock;
    with.env.random_seed = 1;
    with.state = backend_.get();
    with.overlay = overlay_.get();
    with.coalesce = options_.coalesce;
    with.queue_rows_max = SIZE_MAX;
    with.report = [this](RunningQuery&, const std::string& where, RowErrors& errors) {
        for (auto& entry : errors.entries()) {
            entry.message = where + ": " + entry.message;
            errors_.push_back(std::move(entry));
        }
        errors.clear();
    };
    const TaskBuilder builder(std::move(with));
    auto subtopologies = plan::cut(*plan_, options_.service_id);
    std::vector<int32_t> partitions(subtopologies.size(), 1);
    query_ = std::make_shared<RunningQuery>(plan_, std::move(subtopologies), std::move(partitions));
    for (const auto& subtopology : query_->subtopologies()) {
        if (subtopology.root->as<plan::RepartitionStep>() != nullptr) {
            internal_[subtopology.output_topic] =
                std::make_unique<LocalTopic>(subtopology.output_topic, 1);
        }
    }
    for (const auto& subtopology : query_->subtopologies()) {
        std::unique_ptr<exec::RecordSink> sink;
        auto found = internal_.find(subtopology.output_topic);
        if (found != internal_.end()) {
            sink = std::make_unique<LocalSink>(*found->second);
        } else {
            sink = std::make_unique<Capture>(*this);
            sink_topic_ = subtopology.output_topic;
        }
        std::vector<InputPosition> positions(subtopology.inputs.size());
        for (size_t i = 0; i < positions.size(); ++i) {
            positions[i].next_offset = next_offsets_[subtopology.inputs[i].topic];
        }
        auto task = std::make_unique<Task>(TaskId{plan_->query_id, subtopology.index, 0}, query_);
        builder.start(*task, positions, std::move(sink), nullptr);
        for (size_t i = 0; i < subtopology.inputs.size(); ++i) {
            const auto& input = subtopology.inputs[i];
            if (input.is_repartition) {
                internal_.at(input.topic)->add_consumer(0, task.get(), i);
            } else if (std::find(source_topics_.begin(), source_topics_.end(), input.topic) ==
                       source_topics_.end()) {
                source_topics_.push_back(input.topic);
            }
        }
        tasks_.push_back(std::move(task));
    }
}

void QueryRunner::run_dry() {
    bool any = true;
    while (any) {
        any = false;
        for (auto& task : tasks_) {
            while (task->process(options_.batch_rows) > 0) any = true;
            for (auto& [name, topic] : internal_) any = topic->deliver() || any;
        }
        if (any) continue;
        for (auto& task : tasks_) task->flush();
        for (auto& [name, topic] : internal_) any = topic->deliver() || any;
    }
    wrote_changelog_ = wrote_changelog_ || !overlay_->empty();
    Status status = overlay_->apply({});
    MR_CHECK(status.is_ok(), "the memory backend always applies");
    for (auto& task : tasks_) task->mark_committed();
}

void QueryRunner::pipe(const std::string& topic, const std::vector<TestRecord>& records,
                       const std::function<void(const TestRecord&)>& on_output) {
    on_output_ = &on_output;
    for (size_t first = 0; first < records.size(); first += options_.batch_rows) {
        auto batch = std::make_shared<LocalBatch>(TopicPartition{topic, 0});
        size_t last = std::min(records.size(), first + options_.batch_rows);
        for (size_t i = first; i < last; ++i) {
            batch->add(records[i].key, records[i].value, records[i].timestamp_ms,
                       next_offsets_[topic]++, records[i].headers);
        }
        for (auto& task : tasks_) {
            const auto& inputs = task->subtopology().inputs;
            for (size_t i = 0; i < inputs.size(); ++i) {
                if (inputs[i].topic == topic) task->enqueue(i, batch);
            }
        }
        run_dry();
    }
    on_output_ = nullptr;
}

std::vector<std::string> QueryRunner::topics_written() const {
    std::vector<std::string> topics{sink_topic_};
    for (const auto& [name, topic] : internal_) topics.push_back(name);
    for (const auto& subtopology : query_->subtopologies()) {
        for (const auto& spec : subtopology.stores) {
            if (wrote_changelog_) topics.push_back(spec.changelog_topic);
        }
    }
    return topics;
}

}  // namespace millrace
