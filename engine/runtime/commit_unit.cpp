#include "engine/runtime/commit_unit.h"

#include <algorithm>
#include <utility>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/runtime/other_servers.h"

namespace millrace {

namespace {

WriterOptions writer_options(const RuntimeContext& context, int worker, bool proving) {
    WriterOptions options;
    options.transactional_id = context.transactional_id(worker) + (proving ? "-proving" : "");
    options.client_id = options.transactional_id;
    options.transaction_timeout_ms = context.options.transaction_timeout_ms;
    return options;
}

}  // namespace

CommitUnit::CommitUnit(const RuntimeContext& context, int worker, bool proving, FeedSet& feeds,
                       ProcessingLog& processing_log, LocalPositions& local_positions,
                       const std::atomic<bool>& stopping)
    : context_(context),
      local_positions_(local_positions),
      transaction_(*context.log, writer_options(context, worker, proving),
                   context.options.guarantee == Guarantee::kAtLeastOnce, context.slots_topic(),
                   slot_owner(context, worker), stopping),
      overlay_(*context.state),
      tasks_(context, worker, transaction_, feeds, overlay_, processing_log) {}

bool CommitUnit::full() const {
    return overlay_.bytes() > context_.options.overlay_bytes_max;
}

CommitUnit::Failure CommitUnit::failure_of(const Task& task, const std::exception& error) const {
    if (dynamic_cast<const DamagedBytes*>(&error) != nullptr)
        return tasks_.failure_by_damage(task, error);
    return {task.query(), Status(Fault::kFatal, error.what()), "USER"};
}

std::optional<CommitUnit::Failure> CommitUnit::process(int64_t until_ms, bool& busy) {
    if (!pending_ && (tasks_.have_come() || transaction_.has_new_writers())) expect_topics();
    const TaskSet::Running& running = tasks_.running();
    auto at = running.lower_bound(next_task_);
    due_soon_ = awaited_ = false;
    for (size_t left = running.size(); left > 0; --left) {
        if (at == running.end()) at = running.begin();
        Task& task = *at->second;
        ++at;
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
    return std::nullopt;
}

void CommitUnit::expect_topics() {
    const TaskSet::Topics topics = tasks_.topics();
    transaction_.expect(topics.inside, topics.apart);
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

std::optional<CommitUnit::Failure> CommitUnit::flush() {
    for (const auto& [id, task] : tasks_.running()) {
        try {
            task->flush();
        } catch (const std::exception& error) {
            return failure_of(*task, error);
        }
    }
    transaction_.flush_outputs();
    return poll();
}

bool CommitUnit::goes_on_in_commits() const {
    return std::any_of(tasks_.running().begin(), tasks_.running().end(),
                       [&](const auto& entry) { return goes_on_in_commits(*entry.second); });
}

std::optional<CommitUnit::Failure> CommitUnit::commit(PositionBook& positions,
                                                      const std::set<std::string>& forgotten) {
    if (auto failure = begin_commit(positions, forgotten)) return failure;
    return end_commit(positions, send());
}

std::optional<CommitUnit::Failure> CommitUnit::begin_commit(
    const PositionBook& positions, const std::set<std::string>& forgotten) {
    if (auto failure = flush()) return failure;
    Pending pending;
    pending.offsets =
        write_changelog(overlay_, tasks_.changelogs(), transaction_, context_.clock->now_ms());
    pending.changes = write_positions(positions, forgotten, pending.offsets);
    pending.sends = transaction_.begin_commit();
    pending_ = std::move(pending);
    return std::nullopt;
}

Status CommitUnit::send() {
    return pending_->sends ? transaction_.send() : Status::ok();
}

std::optional<CommitUnit::Failure> CommitUnit::end_commit(PositionBook& positions, Status sent) {
    const Pending pending = std::move(*std::exchange(pending_, std::nullopt));
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
    for (const auto& [id, task] : tasks_.running()) {
        if (pending.sends) task->mark_committed();
        task->query()->note_progress(context_.steady->now_ms());
    }
    return std::nullopt;
}

PositionChanges CommitUnit::write_positions(const PositionBook& positions,
                                            const std::set<std::string>& forgotten,
                                            const ChangelogOffsets& offsets) {
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
    return changes;
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
    if (!transaction_.abort(why)) return false;
    return tasks_.rewind().is_ok();
}

}  // namespace millrace
