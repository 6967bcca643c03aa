#include "engine/runtime/worker.h"

#include <algorithm>
#include <condition_variable>

#include "engine/base/damaged.h"
#include "engine/base/error.h"
#include "engine/base/log.h"
#include "engine/runtime/start_offsets.h"

namespace millrace {

namespace {

constexpr int64_t kIdleWaitMs = 100;
constexpr int64_t kRetryMs = 500;
constexpr int64_t kCallTimeoutMs = 10000;
constexpr int64_t kRestoreTimeoutMs = 120000;

ReaderOptions reader_options(const RuntimeContext& context, int index) {
    ReaderOptions options;
    options.client_id = context.options.service_id + "-worker-" + std::to_string(index);
    // Under at-least-once the workers read what upstream queries have written without waiting for
    // their commits.
    options.read_committed = context.options.guarantee == Guarantee::kExactlyOnce;
    options.partition_buffer_bytes = context.options.partition_buffer_bytes;
    return options;
}

}  // namespace

/// Where a task's records go: one topic, through the worker's open transaction.
class Worker::TopicSink final : public exec::RecordSink {
public:
    TopicSink(Worker& worker, std::string topic, int32_t num_partitions, RunningQueryPtr query)
        : worker_(worker),
          topic_(std::move(topic)),
          num_partitions_(num_partitions),
          query_(std::move(query)) {}

    void write(std::optional<ByteView> key, std::optional<ByteView> value, int64_t timestamp_ms,
               std::optional<ByteView> partition_key, const RowHeaders* headers) override {
        if (!worker_.write_failure_) return;
        Status status = worker_.ensure_transaction();
        if (status) {
            ProducedRecord record;
            record.topic = topic_;
            record.key = key;
            record.value = value;
            record.timestamp_ms = timestamp_ms;
            if (partition_key)
                record.partition = partition_for_key(*partition_key, num_partitions_);
            if (headers != nullptr) {
                headers_.clear();
                for (const auto& [name, bytes] : headers->entries)
                    headers_.push_back({name, bytes});
                record.headers = headers_;
            }
            status = worker_.writer_->write(record);
        }
        if (!status) worker_.write_failure_ = status;
        query_->records_out.fetch_add(1, std::memory_order_relaxed);
    }

private:
    Worker& worker_;
    std::string topic_;
    int32_t num_partitions_;
    RunningQueryPtr query_;
    std::vector<Header> headers_;
};

/// What other threads want of this worker; looked at once a turn.
struct Worker::Orders {
    std::mutex mutex;
    std::condition_variable done;
    std::shared_ptr<const SlotAssignment> assignment;
    bool assignment_changed = false;
    bool release = false;
    bool release_lost = false;
    std::shared_ptr<const QueryList> queries;
    std::set<std::string> forgotten;
    std::atomic<bool> pending{false};
    std::atomic<bool> stop{false};
};

Worker::Worker(const RuntimeContext& context, int index, ProcessingLog& processing_log)
    : context_(context),
      index_(index),
      processing_log_(processing_log),
      feeds_(*context.log, reader_options(context, index)),
      overlay_(*context.state),
      queries_(std::make_shared<const QueryList>()),
      commit_interval_ms_(context.options.commit_interval_ms),
      orders_(std::make_unique<Orders>()) {
    env_.clock = context.clock;
    env_.random_seed =
        static_cast<uint64_t>(context.clock->now_ms()) + static_cast<uint64_t>(index);
}

Worker::~Worker() {
    stop();
}

// ---- orders ----

void Worker::assign(std::shared_ptr<const SlotAssignment> assignment) {
    {
        std::lock_guard lock(orders_->mutex);
        orders_->assignment = std::move(assignment);
        orders_->assignment_changed = true;
        orders_->pending = true;
        settled_ = false;
    }
    wake();
}

void Worker::release(bool lost, int64_t timeout_ms) {
    std::unique_lock lock(orders_->mutex);
    orders_->release = true;
    orders_->release_lost = lost;
    orders_->assignment_changed = false;
    orders_->pending = true;
    lock.unlock();
    wake();
    if (!thread_.joinable()) {
        run_once();
        return;
    }
    lock.lock();
    orders_->done.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                           [this] { return !orders_->release; });
}

void Worker::set_queries(std::shared_ptr<const QueryList> queries) {
    {
        std::lock_guard lock(orders_->mutex);
        orders_->queries = std::move(queries);
        orders_->pending = true;
        settled_ = false;
    }
    wake();
}

void Worker::forget_query(const std::string& query_id) {
    {
        std::lock_guard lock(orders_->mutex);
        orders_->forgotten.insert(query_id);
        orders_->pending = true;
    }
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
    orders_->stop = true;
    wake();
    thread_.join();
}

void Worker::loop() {
    while (!orders_->stop) {
        if (!run_once()) feeds_.wait(std::min(kIdleWaitMs, commit_interval_ms_.load()));
    }
    commit();
    close_all();
    writer_.reset();
}

bool Worker::follow_orders() {
    if (!orders_->pending) return false;
    std::unique_lock lock(orders_->mutex);
    orders_->pending = false;
    if (orders_->release) {
        bool lost = orders_->release_lost;
        lock.unlock();
        if (!lost) commit();
        close_all();
        if (in_transaction_ && writer_) {
            Status status = writer_->abort(kCallTimeoutMs);
            if (!status) writer_.reset();
            in_transaction_ = false;
        }
        assignment_.reset();
        slots_.clear();
        taken_over_ = false;
        lock.lock();
        orders_->release = false;
        orders_->done.notify_all();
    }
    if (orders_->assignment_changed) {
        orders_->assignment_changed = false;
        assignment_ = orders_->assignment;
        lock.unlock();
        commit();
        close_all();
        slots_.clear();
        for (int32_t slot : assignment_->slots) {
            if (slot % context_.options.workers == index_) slots_.insert(slot);
        }
        taken_over_ = false;
        retry_at_ms_ = 0;
        lock.lock();
    }
    if (orders_->queries) {
        queries_ = std::move(orders_->queries);
        orders_->queries.reset();
        tasks_stale_ = true;
    }
    auto forgotten = std::move(orders_->forgotten);
    orders_->forgotten.clear();
    lock.unlock();
    if (!forgotten.empty()) forget_queries(forgotten);
    return true;
}

void Worker::forget_queries(const std::set<std::string>& ids) {
    if (tasks_stale_ && taken_over_ && !reconcile()) return;
    std::map<int32_t, GroupOffset> touched;
    PositionMap left;
    for (const auto& [key, position] : positions_) {
        if (ids.count(key.query_id) == 0) {
            left.emplace(key, position);
            continue;
        }
        int32_t slot =
            slot_of({key.query_id, key.piece, key.source.partition}, context_.options.slots);
        if (slots_.count(slot) == 0 || !ensure_transaction()) continue;
        std::string key_text = key.encode();
        const std::string topic = context_.slots_topic();
        ProducedRecord record;
        record.topic = topic;
        record.partition = slot;
        record.key = key_text;
        Status status = writer_->write(record);
        if (!status) write_failure_ = status;
        touched[slot] = {epochs_[slot], context_.transactional_id(index_)};
    }
    Status status = write_failure_;
    if (status && in_transaction_) status = finish_transaction(touched);
    if (!status) return recover(status);
    std::lock_guard lock(positions_mutex_);
    positions_ = std::move(left);
}

bool Worker::owns(const TaskId& id) const {
    return slots_.count(slot_of(id, context_.options.slots)) != 0;
}

// ---- taking over, opening and closing tasks ----

Status Worker::ensure_writer() {
    if (writer_) return Status::ok();
    WriterOptions options;
    options.client_id = context_.transactional_id(index_);
    options.transactional_id = context_.transactional_id(index_);
    options.transaction_timeout_ms = context_.options.transaction_timeout_ms;
    auto writer = context_.log->writer(options);
    Status status = writer->init_transactions(kCallTimeoutMs);
    if (!status) return status;
    writer_ = std::move(writer);
    in_transaction_ = false;
    write_failure_ = Status::ok();
    return Status::ok();
}

bool Worker::take_over() {
    Status status = ensure_writer();
    PositionMap positions;
    CatchUpReader reader(*context_.log);
    for (auto slot = slots_.begin(); status && slot != slots_.end(); ++slot) {
        auto read = reader.read_to_end(
            {context_.slots_topic(), *slot}, 0, kRestoreTimeoutMs,
            [&](const LogRecord& record) { apply_position(record, *slot, positions); });
        if (!read) status = read.status();
    }
    epochs_.clear();
    for (const auto& [slot, offset] : assignment_->committed) epochs_[slot] = offset.offset;
    if (status && !slots_.empty()) {
        // The claim: fails when this server has lost the slots meanwhile, and fences whoever had
        // them before.
        std::map<int32_t, GroupOffset> claim;
        for (int32_t slot : slots_) {
            claim[slot] = {++epochs_[slot], context_.transactional_id(index_)};
        }
        status = ensure_transaction();
        if (status) status = finish_transaction(claim);
    }
    if (!status) {
        recover(status);
        return false;
    }
    {
        std::lock_guard lock(positions_mutex_);
        positions_ = std::move(positions);
    }
    taken_over_ = true;
    tasks_stale_ = true;
    log_info("runtime.worker", "worker={} slots={} positions={} taken over", index_, slots_.size(),
             positions_.size());
    return true;
}

void Worker::close_all() {
    feeds_.clear();
    tasks_.clear();
    sinks_.clear();
    envs_.clear();
    overlay_.clear();
    stores_.clear();
    changelogs_.clear();
    write_failure_ = Status::ok();
    num_tasks_ = 0;
    settled_ = false;
    tasks_stale_ = true;
}

bool Worker::reconcile() {
    const int64_t now = context_.clock->now_ms();
    std::map<TaskId, std::pair<RunningQueryPtr, int>> wanted;
    for (const auto& query : *queries_) {
        if (!query->runnable(now)) continue;
        for (const auto& piece : query->pieces()) {
            for (int32_t p = 0; p < query->partitions(static_cast<size_t>(piece.index)); ++p) {
                TaskId id{query->id(), piece.index, p};
                if (owns(id)) wanted[id] = {query, piece.index};
            }
        }
    }
    bool leaving = std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
        auto found = wanted.find(entry.first);
        return found == wanted.end() || found->second.first != entry.second->query();
    });
    if (leaving) {
        // What the leaving tasks have done is kept; the others lose nothing but their queues.
        if (!commit()) return false;
        for (auto it = tasks_.begin(); it != tasks_.end();) {
            auto found = wanted.find(it->first);
            if (found != wanted.end() && found->second.first == it->second->query()) {
                ++it;
                continue;
            }
            feeds_.unsubscribe(*it->second);
            const TaskId id = it->first;
            it = tasks_.erase(it);
            sinks_.erase(id);
            envs_.erase(id);
        }
    }
    CatchUpReader reader(*context_.log);
    for (const auto& [id, what] : wanted) {
        if (tasks_.count(id) != 0) continue;
        Status status;
        try {
            status = open_task(what.first, what.second, id.partition, reader);
        } catch (const std::exception& error) {
            fail_query(what.first, error.what(), "UNKNOWN");
            return false;
        }
        if (status) continue;
        if (status.fault() == Fault::kNotFound) {
            fail_query(what.first, status.message(), "USER");
            return false;
        }
        recover(status);
        return false;
    }
    num_tasks_ = tasks_.size();
    tasks_stale_ = false;
    return true;
}

Status Worker::restore_stores(const plan::SubTopology& piece, const std::string& query_id,
                              int32_t partition, CatchUpReader& reader) {
    for (const auto& spec : piece.stores) {
        StorePartition where{context_.state->store_number(query_id + "/" + spec.name), partition};
        TopicPartition changelog{spec.changelog_topic, partition};
        auto from = context_.state->changelog_offset(where);
        if (!from) {
            Status status = context_.state->clear(where);
            if (!status) return status;
        }
        constexpr size_t kBatch = 5000;
        std::vector<StateWrite> writes;
        uint64_t restored = 0;
        Status applied;
        auto apply = [&](int64_t next_offset) {
            Status status = context_.state->apply(writes, {{where, next_offset}});
            if (!status) applied = status;
            restored += writes.size();
            writes.clear();
        };
        auto end = reader.read_to_end(
            changelog, from.value_or(0), kRestoreTimeoutMs, [&](const LogRecord& record) {
                StateWrite write{where, std::string(record.key.value_or("")), {}};
                if (record.value) write.value = std::string(*record.value);
                writes.push_back(std::move(write));
                if (writes.size() >= kBatch) apply(record.offset + 1);
            });
        if (!end) return end.status();
        if (!writes.empty() || !from || *from != *end) apply(*end);
        if (!applied) return applied;
        if (!from && *end == 0) {
            empty_stores_.insert(where);
        } else {
            empty_stores_.erase(where);
        }
        if (restored > 0) {
            log_info("runtime.restore", "query={} store={} partition={} records={} restored",
                     query_id, spec.name, partition, restored);
        }
        stores_[where] = overlay_.store(where);
        changelogs_[where] = changelog;
    }
    return Status::ok();
}

Status Worker::start_position(const plan::SubTopology& piece, size_t input,
                              const RunningQuery& query, int32_t partition, InputPosition& position,
                              bool& is_new) {
    is_new = false;
    const auto& in = piece.inputs[input];
    PositionKey key{query.id(), piece.index, {in.topic, partition}};
    if (auto found = positions_.find(key); found != positions_.end()) {
        position = found->second;
        // A query that was replaced may keep its table's rows in a new store: they are read again.
        const auto* source = in.step->as<plan::SourceStep>();
        if (source == nullptr || !source->store) return Status::ok();
        StorePartition where{context_.state->store_number(query.id() + "/" + *source->store),
                             partition};
        if (empty_stores_.count(where) == 0) return Status::ok();
        auto range = context_.log->topics().offsets({in.topic, partition});
        if (!range) return range.status();
        position.next_offset = range->begin;
        return Status::ok();
    }
    auto range = context_.log->topics().offsets({in.topic, partition});
    if (!range) return range.status();
    position.next_offset = starts_earliest(in, *query.plan()) ? range->begin : range->end;
    is_new = true;
    return Status::ok();
}

Status Worker::open_task(const RunningQueryPtr& query, int piece_index, int32_t partition,
                         CatchUpReader& reader) {
    const auto& piece = query->pieces()[static_cast<size_t>(piece_index)];
    TaskId id{query->id(), piece_index, partition};
    Status status = restore_stores(piece, query->id(), partition, reader);
    if (!status) return status;
    std::vector<InputPosition> positions(piece.inputs.size());
    std::set<size_t> new_positions;
    for (size_t i = 0; i < piece.inputs.size(); ++i) {
        bool is_new = false;
        status = start_position(piece, i, *query, partition, positions[i], is_new);
        if (!status) return status;
        if (is_new) new_positions.insert(i);
    }
    std::unique_ptr<TopicSink> sink;  // None: the query only keeps a table (CREATE SOURCE TABLE).
    if (!piece.output_topic.empty()) {
        auto out = context_.log->topics().describe(piece.output_topic);
        if (!out) return out.status();
        sink = std::make_unique<TopicSink>(*this, piece.output_topic,
                                           static_cast<int32_t>(out->replicas.size()), query);
    }

    auto env = std::make_unique<EvalEnv>(env_);
    env->properties = query->plan()->properties;
    exec::OperatorContext operators;
    operators.env = env.get();
    operators.coalesce = context_.options.coalesce;
    operators.partition = partition;
    operators.store = [this, query_id = query->id(),
                       partition](const std::string& name) -> StateStore& {
        StorePartition where{context_.state->store_number(query_id + "/" + name), partition};
        auto found = stores_.find(where);
        MR_CHECK(found != stores_.end(),
                 "an operator asks for a store that its piece does not list");
        return *found->second;
    };
    operators.report = [this, query](const std::string& where, RowErrors& errors) {
        query->rows_failed.fetch_add(errors.total(), std::memory_order_relaxed);
        processing_log_.write(query->id(), where, errors);
    };
    auto pipeline =
        exec::build(piece, std::move(operators), *context_.functions, sink.get(), nullptr);
    auto task = std::make_unique<Task>(id, query, std::move(pipeline), positions,
                                       context_.options.queue_rows_max, nullptr);
    Task* raw = task.get();
    for (size_t input : new_positions) raw->mark_new(input);
    raw->set_at_end([this, raw, &piece, partition](size_t input) {
        return feeds_.at_end({piece.inputs[input].topic, partition}, *raw);
    });
    for (size_t i = 0; i < piece.inputs.size(); ++i) {
        status =
            feeds_.subscribe({piece.inputs[i].topic, partition}, positions[i].next_offset, *raw, i);
        if (!status) {
            feeds_.unsubscribe(*raw);
            return status;
        }
    }
    tasks_[id] = std::move(task);
    sinks_[id] = std::move(sink);
    envs_[id] = std::move(env);
    return Status::ok();
}

// ---- the loop ----

bool Worker::run_once() {
    bool busy = follow_orders();
    const int64_t steady = steady_ms();
    if (steady < retry_at_ms_) return busy;
    if (!writer_) {
        // Before there are slots: what this worker's last life left open is aborted at once, and
        // the slots' stable offsets, which wait for it, can be read.
        Status status = ensure_writer();
        if (!status) {
            retry_at_ms_ = steady_ms() + kRetryMs;
            return busy;
        }
    }
    if (!assignment_) return busy;
    if (!taken_over_ && !take_over()) return busy;
    // Queries that back off after a failure come back by themselves.
    if (steady >= next_query_check_ms_) {
        next_query_check_ms_ = steady + kRetryMs;
        const int64_t now = context_.clock->now_ms();
        std::set<const RunningQuery*> running;
        for (const auto& [id, task] : tasks_) running.insert(task->query().get());
        for (const auto& query : *queries_) {
            const bool runs = running.count(query.get()) != 0;
            if (runs != query->runnable(now)) tasks_stale_ = true;
        }
    }
    if (tasks_stale_ && !reconcile()) return busy;
    settled_ = true;
    try {
        busy = feeds_.poll(context_.options.batch_rows_max) || busy;
    } catch (const std::exception& error) {
        // Some tasks may have got the records and others not: all start again from the last commit.
        recover(Status(Fault::kAbortable, error.what()));
        return busy;
    }
    busy = process_tasks() || busy;
    report_feed_errors();
    if (writer_ && in_transaction_) writer_->poll();
    bool due = steady_ms() - last_commit_ms_ >= commit_interval_ms_;
    if (due || overlay_.bytes() > context_.options.overlay_bytes_max || !write_failure_) {
        busy = commit() && busy;
    }
    return busy;
}

bool Worker::process_tasks() {
    bool any = false;
    for (auto& [id, task] : tasks_) {
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
        for (auto& [id, task] : tasks_) {
            const auto& inputs = task->piece().inputs;
            bool reads = std::any_of(inputs.begin(), inputs.end(),
                                     [&](const auto& input) { return input.topic == where.topic; });
            if (!reads) continue;
            fail_query(task->query(), "cannot read topic " + where.topic + ": " + error.message(),
                       "USER");
            return;
        }
    }
}

// ---- commit ----

Status Worker::ensure_transaction() {
    if (in_transaction_) return Status::ok();
    Status status = ensure_writer();
    if (status) status = writer_->begin();
    if (status) in_transaction_ = true;
    return status;
}

Status Worker::write_changelog(const ChangelogOffsets& offsets) {
    // The last record of each partition tells the offset that the store is at afterwards.
    std::vector<Overlay::Change> changes;
    overlay_.visit_changes([&](const Overlay::Change& change) { changes.push_back(change); });
    std::map<StorePartition, size_t> last;
    for (size_t i = 0; i < changes.size(); ++i) last[changes[i].where] = i;
    const TopicPartition* topic = nullptr;
    StorePartition current{};
    const int64_t now = context_.clock->now_ms();
    for (size_t i = 0; i < changes.size(); ++i) {
        const auto& change = changes[i];
        if (topic == nullptr || !(change.where == current)) {
            current = change.where;
            auto found = changelogs_.find(current);
            MR_CHECK(found != changelogs_.end(), "a changed store has no changelog");
            topic = &found->second;
        }
        Status status = ensure_transaction();
        if (!status) return status;
        ProducedRecord record;
        record.topic = topic->topic;
        record.partition = topic->partition;
        record.key = change.key;
        record.value = change.value;
        record.timestamp_ms = now;
        if (last[change.where] == i) {
            status = writer_->write(record, [offsets, where = change.where](int64_t offset) {
                (*offsets)[where] = offset + 1;
            });
        } else {
            status = writer_->write(record);
        }
        if (!status) return status;
    }
    return Status::ok();
}

Status Worker::write_positions(std::map<int32_t, GroupOffset>& touched, PositionMap& moved) {
    for (auto& [id, task] : tasks_) {
        for (auto& [input, position] : task->moved_positions()) {
            Status status = ensure_transaction();
            if (!status) return status;
            int32_t slot = slot_of(id, context_.options.slots);
            PositionKey key{
                id.query_id, id.piece, {task->piece().inputs[input].topic, id.partition}};
            std::string key_text = key.encode();
            std::string value = encode_position(position);
            ProducedRecord record;
            const std::string topic = context_.slots_topic();
            record.topic = topic;
            record.partition = slot;
            record.key = key_text;
            record.value = value;
            status = writer_->write(record);
            if (!status) return status;
            touched[slot] = {epochs_[slot], context_.transactional_id(index_)};
            moved[key] = position;
        }
    }
    return Status::ok();
}

Status Worker::finish_transaction(const std::map<int32_t, GroupOffset>& touched) {
    if (!touched.empty()) {
        Status status = writer_->send_offsets(context_.slots_topic(), touched,
                                              *assignment_->metadata, kCallTimeoutMs);
        if (!status) return status;
    }
    // A retriable answer leaves the outcome open: only the same call again can tell.
    Status status = writer_->commit(kCallTimeoutMs);
    while (!status && status.fault() == Fault::kRetriable && !orders_->stop) {
        status = writer_->commit(kCallTimeoutMs);
    }
    if (status) in_transaction_ = false;
    return status;
}

bool Worker::commit() {
    last_commit_ms_ = steady_ms();
    if (!taken_over_ || tasks_.empty()) return true;
    for (auto& [id, task] : tasks_) {
        try {
            task->pipeline().flush();
        } catch (const std::exception& error) {
            fail_task(*task, error);
            return false;
        }
    }
    // Shared: a delivery report may come after a failed commit has returned.
    auto changelog_offsets = std::make_shared<std::map<StorePartition, int64_t>>();
    std::map<int32_t, GroupOffset> touched;
    PositionMap moved;
    Status status = write_failure_;
    if (status) status = write_changelog(changelog_offsets);
    if (status) status = write_positions(touched, moved);
    if (status && !in_transaction_) return true;  // Nothing has happened.
    if (status) status = finish_transaction(touched);
    if (!status) {
        recover(status);
        return false;
    }
    status = overlay_.apply(*changelog_offsets);
    if (!status) {
        log_error("runtime.worker", "worker={} state cannot be written: {}", index_,
                  status.message());
        recover(status);
        return false;
    }
    {
        std::lock_guard lock(positions_mutex_);
        for (auto& [key, position] : moved) positions_[key] = position;
    }
    for (auto& [id, task] : tasks_) {
        task->mark_committed();
        task->query()->note_progress();
    }
    return true;
}

// ---- when things go wrong ----

void Worker::recover(const Status& status) {
    log_warn("runtime.worker", "worker={} redoing uncommitted work: {}", index_, status.message());
    close_all();
    if (in_transaction_ && writer_) {
        Status aborted = status.fault() == Fault::kFenced || status.fault() == Fault::kFatal
                             ? status
                             : writer_->abort(kCallTimeoutMs);
        if (!aborted) writer_.reset();
        in_transaction_ = false;
    } else if (status.fault() == Fault::kFenced || status.fault() == Fault::kFatal) {
        writer_.reset();
    }
    // The outcome of the last commit may be unknown: only the logs tell where everything stands.
    taken_over_ = false;
    retry_at_ms_ = steady_ms() + kRetryMs;
}

void Worker::fail_query(RunningQueryPtr query, const std::string& message,
                        const std::string& type) {
    log_error("runtime.worker", "query={} failed: {}", query->id(), message);
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
