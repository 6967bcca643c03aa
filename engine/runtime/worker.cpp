#include "engine/runtime/worker.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/base/guard.h"
#include "engine/base/log.h"

namespace millrace {

namespace {

constexpr const char* kWorkerLog = "runtime.worker";
constexpr int64_t kTurnWaitMs = 100;
constexpr int64_t kAgainMs = 500;
constexpr int64_t kPositionsTimeoutMs = 120000;

ReaderOptions reader_options(const RuntimeContext& context, int index) {
    ReaderOptions options;
    options.client_id = context.options.service_id + "-worker-" + std::to_string(index);
    // Under at-least-once the workers read what upstream queries have written without waiting for
    // their commits.
    options.read_committed = context.options.guarantee == Guarantee::kExactlyOnce;
    options.partition_buffer_bytes = context.options.partition_buffer_bytes;
    return options;
}

WriterOptions writer_options(const RuntimeContext& context, int index) {
    WriterOptions options;
    options.client_id = context.transactional_id(index);
    options.transactional_id = context.transactional_id(index);
    options.transaction_timeout_ms = context.options.transaction_timeout_ms;
    return options;
}

}  // namespace

Worker::Worker(const RuntimeContext& context, int index, ProcessingLog& processing_log)
    : context_(context),
      index_(index),
      transaction_(*context.log, writer_options(context, index), context.slots_topic(),
                   orders_.stopping()),
      feeds_(*context.log, reader_options(context, index)),
      overlay_(*context.state),
      tasks_(context, index, transaction_, feeds_, overlay_, processing_log),
      queries_(std::make_shared<const QueryList>()),
      commit_interval_ms_(context.options.commit_interval_ms) {}

Worker::~Worker() {
    stop();
}

// ---- the loop ----

bool Worker::run_once() {
    bool busy = follow_orders();
    if (context_.steady->now_ms() < retry_at_ms_ || !ready()) return busy;
    look_for_changed_queries();
    if (tasks_stale_ && !reconcile()) return busy;
    if (tasks_.restoring() && !restore(busy)) return busy;
    settled_ = !tasks_.restoring();
    if (!fetch(busy)) return busy;
    busy = process_tasks() || busy;
    report_feed_errors();
    transaction_.poll();
    if (commit_due()) busy = commit() && busy;
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
            if (!run_once()) tasks_.wait(std::min(kTurnWaitMs, commit_interval_ms_.load()));
        });
        // Whatever it was that failed: not again at once.
        if (!whole) std::this_thread::sleep_for(std::chrono::milliseconds(kTurnWaitMs));
    }
    guard_turn([this] { commit(); });
    guarded(kWorkerLog, "closing the tasks", [this] { close_all(); });
    guarded(kWorkerLog, "closing the writer", [this] { transaction_.drop_writer(); });
}

/// Has it a writer and slots?
bool Worker::ready() {
    // A writer before there are slots: what this worker's last life left open is aborted at once,
    // and the slots' stable offsets, which wait for it, can be read.
    if (!transaction_.ensure_writer()) {
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

bool Worker::process_tasks() {
    bool any = false;
    for (const auto& [id, task] : tasks_.running()) {
        try {
            any = task->process(context_.options.batch_rows_max) > 0 || any;
        } catch (const std::exception& error) {
            fail_task(*task, error);
            return true;
        }
        if (overlay_.bytes() > context_.options.overlay_bytes_max) break;
    }
    return any;
}

void Worker::report_feed_errors() {
    for (auto& [where, error] : feeds_.take_errors()) {
        if (error.fault() == Fault::kRetriable)
            continue;  // The log speaks of absent brokers itself.
        for (const auto& [id, task] : tasks_.running()) {
            const auto& inputs = task->subtopology().inputs;
            bool reads = std::any_of(inputs.begin(), inputs.end(),
                                     [&](const auto& input) { return input.topic == where.topic; });
            if (!reads) continue;
            fail_query(task->query(), "cannot read topic " + where.topic + ": " + error.message(),
                       "USER");
            return;
        }
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

void Worker::stop() {
    if (!thread_.joinable()) return;
    orders_.stop();
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
        transaction_.abort(Status(Fault::kAbortable, "the slots are given up"));
    });
    slots_.clear();
    taken_over_ = false;
}

// ---- taking over, opening and closing tasks ----

Result<PositionMap> Worker::read_positions() {
    PositionMap positions;
    CatchUpReader reader(*context_.log, *context_.steady);
    for (int32_t slot : slots_) {
        auto read = reader.read_to_end(
            {context_.slots_topic(), slot}, 0, kPositionsTimeoutMs,
            [&](const LogRecord& record) { apply_position(record, slot, positions); });
        if (!read) return read.status();
    }
    return positions;
}

bool Worker::take_over() {
    auto positions = read_positions();
    Status status = positions.status();
    if (status) status = transaction_.claim(*assignment_, slots_);
    if (!status) {
        recover(status);
        return false;
    }
    {
        std::lock_guard lock(positions_mutex_);
        positions_ = std::move(*positions);
    }
    taken_over_ = true;
    tasks_stale_ = true;
    log_info(kWorkerLog, "worker={} slots={} positions={} taken over", index_, slots_.size(),
             positions_.size());
    return true;
}

/// Queries that back off after a failure come back by themselves.
void Worker::look_for_changed_queries() {
    if (context_.steady->now_ms() < next_query_check_ms_) return;
    next_query_check_ms_ = context_.steady->now_ms() + kAgainMs;
    const int64_t now = context_.clock->now_ms();
    const auto present = tasks_.queries();
    for (const auto& query : *queries_) {
        if ((present.count(query.get()) != 0) != query->runnable(now)) tasks_stale_ = true;
    }
}

TaskSet::Wanted Worker::wanted_tasks() const {
    const int64_t now = context_.clock->now_ms();
    TaskSet::Wanted wanted;
    for (const auto& query : *queries_) {
        if (!query->runnable(now)) continue;
        for (const auto& subtopology : query->subtopologies()) {
            for (int32_t p = 0; p < query->partitions(static_cast<size_t>(subtopology.index));
                 ++p) {
                TaskId id{query->id(), subtopology.index, p};
                if (slots_.count(slot_of(id, context_.options.slots)) != 0) wanted[id] = query;
            }
        }
    }
    return wanted;
}

bool Worker::reconcile() {
    const auto wanted = wanted_tasks();
    // What the leaving tasks have done is kept; the others lose nothing but their queues.
    if ((tasks_.any_leaving(wanted) || !forgotten_.empty()) && !commit()) return false;
    tasks_.change_to(wanted);
    tasks_stale_ = false;
    return true;
}

bool Worker::restore(bool& busy) {
    auto failure = tasks_.restore(positions_, busy);
    if (!failure) return true;
    if (failure->query) {
        fail_query(failure->query, failure->status.message(), failure->type);
    } else {
        recover(failure->status);
    }
    return false;
}

void Worker::close_all() {
    tasks_.clear();
    settled_ = false;
    tasks_stale_ = true;
}

// ---- commit ----

bool Worker::commit_due() const {
    return context_.steady->now_ms() - last_commit_ms_ >= commit_interval_ms_ ||
           overlay_.bytes() > context_.options.overlay_bytes_max || !transaction_.failure();
}

bool Worker::commit() {
    last_commit_ms_ = context_.steady->now_ms();
    if (!taken_over_) return true;
    for (const auto& [id, task] : tasks_.running()) {
        try {
            task->flush();
        } catch (const std::exception& error) {
            fail_task(*task, error);
            return false;
        }
    }
    auto changelog_offsets =
        write_changelog(overlay_, tasks_.changelogs(), transaction_, context_.clock->now_ms());
    const PositionChanges changes = write_positions();
    const bool something = transaction_.is_open();
    Status status = transaction_.commit();
    if (status && something) status = overlay_.apply(*changelog_offsets);
    if (!status) {
        recover(status);
        return false;
    }
    forgotten_.clear();
    if (!something) return true;
    {
        std::lock_guard lock(positions_mutex_);
        for (const auto& [key, position] : changes) {
            if (position) {
                positions_[key] = *position;
            } else {
                positions_.erase(key);
            }
        }
    }
    for (const auto& [id, task] : tasks_.running()) {
        task->mark_committed();
        task->query()->note_progress();
    }
    return true;
}

Worker::PositionChanges Worker::write_positions() {
    PositionChanges changes;
    for (const auto& [id, task] : tasks_.running()) {
        if (forgotten_.count(id.query_id) != 0) continue;
        for (auto& [input, position] : task->moved_positions()) {
            const TopicPartition source{task->subtopology().inputs[input].topic, id.partition};
            changes.push_back({{id.query_id, id.subtopology, source}, position});
        }
    }
    if (!forgotten_.empty()) {
        for (const auto& [key, position] : positions_) {
            if (forgotten_.count(key.query_id) != 0) changes.push_back({key, std::nullopt});
        }
    }
    for (const auto& [key, position] : changes) {
        const TaskId task{key.query_id, key.subtopology, key.source.partition};
        transaction_.write_position(slot_of(task, context_.options.slots), key, position);
    }
    return changes;
}

// ---- when things go wrong ----

void Worker::recover(const Status& status) {
    log_warn(kWorkerLog, "worker={} redoing uncommitted work: {}", index_, status.message());
    close_all();
    transaction_.abort(status);
    // The outcome of the last commit may be unknown: only the logs tell where everything stands.
    taken_over_ = false;
    retry_at_ms_ = context_.steady->now_ms() + kAgainMs;
}

void Worker::fail_query(RunningQueryPtr query, const std::string& message,
                        const std::string& type) {
    log_error(kWorkerLog, "query={} failed: {}", query->id(), message);
    query->fail({0, message, type}, context_.clock->now_ms(),
                context_.options.retry_backoff_initial_ms, context_.options.retry_backoff_max_ms);
    recover(Status(Fault::kAbortable, "query " + query->id() + " failed"));
    retry_at_ms_ = 0;
}

void Worker::fail_task(const Task& task, const std::exception& error) {
    if (dynamic_cast<const DamagedBytes*>(&error) != nullptr) {
        fail_query(task.query(),
                   "The state of task " + task.id().to_string() + " is damaged: " + error.what(),
                   "SYSTEM");
    } else {
        fail_query(task.query(), error.what(), "USER");
    }
}

PositionMap Worker::committed_positions() const {
    std::lock_guard lock(positions_mutex_);
    return positions_;
}

}  // namespace millrace
