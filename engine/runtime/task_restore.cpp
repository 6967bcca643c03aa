// How the tasks of a TaskSet come: their stores are made whole, their start positions chosen, and
// they start.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/damaged.h"
#include "engine/base/log.h"
#include "engine/exec/unfinished_rows.h"
#include "engine/runtime/start_offsets.h"
#include "engine/runtime/store_mark.h"
#include "engine/runtime/task_set.h"
#include "engine/state/window_key.h"

namespace millrace {

namespace {

constexpr size_t kStepRecords = 5000;
/// For so long a turn restores before the tasks that run get theirs.
constexpr int64_t kRestoreTurnMs = 50;
constexpr int64_t kProgressMs = 5000;
constexpr const char* kRestoreLog = "runtime.restore";
/// On a task's first store: its stores are on the way to a commit that moved no position. Whoever
/// goes on there cannot tell by what is in them, for the first to arrive may be the one that told.
constexpr const char* kAdvancing = "advancing";

std::string lost_key(StorePartition where) {
    return "lost/" + std::to_string(where.store) + "/" + std::to_string(where.partition);
}

PositionKey position_key(const Task& task, const std::string& topic) {
    return {task.id().query_id, task.id().subtopology, {topic, task.id().partition}};
}

bool has_committed(const Task& task, const PositionMap& positions) {
    const auto& inputs = task.subtopology().inputs;
    return std::any_of(inputs.begin(), inputs.end(), [&](const auto& input) {
        return positions.count(position_key(task, input.topic)) != 0;
    });
}

bool is_behind(const Task& task, const PositionBook& positions) {
    const auto& inputs = task.subtopology().inputs;
    return std::any_of(inputs.begin(), inputs.end(), [&](const auto& input) {
        return positions.is_behind(position_key(task, input.topic));
    });
}

Status state_lost(const Task& task, const TopicPartition& changelog, const std::string& why) {
    const RunningQuery& query = *task.query();
    return {Fault::kNotFound,
            fmt::format("Internal topic {}, which kept the state of this query, was deleted, and "
                        "{}: what the query has told cannot be gone on with. To start over, DROP "
                        "{} and create it again.",
                        changelog.topic, why, query.plan()->sink_name)};
}

bool has_aggregate(const plan::Step& step) {
    return step.as<plan::AggregateStep>() != nullptr ||
           std::any_of(step.inputs.begin(), step.inputs.end(),
                       [](const auto& input) { return has_aggregate(*input); });
}

/// Rows that others may see before the state behind them is committed: those of a result that no
/// aggregate stands behind. An aggregate's would be told again, and a session's not taken back.
bool gives_rows_at_once(const plan::SubTopology& subtopology) {
    return subtopology.root->as<plan::SinkStep>() != nullptr && !has_aggregate(*subtopology.root);
}

}  // namespace

// ---- restoring ----

std::optional<TaskSet::Failure> TaskSet::restore(const PositionBook& positions, bool& progress) {
    if (!restore_reader_)
        restore_reader_ = std::make_unique<CatchUpReader>(*context_.log, *context_.steady);
    ask_log();
    const int64_t until = context_.steady->now_ms() + kRestoreTurnMs;
    for (auto it = restoring_.begin(); it != restoring_.end();) {
        if (context_.steady->now_ms() > until) {
            progress = true;  // There is more to do at once.
            return std::nullopt;
        }
        Restoring& restoring = it->second;
        if (!restoring.answers) {
            ++it;
            continue;
        }
        RunningQueryPtr query = restoring.task->query();
        try {
            auto whole = make_whole(restoring, positions, progress);
            Status status = whole.status();
            if (whole && !*whole) {
                ++it;
                continue;
            }
            if (status) status = start(restoring, positions.now());
            if (!status) {
                if (status.fault() == Fault::kNotFound) return Failure{query, status, "USER"};
                restoring_.erase(it);  // The world's fault: it is tried again, alone.
                return Failure{nullptr, status, ""};
            }
        } catch (const DamagedBytes& damage) {
            return failure_by_damage(*restoring.task, damage);
        } catch (const std::exception& error) {
            return Failure{query, Status(Fault::kFatal, error.what()), "UNKNOWN"};
        }
        progress = true;
        running_[it->first] = std::move(restoring.task);
        it = restoring_.erase(it);
    }
    if (restoring_.empty()) {
        restore_reader_.reset();
        if (!asking_->thread.running()) asking_.reset();
        next_progress_ms_ = 0;
    }
    return std::nullopt;
}

/// From the first look at its stores until they and their changelogs are as they should be.
Result<bool> TaskSet::make_whole(Restoring& restoring, const PositionBook& positions,
                                 bool& progress) {
    if (!restoring.begun) {
        if (Status status = begin(restoring, positions); !status) return status;
    }
    auto whole = restore_stores(restoring, progress);
    if (!whole || !*whole) return whole;
    auto done = rewrite_changelogs(restoring, positions);
    if (done && *done) done = index_closing(restoring);
    if (done && !*done) progress = true;
    return done;
}

void TaskSet::ask_log() {
    if (!asking_) asking_ = std::make_unique<Asking>(context_.options.threads, wake_);
    if (asking_->thread.running()) {
        if (!asking_->thread.done()) return;
        take_answers();
    }
    LogAnswers::Questions questions;
    for (auto& [id, restoring] : restoring_) {
        if (std::exchange(restoring.asked, true)) continue;
        add_questions(*restoring.task, questions);
        asking_->tasks.insert(id);
    }
    if (asking_->tasks.empty()) return;
    asking_->thread.start([asking = asking_.get(), &topics = context_.log->topics(),
                           questions = std::move(questions)] {
        asking->answers = std::make_shared<const LogAnswers>(topics, questions);
        return Status::ok();
    });
    if (!asking_->thread.waits_apart()) take_answers();
}

void TaskSet::add_questions(const Task& task, LogAnswers::Questions& questions) {
    const int32_t partition = task.id().partition;
    for (const auto& spec : task.subtopology().stores)
        questions.ranges.insert({spec.changelog_topic, partition});
    for (const auto& input : task.subtopology().inputs) {
        const TopicPartition source{input.topic, partition};
        questions.ranges.insert(source);
        questions.readers[feeds_.reader_for(source)].insert(input.topic);
    }
    const std::string& output = task.subtopology().output_topic;
    if (!output.empty()) questions.outputs.insert(output);
}

void TaskSet::take_answers() {
    Status asked = asking_->thread.wait();
    for (const TaskId& id : std::exchange(asking_->tasks, {})) {
        auto found = restoring_.find(id);
        if (found == restoring_.end()) continue;
        found->second.answers = asking_->answers;
        found->second.asked = asked.is_ok();
    }
    asking_->answers.reset();
}

/// May the changelogs have more than the stores, though no position has moved? The rest of a row
/// that gives very many changes the state alone.
Result<bool> TaskSet::is_advancing(const Task& task) const {
    StateBackend& state = *context_.state;
    const StorePartition& first = task.stores().front();
    if (has_store_mark(state, kAdvancing, first)) return true;
    const bool unfinished =
        std::any_of(task.stores().begin(), task.stores().end(), [&](const StorePartition& store) {
            // One that is not here, or was in a damaged file, is restored as a whole.
            return state.changelog_offset(store) && exec::has_unfinished_rows(state, store);
        });
    if (!unfinished) return false;
    if (Status status = set_store_mark(state, kAdvancing, first, true); !status) return status;
    return true;
}

Status TaskSet::begin(Restoring& restoring, const PositionBook& positions) {
    const Task& task = *restoring.task;
    StateBackend& state = *context_.state;
    StateRestorer::Known known;
    known.committed = has_committed(task, positions.now());
    // What a replaced query tells its sink changes the state, and no position.
    known.whole = known.committed && !is_behind(task, positions) && !task.query()->replacement();
    if (known.whole && !task.stores().empty()) {
        auto advancing = is_advancing(task);
        if (!advancing) return advancing.status();
        known.whole = !*advancing;
    }
    for (const auto& spec : task.subtopology().stores) {
        const StorePartition where = store_of(task, spec.name);
        const TopicPartition changelog{spec.changelog_topic, task.id().partition};
        known.closing_suffix = suffix_bytes_of(spec.closing);
        known.make_check = [this, &task, &spec] { return builder_.stored_check(task, spec.name); };
        // A replaced query's new store has nothing to lose.
        auto range = restoring.answers->range(changelog);
        if (!range) return range.status();
        known.changelog = *range;
        if (known.committed && !task.query()->replacement() && !state.changelog_offset(where) &&
            task.query()->made_topics().count(changelog.topic) != 0) {
            Status status;
            if (range->end == 0) status = state.put_meta(lost_key(where), "1");
            if (!status) return status;
        }
        if (!state.get_meta(lost_key(where)).value_or("").empty())
            return state_lost(task, changelog, "this server has no copy of it");
        restoring.stores.emplace_back(*restore_reader_, state, where, changelog, known);
    }
    restoring.begun = true;
    return Status::ok();
}

/// What a changelog has lost it gets again from the state here, if that is whole.
Result<bool> TaskSet::rewrite_changelogs(Restoring& restoring, const PositionBook& positions) {
    const Task& task = *restoring.task;
    for (const StateRestorer& store : restoring.stores) {
        if (!store.changelog_is_lost() || restoring.rewritten.count(store.where()) != 0) continue;
        const TopicPartition& changelog = store.changelog();
        if (!restoring.rewriter) {
            if (is_behind(task, positions) || is_half_restored(*context_.state, store.where()))
                return state_lost(task, changelog, "this server's copy lacks the last changes");
            log_warn(kRestoreLog,
                     "topic={} partition={} has lost all its records: it gets them again from the "
                     "state of this server",
                     changelog.topic, changelog.partition);
            restoring.rewriter = std::make_unique<ChangelogRewriter>(*context_.log, *context_.state,
                                                                     store.where(), changelog);
        }
        auto done = restoring.rewriter->step(kStepRecords, context_.clock->now_ms());
        if (!done || !*done) return done;
        log_info(kRestoreLog, "topic={} partition={} records={} written again", changelog.topic,
                 changelog.partition, restoring.rewriter->num_records());
        restoring.rewriter.reset();
        restoring.rewritten.insert(store.where());
    }
    return true;
}

/// Stores that are older than their index get it now.
Result<bool> TaskSet::index_closing(Restoring& restoring) {
    for (const StateRestorer& store : restoring.stores) {
        if (store.closing_suffix() == 0) continue;
        if (!lacks_closing_index(*context_.state, store.where())) continue;
        if (!restoring.indexer)
            restoring.indexer = std::make_unique<ClosingIndexer>(*context_.state, store.where(),
                                                                 store.closing_suffix());
        auto done = restoring.indexer->step(kStepRecords);
        if (!done || !*done) return done;
        restoring.indexer.reset();
    }
    return true;
}

Result<bool> TaskSet::restore_stores(Restoring& restoring, bool& progress) {
    bool whole = true;
    for (auto& store : restoring.stores) {
        const int64_t before = store.num_records();
        auto done = store.step(kStepRecords);
        if (!done) return done;
        progress = progress || store.num_records() != before;
        whole = whole && *done;
        restoring.query->restores.set(store.where(), store.progress());
    }
    if (!whole) tell_progress(restoring);
    return whole;
}

void TaskSet::tell_progress(const Restoring& restoring) {
    const int64_t now = context_.steady->now_ms();
    if (next_progress_ms_ == 0) next_progress_ms_ = now + kProgressMs;
    if (now < next_progress_ms_) return;
    next_progress_ms_ = now + kProgressMs;
    const auto total = restoring.query->restores.total().value_or(RestoreProgress::Records{});
    log_info(kRestoreLog, "query={} is being restored: {} of {} records; tasks that wait: {}",
             restoring.query->id(), total.done, total.all, restoring_.size());
}

TaskSet::Failure TaskSet::failure_by_damage(const Task& task, const std::exception& damage) const {
    std::string message = "The state of task " + task.id().to_string() +
                          " is damaged: " + damage.what() + "; it is restored from";
    for (const auto& spec : task.subtopology().stores)
        message += fmt::format(" {} partition {}", spec.changelog_topic, task.id().partition);
    return {task.query(), Status(Fault::kCorruptState, message), "SYSTEM", task.stores()};
}

Status TaskSet::start(Restoring& restoring, const PositionMap& positions) {
    Task& task = *restoring.task;
    const auto& subtopology = task.subtopology();
    std::vector<InputPosition> starts;
    std::set<size_t> new_starts;
    int64_t reread_to = 0;
    for (size_t input = 0; input < subtopology.inputs.size(); ++input) {
        auto start = start_position(restoring, input, positions);
        if (!start) return start.status();
        if (task.query()->positions_doubted()) {
            if (Status mended = mend_start(restoring, input, *start); !mended) return mended;
        }
        starts.push_back(start->position);
        // That it begins anew is committed with the first that the new store is told.
        if (start->is_new || start->reread_to > 0) new_starts.insert(input);
        reread_to = std::max(reread_to, start->reread_to);
    }
    if (!task.stores().empty() &&
        has_store_mark(*context_.state, kAdvancing, task.stores().front())) {
        Status status = set_store_mark(*context_.state, kAdvancing, task.stores().front(), false);
        if (!status) return status;
    }
    std::unique_ptr<TopicSink> sink;  // None: the query only keeps a table (CREATE SOURCE TABLE).
    if (!subtopology.output_topic.empty()) {
        auto partitions = restoring.answers->partitions(subtopology.output_topic);
        if (!partitions) return partitions.status();
        sink = sink_of(task, *partitions);
    }
    builder_.start(task, starts, std::move(sink), nullptr, reread_to);
    come_.insert(task.id());
    for (size_t input : new_starts) task.mark_new(input);
    for (size_t input = 0; input < subtopology.inputs.size(); ++input) {
        if (Status status = task.subscribe(input, feeds_); !status) return status;
    }
    for (const auto& store : restoring.stores) {
        changelogs_[store.where()] = {store.changelog(), task.query()->owner()};
        note_left_out(task, store);
        if (store.num_records() == 0) continue;
        log_info(kRestoreLog, "changelog={} partition={} records={} restored",
                 store.changelog().topic, store.changelog().partition, store.num_records());
    }
    return Status::ok();
}

/// The query goes on, with what its own operators have last written to the changelog and is there.
void TaskSet::note_left_out(const Task& task, const StateRestorer& store) const {
    if (store.num_left_out() == 0) return;
    task.query()->note(
        {context_.clock->now_ms(),
         fmt::format("{} records of {} partition {} are none that this query wrote, "
                     "and are left out of its state; the server's log has their "
                     "offsets. Rows under their keys may be older ones, or missing.",
                     store.num_left_out(), store.changelog().topic, store.changelog().partition),
         "SYSTEM"});
}

std::unique_ptr<TopicSink> TaskSet::sink_of(const Task& task, int32_t num_partitions) {
    const std::string& topic = task.subtopology().output_topic;
    auto refused = [report = report_, &task, topic](const Status& why) {
        RowErrors errors;
        RowErrorEntry entry;
        entry.kind = RowErrorKind::kProduction;
        entry.topic = topic;
        entry.message = why.message();
        errors.add(std::move(entry));
        report(*task.query(), "producer", errors);
    };
    TopicMeter* meter = context_.meters != nullptr ? &context_.meters->of(topic) : nullptr;
    return std::make_unique<TopicSink>(transaction_, topic, num_partitions, task.query(),
                                       gives_rows_at_once(task.subtopology()), std::move(refused),
                                       meter, *context_.clock);
}

Result<TaskSet::Start> TaskSet::first_start(const Restoring& restoring, size_t input,
                                            const PositionMap& positions) const {
    const Task& task = *restoring.task;
    const RunningQuery& query = *task.query();
    const auto& in = task.subtopology().inputs[input];
    const auto partition = static_cast<size_t>(task.id().partition);
    Start start;
    start.is_new = true;
    bool earliest = starts_earliest(in, context_.config_of(*query.plan()));
    if (!earliest && query.starts()) {
        // What has come since the query was made, and all of a partition that was not there.
        earliest = true;
        auto end = query.starts()->find(in.topic);
        if (end != query.starts()->end() && partition < end->second.offsets.size()) {
            start.position.next_offset = end->second.offsets[partition];
            start.position.topic_id = end->second.topic_id;
            return start;
        }
    }
    // A query that other partitions have been read for is not new: this one was added.
    auto known = positions.lower_bound({query.id(), task.id().subtopology, {in.topic, 0}});
    earliest = earliest || (known != positions.end() && known->first.query_id == query.id() &&
                            known->first.subtopology == task.id().subtopology &&
                            known->first.source.topic == in.topic);
    auto range = restoring.answers->range({in.topic, task.id().partition});
    if (!range) return range.status();
    start.position.next_offset = earliest ? range->begin : range->end;
    return start;
}

Status TaskSet::mend_start(const Restoring& restoring, size_t input, Start& start) const {
    const Task& task = *restoring.task;
    const auto& in = task.subtopology().inputs[input];
    auto range = restoring.answers->range({in.topic, task.id().partition});
    if (!range) return range.status();
    const int64_t at = start.position.next_offset;
    if (at < 0 || (at >= range->begin && at <= range->end)) return Status::ok();
    const bool behind_end = at > range->end;
    // What was read up to there was of another topic, and of this one nothing has been read yet.
    const bool earliest =
        behind_end || starts_earliest(in, context_.config_of(*task.query()->plan()));
    start.position.next_offset = earliest ? range->begin : range->end;
    start.position.topic_id.clear();
    start.position.ahead.clear();
    start.is_new = true;
    RowErrorEntry entry;
    entry.kind = RowErrorKind::kProcessing;
    entry.topic = in.topic;
    entry.partition = task.id().partition;
    entry.offset = at;
    entry.message = behind_end
                        ? fmt::format(
                              "The topic ends at offset {}, and the query had come to {}: it was "
                              "deleted and made again, and is read from its beginning.",
                              range->end, at)
                        : fmt::format(
                              "The records up to offset {} were deleted before the query had read "
                              "them; it goes on at offset {}, as auto.offset.reset says.",
                              range->begin, start.position.next_offset);
    RowErrors errors;
    errors.add(std::move(entry));
    report_(*task.query(), "consumer", errors);
    return Status::ok();
}

Result<TaskSet::Start> TaskSet::start_position(const Restoring& restoring, size_t input,
                                               const PositionMap& positions) const {
    const Task& task = *restoring.task;
    const auto& in = task.subtopology().inputs[input];
    const TopicPartition source{in.topic, task.id().partition};
    auto found = positions.find({task.id().query_id, task.id().subtopology, source});
    if (found == positions.end()) return first_start(restoring, input, positions);
    Start start;
    start.position = found->second;
    // A query that was replaced may keep its table's rows in a new store: they are read again.
    const auto* step = in.step->as<plan::SourceStep>();
    if (step == nullptr || !step->store) return start;
    const StorePartition where = store_of(task, *step->store);
    const bool new_store =
        std::any_of(restoring.stores.begin(), restoring.stores.end(),
                    [&](const StateRestorer& s) { return s.where() == where && s.store_is_new(); });
    if (!new_store) return start;
    start.reread_to = std::max<int64_t>(0, found->second.next_offset);
    auto range = restoring.answers->range(source);
    if (!range) return range.status();
    start.position.next_offset = range->begin;
    return start;
}

}  // namespace millrace
