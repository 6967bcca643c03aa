// When things go wrong for a worker: whoever owns a failure pays for it, and nobody else.
#include <fmt/format.h>

#include "engine/base/log.h"
#include "engine/runtime/start_offsets.h"
#include "engine/runtime/worker.h"

namespace millrace {

namespace {

constexpr int64_t kMendAgainMs = 5000;
constexpr int64_t kLookMs = 200;  ///< For what others have met in the state.

}  // namespace

/// The log has no record at the offset where they stand. Under auto.offset.reset=earliest a query
/// goes on with those that are there, and the log says so; else it stops, for rows would be missing
/// unasked.
void Worker::out_of_range(CommitUnit& unit, const RunningQueryPtr& query,
                          const TopicPartition& where) {
    const std::string message =
        fmt::format("topic {}, partition {}: the offset where the query stands is not there",
                    where.topic, where.partition);
    query->doubt_positions();
    query->note_lost(where.topic, context_.clock->now_ms());
    const Config config = context_.config_of(*query->plan());
    if (topics_from_end(query->subtopologies(), config).count(where.topic) != 0)
        return failed(unit, {query, Status(Fault::kNotFound, message), "USER"});
    log_warn(kWorkerLog, "query={} reads on with what is left: {}", query->id(), message);
    tasks_stale_ = true;
    if (!unit.drop(*query)) undo(unit, Status(Fault::kAbortable, message));
}

template <class Act>
void Worker::for_readers_of(const std::string& topic, const Act& act) {
    for (CommitUnit* unit : {&main_, &proving_}) {
        for (const RunningQueryPtr& query : unit->tasks().readers_of(topic)) act(*unit, query);
    }
}

void Worker::report_feed_errors() {
    for (const TopicPartition& where : feeds_.take_out_of_range()) {
        for_readers_of(where.topic, [&](CommitUnit& unit, const RunningQueryPtr& query) {
            out_of_range(unit, query, where);
        });
    }
    for (auto& [where, error] : feeds_.take_errors()) {
        if (error.fault() == Fault::kRetriable)
            continue;  // The log speaks of absent brokers itself.
        const Status status(error.fault(),
                            "cannot read topic " + where.topic + ": " + error.message());
        for_readers_of(where.topic, [&](CommitUnit& unit, const RunningQueryPtr& query) {
            failed(unit, {query, status, "USER"});
        });
    }
}

void Worker::note_failure(RunningQuery& query, const CommitUnit::Failure& failure) {
    QueryError error{context_.clock->now_ms(), failure.status.message(), failure.type};
    const int64_t now = context_.steady->now_ms();
    const int64_t initial_ms = context_.options.retry_backoff_initial_ms;
    const int64_t max_ms = context_.options.retry_backoff_max_ms;
    if (failure.damaged.empty()) {
        query.fail(std::move(error), now, initial_ms, max_ms);
    } else {
        query.fail_by_damage(std::move(error), failure.damaged, now, initial_ms, max_ms);
    }
}

void Worker::failed(CommitUnit& unit, const CommitUnit::Failure& failure) {
    if (unit.is_sent()) return postpone(unit, failure);
    if (unit.committing()) {
        unit.abandon_commit();
        last_commit_ms_ = 0;  // It is made anew without the query.
    }
    Status status = failure.status;
    if (failure.query) {
        RunningQuery& query = *failure.query;
        log_error(kWorkerLog, "query={} failed: {}", query.id(), status.message());
        note_failure(query, failure);
        processing_log_.write_failure(query.id(), status.message());
        unproven_.insert(query.id());
        status = Status(Fault::kAbortable, "query " + query.id() + " failed");
        const bool alone = unit.drop(query);
        give_up_stores(failure.damaged);
        if (alone) return;
    } else {
        retry_at_ms_ = context_.steady->now_ms() + kAgainMs;
    }
    undo(unit, status);
}

/// A query fails whose unit's commit is on its way: it works no more, and the rest comes after the
/// commit.
void Worker::postpone(CommitUnit& unit, const CommitUnit::Failure& failure) {
    for (const auto& [where, known] : postponed_) {
        if (where == &unit && known.query == failure.query) return;
    }
    if (failure.query) unit.tasks().hold(*failure.query);
    postponed_.emplace_back(&unit, failure);
}

void Worker::end_postponed() {
    for (const auto& [unit, failure] : std::exchange(postponed_, {})) failed(*unit, failure);
}

void Worker::give_up_stores(const std::vector<StorePartition>& stores) {
    if (!stores.empty()) tasks_stale_ = true;
    for (const StorePartition& store : stores) {
        Status status = context_.state->clear(store, {});
        if (!status) log_warn(kWorkerLog, "worker={} {}", index_, status.message());
    }
}

void Worker::look_at_state() {
    StateBackend& state = *context_.state;
    if (state.damaged() && context_.steady->now_ms() >= next_mend_ms_) {
        next_mend_ms_ = context_.steady->now_ms() + kMendAgainMs;
        if (Status status = state.mend(); !status)
            log_error(kWorkerLog, "damaged files cannot be left behind: {}", status.message());
    }
    if (context_.steady->now_ms() >= next_look_ms_) {
        next_look_ms_ = context_.steady->now_ms() + kLookMs;
        for (CommitUnit* unit : {&main_, &proving_}) {
            while (auto failure = unit->tasks().first_reported()) failed(*unit, *failure);
        }
    }
    const int64_t mends = state.mends();
    if (mends == mends_seen_) return;
    mends_seen_ = mends;
    for (CommitUnit* unit : {&main_, &proving_}) {
        while (auto failure = unit->tasks().first_without_state()) failed(*unit, *failure);
    }
}

/// All of the unit go back to the last commit.
void Worker::undo(CommitUnit& unit, const Status& why) {
    log_warn(kWorkerLog, "worker={} redoing uncommitted work: {}", index_, why.message());
    if (!unit.rewind(why)) recover(why);
}

/// Only the logs tell where everything stands.
void Worker::recover(const Status& status) {
    end_sent();
    log_warn(kWorkerLog, "worker={} reads its positions again: {}", index_, status.message());
    close_all();
    main_.transaction().abort(status);
    proving_.transaction().abort(Status(Fault::kAbortable, status.message()));
    taken_over_ = false;
    retry_at_ms_ = context_.steady->now_ms() + kAgainMs;
}

}  // namespace millrace
