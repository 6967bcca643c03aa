#include "engine/runtime/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/base/guard.h"
#include "engine/base/log.h"
#include "engine/runtime/other_servers.h"
#include "engine/runtime/start_offsets.h"

namespace millrace {

namespace {

constexpr const char* kWorkerLog = "runtime.worker";
constexpr int64_t kTurnWaitMs = 100;
constexpr int64_t kAgainMs = 500;
/// Tasks on another worker tell nobody that they have gone on.
constexpr int64_t kSoonMs = 2;
constexpr int64_t kMendAgainMs = 5000;
/// After a pause the first rows are committed so soon, with those that come along.
constexpr int64_t kGatherMs = 50;

ReaderOptions reader_options(const RuntimeContext& context, int index) {
    ReaderOptions options;
    options.client_id = context.options.service_id + "-worker-" + std::to_string(index);
    // Under at-least-once the workers read what upstream queries have written without waiting for
    // their commits.
    options.read_committed = context.options.guarantee == Guarantee::kExactlyOnce;
    options.partition_buffer_bytes = context.options.partition_buffer_bytes;
    options.tell_out_of_range = true;
    return options;
}

}  // namespace

Worker::Worker(const RuntimeContext& context, int index, ProcessingLog& processing_log)
    : context_(context),
      index_(index),
      processing_log_(processing_log),
      feeds_(*context.log, reader_options(context, index)),
      local_positions_(*context.state, context.transactional_id(index)),
      main_(context, index, false, feeds_, processing_log, local_positions_, orders_.stopping()),
      proving_(context, index, true, feeds_, processing_log, local_positions_, orders_.stopping()),
      queries_(std::make_shared<const QueryList>()),
      commit_interval_ms_(context.options.commit_interval_ms),
      committer_(context.options.threads, context.options.commit_turns, [this] { wake(); }) {}

Worker::~Worker() {
    stop();
}

// ---- the loop ----

bool Worker::run_once() {
    if (committer_.running()) {
        if (!orders_.pending()) return turn_in_commit();
        end_commit();
    }
    bool busy = follow_orders();
    look_at_state();
    if (context_.steady->now_ms() < retry_at_ms_ || !ready()) return busy;
    look_for_changed_queries();
    if (tasks_stale_ && !reconcile()) return busy;
    if (!restore(main_, busy) || !restore(proving_, busy)) return busy;
    settled_ = !main_.tasks().restoring() && !proving_.tasks().restoring();
    if (!fetch(busy)) return busy;
    const int64_t until_ms = end_of_turn();
    bool worked = false;
    if (!process(main_, until_ms, worked) || !process(proving_, until_ms, worked)) return true;
    if (worked && work_since_ms_ == 0) work_since_ms_ = context_.steady->now_ms();
    busy = busy || worked;
    report_feed_errors();
    work_left_ = busy;
    if (commit_due()) busy = start_commit() && busy;
    return busy;
}

template <class Turn>
bool Worker::guard_turn(const Turn& turn) {
    return guarded(kWorkerLog, "a turn", turn, [this](const std::string& reason) {
        recover(Status(Fault::kAbortable, reason));
    });
}

void Worker::loop() {
    while (!orders_.stopping()) {
        const bool whole = guard_turn([this] {
            if (run_once()) return;
            const bool soon = main_.is_due_soon() || proving_.is_due_soon();
            const int64_t longest_ms = work_since_ms_ != 0 ? gathering_ms() : kTurnWaitMs;
            const int64_t wait_ms =
                std::min(soon ? kSoonMs : longest_ms, commit_interval_ms_.load());
            (main_.tasks().waits_for_restore() ? main_ : proving_).tasks().wait(wait_ms);
        });
        // Whatever it was that failed: not again at once.
        if (!whole) std::this_thread::sleep_for(std::chrono::milliseconds(kTurnWaitMs));
    }
    guard_turn([this] { end_commit(); });
    if (orders_.commits_at_end()) guard_turn([this] { commit(); });
    guarded(kWorkerLog, "closing the tasks", [this] { close_all(); });
    guarded(kWorkerLog, "closing the writers", [this] {
        main_.transaction().drop_writer();
        proving_.transaction().drop_writer();
    });
}

/// Has it a writer and slots?
bool Worker::ready() {
    // A writer before there are slots: what this worker's last life left open is aborted at once,
    // and the slots' stable offsets, which wait for it, can be read.
    Status status = main_.transaction().ensure_writer();
    if (status && !proving_fenced_) {
        status = proving_.transaction().ensure_writer();
        proving_.transaction().drop_writer();  // It comes again when there is something to prove.
        proving_fenced_ = status.is_ok();
    }
    if (!status) {
        retry_at_ms_ = context_.steady->now_ms() + kAgainMs;
        return false;
    }
    return assignment_ && (taken_over_ || take_over());
}

bool Worker::fetch(bool& busy) {
    try {
        busy = feeds_.poll(context_.options.batch_rows_max) || busy;
        return true;
    } catch (const std::exception& error) {
        // Some tasks may have got the records and others not: all start again from the last commit.
        recover(Status(Fault::kAbortable, error.what()));
        return false;
    }
}

/// However many tasks have a backlog, the commit comes when it is due, and long before the broker
/// takes the transaction for abandoned.
int64_t Worker::end_of_turn() const {
    const int64_t longest = context_.options.transaction_timeout_ms / 4;
    return context_.steady->now_ms() + std::min(commit_interval_ms_.load(), longest);
}

/// False: something failed, and the turn is over.
bool Worker::process(CommitUnit& unit, int64_t until_ms, bool& busy) {
    auto failure = unit.process(until_ms, busy);
    if (!failure) failure = unit.poll();
    if (failure) failed(unit, *failure);
    return !failure;
}

/// The log has no record at the offset where they stand. Under auto.offset.reset=earliest a query
/// goes on with those that are there, and the log says so; else it stops, for rows would be missing
/// unasked.
void Worker::out_of_range(CommitUnit& unit, const RunningQueryPtr& query,
                          const TopicPartition& where) {
    const std::string message =
        fmt::format("topic {}, partition {}: the offset where the query stands is not there",
                    where.topic, where.partition);
    query->doubt_positions();
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

// ---- orders ----

void Worker::assign(std::shared_ptr<const SlotAssignment> assignment) {
    orders_.assign(std::move(assignment));
    wake();
}

void Worker::release(bool lost, int64_t timeout_ms) {
    const int64_t number = orders_.release(lost);
    wake();
    if (thread_.joinable()) {
        orders_.wait_released(number, timeout_ms);
    } else {
        run_once();
    }
}

void Worker::set_queries(std::shared_ptr<const QueryList> queries) {
    orders_.set_queries(std::move(queries));
    wake();
}

void Worker::forget_query(const std::string& query_id) {
    orders_.forget(query_id);
    wake();
}

void Worker::wake() {
    feeds_.wake();
}

void Worker::start() {
    thread_ = std::thread([this] { loop(); });
}

void Worker::stop(bool commit) {
    if (!thread_.joinable()) return;
    orders_.stop(commit);
    wake();
    thread_.join();
}

bool Worker::follow_orders() {
    if (!orders_.pending()) return false;
    settled_ = false;
    WorkerOrders::Orders orders = orders_.take();
    if (!orders.forgotten.empty()) {
        forgotten_.merge(orders.forgotten);
        tasks_stale_ = true;
    }
    if (orders.release != 0) {
        give_up_slots(orders.slots_lost);
        assignment_.reset();
        orders_.released(orders.release);
    }
    if (orders.assignment) {
        give_up_slots(false);
        assignment_ = std::move(orders.assignment);
        claims_.clear();
        for (int32_t slot : assignment_->slots) {
            if (slot % context_.options.workers == index_) slots_.insert(slot);
        }
        retry_at_ms_ = 0;
    }
    if (orders.queries) {
        queries_ = std::move(orders.queries);
        tasks_stale_ = true;
    }
    return true;
}

void Worker::give_up_slots(bool lost) {
    // Whatever happens: who gave the order waits for its end, and the next assignment counts.
    guard_turn([&] {
        if (!lost) commit();
        close_all();
        for (CommitUnit* unit : {&main_, &proving_})
            unit->transaction().abort(Status(Fault::kAbortable, "the slots are given up"));
    });
    slots_.clear();
    taken_over_ = false;
}

// ---- taking over, opening and closing tasks ----

/// Queries that back off after a failure come back by themselves.
void Worker::look_for_changed_queries() {
    const int64_t now = context_.steady->now_ms();
    if (now < next_query_check_ms_) return;
    next_query_check_ms_ = now + kAgainMs;
    if (stale_at_ms_ != 0 && now >= stale_at_ms_) tasks_stale_ = true;
    auto present = main_.tasks().queries();
    present.merge(proving_.tasks().queries());
    for (const auto& query : *queries_) {
        if ((present.count(query.get()) != 0) != query->runnable(now)) tasks_stale_ = true;
    }
}

Worker::Wanted Worker::wanted_tasks() {
    const int64_t now = context_.steady->now_ms();
    auto present = main_.tasks().queries();
    const std::set<std::string> known = positions_.queries();
    Wanted wanted;
    for (const auto& query : *queries_) {
        if (!query->runnable(now)) continue;
        if (known.count(query->id()) == 0 && present.count(query.get()) == 0)
            unproven_.insert(query->id());
        auto& tasks = unproven_.count(query->id()) != 0 ? wanted.proving : wanted.main;
        for (const auto& subtopology : query->subtopologies()) {
            for (int32_t p = 0; p < query->partitions(static_cast<size_t>(subtopology.index));
                 ++p) {
                TaskId id{query->id(), subtopology.index, p};
                if (slots_.count(slot_of(id, context_.options.slots)) != 0) tasks[id] = query;
            }
        }
    }
    return wanted;
}

bool Worker::reconcile() {
    Wanted wanted = wanted_tasks();
    // What the leaving tasks have done is kept; the others lose nothing.
    if (main_.tasks().any_leaving(wanted.main) || proving_.tasks().any_leaving(wanted.proving) ||
        !forgotten_.empty()) {
        // After a failure all have gone back to the last commit, and who leaves has nothing to
        // keep.
        if (!commit() && !taken_over_) return false;
        wanted = wanted_tasks();  // By that commit some may have been proven, or have failed.
    }
    proving_.tasks().change_to(wanted.proving);
    main_.tasks().change_to(wanted.main);
    tasks_stale_ = false;
    stale_at_ms_ = 0;
    return true;
}

/// False: a task cannot start, and the turn is over.
bool Worker::restore(CommitUnit& unit, bool& busy) {
    if (!unit.tasks().restoring()) return true;
    auto failure = unit.tasks().restore(positions_, busy);
    if (!failure) return true;
    if (failure->query) {
        failed(unit, *failure);
    } else {
        log_warn(kWorkerLog, "worker={} a task waits: {}", index_, failure->status.message());
        stale_at_ms_ = context_.steady->now_ms() + kAgainMs;
    }
    return false;
}

void Worker::close_all() {
    main_.clear();
    proving_.clear();
    feeds_.clear();
    settled_ = false;
    tasks_stale_ = true;
}

// ---- commit ----

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

void Worker::begin_commit() {
    last_commit_ms_ = context_.steady->now_ms();
    if (work_since_ms_ != 0) last_work_ms_ = last_commit_ms_;
    work_since_ms_ = 0;
    moved_ = proving_.tasks().moved_queries();
}

bool Worker::commit() {
    begin_commit();
    return !taken_over_ || finish_commit(main_.commit(positions_, forgotten_));
}

bool Worker::finish_commit(std::optional<CommitUnit::Failure> failure) {
    const bool main_done = commit_after(main_, std::move(failure));
    // Whatever became of the main unit's: of who leaves after this nothing may be left open.
    if (!taken_over_) return false;
    if (!proving_.tasks().running().empty() &&
        !commit_after(proving_, proving_.commit(positions_, forgotten_))) {
        return false;
    }
    if (main_done) forgotten_.clear();
    look_who_is_proven(moved_);
    return main_done;
}

bool Worker::commit_after(CommitUnit& unit, std::optional<CommitUnit::Failure> failure) {
    for (; failure; failure = unit.commit(positions_, forgotten_)) {
        failed(unit, *failure);
        // Without the query that failed the others' work is there to be committed.
        if (!failure->query || !taken_over_) return false;
    }
    return true;
}

bool Worker::start_commit() {
    if (!committer_.waits_apart() || !taken_over_ || !main_.goes_on_in_commits()) return commit();
    begin_commit();
    auto failure = main_.begin_commit(positions_, forgotten_);
    if (!failure && main_.has_to_send()) {
        committer_.start([this] { return main_.send(); });
        return true;
    }
    if (!failure) failure = main_.end_commit(positions_, Status::ok());
    return finish_commit(std::move(failure));
}

bool Worker::turn_in_commit() {
    if (committer_.done()) return end_commit() && work_left_;
    bool busy = false;
    if (!fetch(busy)) return true;
    work_left_ = work_left_ || busy;
    const int64_t until_ms = end_of_turn();
    if (!process(main_, until_ms, busy) || !process(proving_, until_ms, busy)) return true;
    return busy;
}

bool Worker::end_commit() {
    if (!committer_.running()) return true;
    Status sent = committer_.wait();
    return finish_commit(main_.end_commit(positions_, std::move(sent)));
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

// ---- when things go wrong ----

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
    end_commit();
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
    end_commit();
    log_warn(kWorkerLog, "worker={} reads its positions again: {}", index_, status.message());
    close_all();
    main_.transaction().abort(status);
    proving_.transaction().abort(Status(Fault::kAbortable, status.message()));
    taken_over_ = false;
    retry_at_ms_ = context_.steady->now_ms() + kAgainMs;
}

}  // namespace millrace
