// When a worker commits, and how it goes on meanwhile.
#include <algorithm>

#include "engine/runtime/worker.h"

namespace millrace {

namespace {

/// After a pause the first rows are committed so soon, with those that come along.
constexpr int64_t kGatherMs = 50;

}  // namespace

bool Worker::commit_due() {
    auto due = [](CommitUnit& unit) {
        return unit.full() || unit.is_awaited() || !unit.transaction().failure();
    };
    const int64_t now = context_.steady->now_ms();
    const int64_t interval = commit_interval_ms_;
    // Who has had nothing for a while need not wait for the next beat.
    const bool first = work_since_ms_ != 0 && now - last_work_ms_ >= interval &&
                       now - work_since_ms_ >= gathering_ms();
    return first || now - last_commit_ms_ >= interval || due(main_) || due(proving_);
}

int64_t Worker::gathering_ms() const {
    return std::min(kGatherMs, commit_interval_ms_.load());
}

void Worker::note_work(bool worked) {
    if (worked && work_since_ms_ == 0)
        work_since_ms_ = std::max<int64_t>(context_.steady->now_ms(), 1);
}

void Worker::begin_commit() {
    last_commit_ms_ = context_.steady->now_ms();
    if (work_since_ms_ != 0) last_work_ms_ = last_commit_ms_;
    work_since_ms_ = 0;
    moved_ = proving_.tasks().moved_queries();
}

bool Worker::commit() {
    begin_commit();
    if (!taken_over_) return true;
    main_committed_ = commit_now(main_);
    // Whatever became of the main unit's: of who leaves after this nothing may be left open.
    return taken_over_ && commit_now(proving_) && finish_commit();
}

/// The main unit's commit also forgets queries that are gone.
bool Worker::has_to_commit(const CommitUnit& unit) const {
    return &unit == &main_ || !unit.tasks().running().empty();
}

bool Worker::commit_now(CommitUnit& unit) {
    if (!has_to_commit(unit)) return true;
    while (auto failure = unit.commit(positions_, forgotten_)) {
        failed(unit, *failure);
        // Without the query that failed the others' work is there to be committed.
        if (!failure->query || !taken_over_) return false;
    }
    return true;
}

/// Both units' are done.
bool Worker::finish_commit() {
    if (main_committed_) forgotten_.clear();
    look_who_is_proven(moved_);
    return main_committed_;
}

void Worker::start_commit() {
    if (!taken_over_ || !main_.goes_on_in_commits()) {
        commit();
        return;
    }
    begin_commit();
    main_committed_ = false;
    if (!begin_unit(main_)) begin_unit(proving_);
}

/// False: there is nothing to wait for.
bool Worker::begin_unit(CommitUnit& unit) {
    if (!has_to_commit(unit)) return false;
    if (auto failure = unit.begin_commit(positions_, forgotten_)) failed(unit, *failure);
    return unit.committing();
}

bool Worker::turn_in_commit() {
    bool busy = false;
    CommitUnit& unit = main_.committing() ? main_ : proving_;
    if (unit.commit_done()) {
        end_unit(unit);
    } else {
        if (!fetch(busy)) return true;
        const int64_t until_ms = end_of_turn();
        bool worked = false;
        if (process(main_, until_ms, worked)) process(proving_, until_ms, worked);
        note_work(worked);
        busy = busy || worked;
    }
    if (in_commit()) {
        work_left_ = work_left_ || busy;
        return busy;
    }
    // The one after it, also when the first was given up.
    if (&unit == &main_ && taken_over_ && begin_unit(proving_)) return busy;
    const bool waiting = std::exchange(work_left_, false);
    end_postponed();
    if (taken_over_) finish_commit();
    return busy || waiting;
}

void Worker::end_unit(CommitUnit& unit) {
    auto failure = unit.end_commit(positions_);
    if (&unit == &main_) main_committed_ = !failure;
    if (!failure) return;
    failed(unit, *failure);
    last_commit_ms_ = 0;  // The others' work is there to be committed.
}

/// Before something that cannot go on beside a commit: what was not sent yet comes with the next.
void Worker::end_sent() {
    for (CommitUnit* unit : {&main_, &proving_}) {
        if (!unit->committing()) continue;
        if (unit->is_sent()) {
            end_unit(*unit);
        } else {
            unit->abandon_commit();
        }
    }
    end_postponed();
}

/// Those of the proving unit that have committed work, and have been well long enough, leave it.
void Worker::look_who_is_proven(const std::set<std::string>& moved) {
    if (moved.empty()) return;
    const int64_t now = context_.steady->now_ms();
    const std::set<std::string> known = positions_.queries();
    for (const auto& query : *queries_) {
        if (moved.count(query->id()) == 0 || known.count(query->id()) == 0 ||
            now < query->well_at_ms() || !query->runnable(now) ||
            proving_.tasks().restoring(query->id())) {
            continue;
        }
        query->prove();
        unproven_.erase(query->id());
        main_.tasks().adopt(proving_.tasks(), query->id());
    }
}

}  // namespace millrace
