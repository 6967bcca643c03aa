#include "engine/runtime/push_query.h"

#include <algorithm>

#include "engine/base/error.h"
#include "engine/base/guard.h"
#include "engine/base/row_meter.h"
#include "engine/runtime/local_topic.h"
#include "engine/runtime/start_offsets.h"

namespace millrace {

PushQuery::PushQuery(const RuntimeContext& context, ProcessingLog& processing_log,
                     std::shared_ptr<const plan::PhysicalPlan> plan,
                     std::shared_ptr<PushListener> listener, const PushOptions& options)
    : context_(context),
      processing_log_(processing_log),
      plan_(std::move(plan)),
      listener_(std::move(listener)),
      options_(options),
      memory_(context.share(MemoryHolder::kPushState)) {}

PushQuery::~PushQuery() = default;

void PushQuery::locate() {
    auto subtopologies = plan::cut(*plan_, context_.options.service_id);
    std::vector<int32_t> partitions;
    std::map<std::string, int32_t> local;
    for (const auto& subtopology : subtopologies) {
        int32_t count = 1;
        for (const auto& input : subtopology.inputs) {
            if (input.is_repartition) {
                count = std::max(count, local[input.topic]);
                continue;
            }
            auto info = context_.log->topics().describe(input.topic);
            if (!info) {
                refuse(ErrorKind::kServer,
                       "Cannot read topic " + input.topic + ": " + info.status().message());
            }
            auto n = static_cast<int32_t>(info->replicas.size());
            count = std::max(count, n);
            for (int32_t p = 0; p < n; ++p) {
                auto range = context_.log->topics().offsets({input.topic, p});
                if (!range) refuse(ErrorKind::kServer, range.status().message());
                OffsetRange start = *range;
                if (!starts_earliest(input, context_.config_of(*plan_))) start.begin = start.end;
                starts_[{input.topic, p}] = start;
            }
        }
        partitions.push_back(count);
        if (!subtopology.output_topic.empty()) {
            auto partitions_of = [&](const std::string& topic) {
                if (auto found = local.find(topic); found != local.end()) return found->second;
                auto info = context_.log->topics().describe(topic);
                return info ? static_cast<int32_t>(info->replicas.size()) : count;
            };
            const int32_t made = repartition_partitions(subtopologies, subtopology.output_topic,
                                                        count, partitions_of);
            local[subtopology.output_topic] = made;
            topics_[subtopology.output_topic] =
                std::make_unique<LocalTopic>(subtopology.output_topic, made);
        }
    }
    query_ = std::make_shared<RunningQuery>(plan_, std::move(subtopologies), std::move(partitions));
}

void PushQuery::open(FeedSet& feeds) {
    auto backend = open_backend({});
    if (!backend) refuse(ErrorKind::kServer, backend.status().message());
    backend_ = std::move(*backend);
    overlay_ = std::make_unique<Overlay>(*backend_);
    TaskSurroundings with;
    with.functions = context_.functions;
    with.formats = context_.formats;
    with.env.clock = context_.clock;
    with.env.config = context_.config;
    with.env.random_seed = static_cast<uint64_t>(context_.clock->now_ms());
    with.state = backend_.get();
    with.overlay = overlay_.get();
    with.coalesce = options_.coalesce;
    with.held_back = &held_back_;
    with.queue_rows_max = context_.options.queue_rows_max;
    with.queues = context_.share(MemoryHolder::kPushFetched);
    with.meters = context_.meters;
    with.report = [this](RunningQuery& query, const std::string& where, RowErrors& errors) {
        const std::string fatal = what_ends(context_.config_of(*plan_), errors);
        processing_log_.write(query.id(), where, errors);
        if (!fatal.empty()) refuse(ErrorKind::kServer, fatal);
    };
    const TaskBuilder builder(std::move(with));
    for (const auto& subtopology : query_->subtopologies()) {
        for (int32_t p = 0; p < query_->partitions(static_cast<size_t>(subtopology.index)); ++p)
            open_task(builder, subtopology, p, feeds);
    }
    last_flush_ms_ = steady_ms();
}

void PushQuery::open_task(const TaskBuilder& builder, const plan::SubTopology& subtopology,
                          int32_t partition, FeedSet& feeds) {
    tasks_.push_back(
        builder.new_task(TaskId{plan_->query_id, subtopology.index, partition}, query_));
    Task& task = *tasks_.back();
    std::vector<InputPosition> positions;
    for (const auto& input : subtopology.inputs) {
        auto start = starts_.find({input.topic, partition});
        positions.push_back({start == starts_.end() ? 0 : start->second.begin, -1});
    }
    std::unique_ptr<LocalSink> sink;
    if (!subtopology.output_topic.empty())
        sink = std::make_unique<LocalSink>(*topics_.at(subtopology.output_topic));
    exec::RowSink* rows = sink ? nullptr : listener_.get();
    builder.start(task, positions, std::move(sink), rows);
    for (size_t i = 0; i < subtopology.inputs.size(); ++i) {
        const auto& input = subtopology.inputs[i];
        if (input.is_repartition) {
            topics_.at(input.topic)->add_consumer(partition, &task, i);
            continue;
        }
        auto start = starts_.find({input.topic, partition});
        if (start == starts_.end()) continue;
        if (options_.bounded) task.set_end(i, start->second.end);
        Status status = task.subscribe(i, feeds);
        if (!status) refuse(ErrorKind::kServer, status.message());
    }
}

void PushQuery::close() {
    guarded("runtime.push", "closing a query", [this] { tasks_.clear(); });
    memory_.set(0);
}

void PushQuery::tell_memory() {
    memory_.set(backend_->bytes() + overlay_->bytes() + held_back_);
}

bool PushQuery::process() {
    bool any = false;
    for (auto& task : tasks_) {
        // Downstream tasks come later in the list, so what this turn writes they get in this turn.
        for (auto& [name, topic] : topics_) any = topic->deliver() || any;
        if (!may_emit()) break;
        any = task->process(context_.options.batch_rows_max) > 0 || any;
        if (task->done()) return true;
    }
    return any;
}

bool PushQuery::may_emit() {
    return !options_.bounded || listener_->ready();
}

bool PushQuery::all_inputs_finished() const {
    for (const auto& task : tasks_) {
        for (size_t i = 0; i < task->subtopology().inputs.size(); ++i) {
            if (!task->finished(i)) return false;
        }
    }
    return true;
}

void PushQuery::end(PushListener::End how, const std::string& message) {
    if (ended_) return;
    ended_ = true;
    guarded("runtime.push", "telling of a query's end", [&] { listener_->finished(how, message); });
}

bool PushQuery::turn() {
    if (ended_) return false;
    bool any = false;
    try {
        const bool held = !may_emit();
        for (auto& task : tasks_) task->hold(held);
        if (held) return false;
        any = process();
        dirty_ = dirty_ || any;
        const int64_t now = steady_ms();
        const bool complete = options_.bounded && !any && all_inputs_finished();
        if (dirty_ && (complete || now - last_flush_ms_ >= options_.flush_interval_ms)) {
            last_flush_ms_ = now;
            dirty_ = false;
            for (auto& task : tasks_) {
                // What the tasks before it have just let go goes in first, or it would stay held
                // back until another row comes.
                while (task->has_queued() && task->process(context_.options.batch_rows_max) > 0) {
                }
                task->flush();
                for (auto& [name, topic] : topics_) topic->deliver();
            }
            dirty_ = process();
            Status status = overlay_->apply({});
            if (!status) return end(PushListener::End::kError, status.message()), true;
        }
        bool done =
            std::any_of(tasks_.begin(), tasks_.end(), [](const auto& t) { return t->done(); });
        if (done) {
            end(PushListener::End::kLimit, "");
        } else if (complete && !dirty_) {
            end(PushListener::End::kCompleted, "");
        }
    } catch (const EvaluationInterrupted&) {
        ended_ = true;  // It is cancelled: nobody is to be told.
    } catch (const std::exception& error) {
        fail(error.what());
    }
    tell_memory();
    return any;
}

}  // namespace millrace
