#include "engine/runtime/commit_unit.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/base/row_meter.h"
#include "engine/runtime/other_servers.h"

namespace millrace {

namespace {

WriterOptions writer_options(const RuntimeContext& context, int worker, bool proving) {
    WriterOptions options;
    options.transactional_id = context.transactional_id(worker) + (proving ? "-proving" : "");
    options.client_id = options.transactional_id;
    options.transaction_timeout_ms = context.options.transaction_timeout_ms;
    options.buffer_bytes = context.options.writer_buffer_bytes;
    return options;
}

}  // namespace

CommitUnit::CommitUnit(const RuntimeContext& context, int worker, bool proving, FeedSet& feeds,
                       ProcessingLog& processing_log, LocalPositions& local_positions,
                       size_t& held_back, const std::atomic<bool>& stopping,
                       std::function<void()> wake)
    : context_(context),
      proving_(proving),
      local_positions_(local_positions),
      transaction_(*context.log, writer_options(context, worker, proving),
                   context.options.guarantee == Guarantee::kAtLeastOnce, context.slots_topic(),
                   slot_owner(context, worker), stopping, context.options.threads, wake),
      overlay_(*context.state),
      held_back_(held_back),
      memory_(context.share(MemoryHolder::kUncommitted)),
      tasks_(context, worker, transaction_, feeds, overlay_, held_back, processing_log, wake),
      committer_(context.options.threads, context.options.commit_turns, std::move(wake)) {}

CommitUnit::Failure CommitUnit::failure_of(const Task& task, const std::exception& error) const {
    // The query has done nothing wrong.
    if (dynamic_cast<const EvaluationInterrupted*>(&error) != nullptr)
        return {nullptr, Status(Fault::kAbortable, error.what()), ""};
    if (dynamic_cast<const DamagedBytes*>(&error) != nullptr)
        return tasks_.failure_by_damage(task, error);
    return {task.query(), Status(Fault::kFatal, error.what()), "USER"};
}

std::optional<CommitUnit::Failure> CommitUnit::process(int64_t until_ms, bool& busy) {
    expect_topics();
    const TaskSet::Running& running = tasks_.running();
    auto at = running.lower_bound(next_task_);
    due_soon_ = awaited_ = false;
    for (size_t left = running.size(); left > 0; --left) {
        if (at == running.end()) at = running.begin();
        Task& task = *at->second;
        ++at;
        if (task.held() || waits_for_topics(task.id())) continue;
        if (pending_ && !goes_on_in_commits(task)) continue;
        try {
            busy = task.process(context_.options.batch_rows_max) > 0 || busy;
            due_soon_ = due_soon_ || task.is_due_soon();
            awaited_ = awaited_ || task.is_awaited();
        } catch (const std::exception& error) {
            next_task_ = at == running.end() ? TaskId() : at->first;
            return failure_of(task, error);
        }
        if ((full() && !pending_) || context_.steady->now_ms() > until_ms) {
            next_task_ = at == running.end() ? TaskId() : at->first;
            busy = true;  // The others have not had their turn.
            break;
        }
    }
    tell_memory();
    return std::nullopt;
}

void CommitUnit::expect_topics() {
    waiting_.merge(tasks_.take_come());
    const bool wanted = !waiting_.empty() || transaction_.has_new_writers();
    if (!wanted || transaction_.expecting()) return;
    for (const TaskId& id : std::exchange(asked_, {})) waiting_.erase(id);
    // The transaction is the commit's while there is one.
    if (pending_ || (waiting_.empty() && !transaction_.has_new_writers())) return;
    const TaskSet::Topics topics = tasks_.topics();
    asked_ = waiting_;
    transaction_.expect(topics.inside, topics.apart);
    if (!transaction_.expecting()) expect_topics();
}

std::optional<CommitUnit::Failure> CommitUnit::poll() {
    transaction_.poll();
    while (auto refusal = transaction_.next_refusal()) {
        if (RunningQueryPtr query = tasks_.query_of(refusal->owner))
            return Failure{query, refusal->why, "USER"};
    }
    return std::nullopt;
}

// ---- commit ----

std::optional<CommitUnit::Failure> CommitUnit::flush_tasks() {
    for (const auto& [id, task] : tasks_.running()) {
        try {
            task->flush();
        } catch (const std::exception& error) {
            return failure_of(*task, error);
        }
    }
    return std::nullopt;
}

bool CommitUnit::goes_on_in_commits() const {
    return committer_.waits_apart() &&
           std::any_of(tasks_.running().begin(), tasks_.running().end(),
                       [&](const auto& entry) { return goes_on_in_commits(*entry.second); });
}

std::optional<CommitUnit::Failure> CommitUnit::commit(PositionBook& positions,
                                                      const std::set<std::string>& forgotten) {
    if (auto failure = begin_commit(positions, forgotten)) return failure;
    return end_commit(positions);
}

std::optional<CommitUnit::Failure> CommitUnit::begin_commit(
    const PositionBook& positions, const std::set<std::string>& forgotten) {
    MR_CHECK(!pending_, "one commit at a time");
    if (auto failure = flush_tasks()) return failure;
    transaction_.mark_outputs();
    Pending pending;
    pending.changes = moved_positions(positions, forgotten);
    pending_ = std::move(pending);
    return std::nullopt;
}

bool CommitUnit::commit_done() {
    if (pending_->written) return !committer_.running() || committer_.done();
    if (!transaction_.outputs_acknowledged()) return false;
    pending_->failure = poll();
    if (pending_->failure) return true;
    write_pending();
    if (pending_->sends) committer_.start([this] { return transaction_.send(); });
    return !pending_->sends;
}

void CommitUnit::write_pending() {
    pending_->offsets =
        write_changelog(overlay_, tasks_.changelogs(), transaction_, context_.clock->now_ms());
    write_positions(pending_->changes, pending_->offsets);
    pending_->sends = transaction_.begin_commit();
    tell_memory();
    pending_->written = true;
}

std::optional<CommitUnit::Failure> CommitUnit::end_commit(PositionBook& positions) {
    Status sent;
    if (!pending_->written && !pending_->failure) {
        transaction_.flush_outputs();
        pending_->failure = poll();
        if (!pending_->failure) write_pending();
        if (pending_->sends) sent = transaction_.send();
    } else if (committer_.running()) {
        sent = committer_.wait();
    }
    Pending pending = std::move(*std::exchange(pending_, std::nullopt));
    if (pending.failure) return std::move(pending.failure);
    Status status = transaction_.end_commit(std::move(sent));
    if (status && pending.sends) {
        status = apply_state(pending.changes, pending.offsets);
        // It is committed: what is in memory must not be done again, the logs have it.
        if (!status) return Failure{nullptr, Status(Fault::kFatal, status.message()), ""};
    }
    if (!status) {
        // A record that was refused has taken the transaction with it: its query pays.
        if (auto failure = poll()) return failure;
        if (RunningQueryPtr query = tasks_.query_of(transaction_.failed_owner()))
            return Failure{query, status, "USER"};
        return Failure{nullptr, status, ""};
    }
    if (pending.sends) positions.apply(pending.changes);
    tell_memory();
    for (const auto& [id, task] : tasks_.running()) {
        if (pending.sends) task->mark_committed();
        task->query()->note_progress(context_.steady->now_ms());
    }
    return std::nullopt;
}

PositionChanges CommitUnit::moved_positions(const PositionBook& positions,
                                            const std::set<std::string>& forgotten) {
    PositionChanges changes;
    for (const auto& [id, task] : tasks_.running()) {
        if (forgotten.count(id.query_id) != 0) continue;
        for (auto& [input, position] : task->take_moved_positions()) {
            const TopicPartition source{task->subtopology().inputs[input].topic, id.partition};
            changes.push_back({{id.query_id, id.subtopology, source}, position});
        }
    }
    if (!forgotten.empty()) {
        for (const auto& [key, position] : positions.now()) {
            if (forgotten.count(key.query_id) != 0) changes.push_back({key, std::nullopt});
        }
    }
    return changes;
}

void CommitUnit::write_positions(const PositionChanges& changes, const ChangelogOffsets& offsets) {
    for (const auto& [key, position] : changes) {
        const int32_t slot = slot_of_position(key);
        std::function<void(int64_t)> acked;
        if (local_positions_.kept()) {
            acked = [offsets, where = local_positions_.where(slot)](int64_t offset) {
                (*offsets)[where] = offset + 1;
            };
        }
        transaction_.write_position(slot, key, position, std::move(acked));
    }
}

int32_t CommitUnit::slot_of_position(const PositionKey& key) const {
    return slot_of({key.query_id, key.subtopology, key.source.partition}, context_.options.slots);
}

Status CommitUnit::apply_state(const PositionChanges& changes, const ChangelogOffsets& offsets) {
    const bool only_positions = overlay_.empty();
    for (size_t i = 0; local_positions_.kept() && i < changes.size(); ++i) {
        const auto& [key, position] = changes[i];
        auto store = overlay_.store(local_positions_.where(slot_of_position(key)));
        if (position) {
            store->put(key.encode(), LocalPositions::encode(*position));
        } else {
            store->erase(key.encode());
        }
    }
    Status status = overlay_.apply(*offsets);
    if (status || !only_positions) return status;
    // The slots topic has them, and what is here already stays true: only more is read at a start.
    log_warn("runtime.slots", "positions are not kept here any more: {}", status.message());
    overlay_.clear();
    local_positions_.stop();
    return Status::ok();
}

// ---- when things go wrong ----

bool CommitUnit::drop(const RunningQuery& query) {
    tasks_.drop(query);
    return transaction_.outputs_apart() && transaction_.failure();
}

bool CommitUnit::rewind(const Status& why) {
    overlay_.clear();
    const bool known = transaction_.abort(why);
    tell_memory();
    if (!known) return false;
    return tasks_.rewind().is_ok();
}

}  // namespace millrace
