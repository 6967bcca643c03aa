#include "engine/runtime/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/base/guard.h"
#include "engine/base/log.h"
#include "engine/base/row_meter.h"

namespace millrace {

namespace {

constexpr int64_t kTurnWaitMs = 100;
constexpr int64_t kRestAfterMs = 5000;
/// Tasks on another worker tell nobody that they have gone on.
constexpr int64_t kSoonMs = 2;

ReaderOptions reader_options(const RuntimeContext& context, int index) {
    ReaderOptions options;
    options.client_id = context.options.service_id + "-worker-" + std::to_string(index);
    // Under at-least-once the workers read what upstream queries have written without waiting for
    // their commits, unless they are told to.
    options.read_committed = context.options.reads_committed();
    options.partition_buffer_bytes = context.options.partition_buffer_bytes;
    options.tell_out_of_range = true;
    return options;
}

}  // namespace

Worker::Worker(const RuntimeContext& context, int index, ProcessingLog& processing_log)
    : context_(context),
      index_(index),
      processing_log_(processing_log),
      feeds_(*context.log, reader_options(context, index), context.share(MemoryHolder::kFetched)),
      local_positions_(*context.state, context.transactional_id(index)),
      held_memory_(context.share(MemoryHolder::kUncommitted)),
      main_(context, index, false, feeds_, processing_log, local_positions_, held_back_,
            orders_.stopping(), [this] { wake(); }),
      proving_(context, index, true, feeds_, processing_log, local_positions_, held_back_,
               orders_.stopping(), [this] { wake(); }),
      queries_(std::make_shared<const QueryList>()),
      commit_interval_ms_(context.options.commit_interval_ms) {}

Worker::~Worker() {
    stop();
}

// ---- the loop ----

bool Worker::run_once() {
    if (in_commit()) return turn_in_commit();
    bool busy = follow_orders();
    look_at_state();
    if (context_.steady->now_ms() < retry_at_ms_ || !ready()) return busy;
    look_for_changed_queries();
    if (tasks_stale_ && !reconcile()) return busy;
    if (!restore(main_, busy) || !restore(proving_, busy)) return busy;
    settled_ = !main_.tasks().restoring() && !proving_.tasks().restoring();
    let_proving_rest();
    if (!fetch(busy)) return busy;
    const int64_t until_ms = end_of_turn();
    bool worked = false;
    if (!process(main_, until_ms, worked) || !process(proving_, until_ms, worked)) return true;
    note_work(worked);
    busy = busy || worked;
    held_memory_.set(held_back_);
    report_feed_errors();
    work_left_ = busy;
    if (commit_due()) start_commit();
    return busy;
}

template <class Turn>
bool Worker::guard_turn(const Turn& turn) {
    return guarded(kWorkerLog, "a turn", turn, [this](const std::string& reason) {
        recover(Status(Fault::kAbortable, reason));
    });
}

void Worker::loop() {
    // A row that takes its time does not hold up who wants something of this worker.
    const Interruptible interruptible([this](int64_t evaluating_ms) {
        return evaluating_ms >= Interruptible::kPatienceMs &&
               (orders_.stopping() || orders_.pending());
    });
    while (!orders_.stopping()) {
        const bool whole = guard_turn([this] {
            if (run_once()) return;
            const bool soon = main_.is_due_soon() || proving_.is_due_soon();
            const int64_t longest_ms = work_since_ms_ != 0 ? gathering_ms() : kTurnWaitMs;
            const int64_t wait_ms = soon ? std::min(kSoonMs, longest_ms) : longest_ms;
            (main_.tasks().waits_for_restore() ? main_ : proving_).tasks().wait(wait_ms);
        });
        // Whatever it was that failed: not again at once.
        if (!whole) std::this_thread::sleep_for(std::chrono::milliseconds(kTurnWaitMs));
    }
    guard_turn([this] { end_sent(); });
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
        guard_turn([this] { end_sent(); });
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

void Worker::prepare() {
    main_.transaction().begin_writer();
    proving_.transaction().begin_writer();
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
        end_sent();
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
    if (leave_work(wanted) || !forgotten_.empty()) {
        const bool again = std::exchange(leaving_, true);
        again ? static_cast<void>(commit()) : start_commit();
        if (in_commit()) return false;
        // After a failure all have gone back to the last commit, and who leaves has nothing to
        // keep.
        if (!taken_over_) return false;
        wanted = wanted_tasks();  // By that commit some may have been proven, or have failed.
        if (leave_work(wanted) && !again) return false;
    }
    proving_.tasks().change_to(wanted.proving);
    main_.tasks().change_to(wanted.main);
    tasks_stale_ = leaving_ = false;
    stale_at_ms_ = 0;
    return true;
}

/// Those who leave get no more turns. True: what they have done is not committed.
bool Worker::leave_work(const Wanted& wanted) {
    const bool main = main_.tasks().hold_leaving(wanted.main);
    return proving_.tasks().hold_leaving(wanted.proving) || main;
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

/// Its writers are clients of the log with threads and connections, and most of the time nobody has
/// anything to prove.
void Worker::let_proving_rest() {
    if (!proving_.is_idle()) {
        proving_idle_since_ms_ = 0;
        return;
    }
    const int64_t now = context_.steady->now_ms();
    if (proving_idle_since_ms_ == 0) proving_idle_since_ms_ = now;
    if (now - proving_idle_since_ms_ < kRestAfterMs) return;
    proving_.transaction().retire_writers(retired_);
    if (!context_.options.threads) retired_.bury();
}

void Worker::close_all() {
    main_.clear();
    proving_.clear();
    feeds_.clear();
    settled_ = false;
    tasks_stale_ = true;
}

}  // namespace millrace
