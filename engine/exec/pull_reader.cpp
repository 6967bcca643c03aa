#include "engine/exec/pull_reader.h"

#include <algorithm>
#include <limits>

#include "engine/base/check.h"
#include "engine/exec/filter.h"
#include "engine/exec/project.h"
#include "engine/exec/retention.h"
#include "engine/exec/row_columns.h"
#include "engine/exec/stored_table.h"
#include "engine/plan/step_kinds.h"

namespace millrace::exec {

namespace {

// A piece ends with whichever comes first: a client that does not read keeps about one of them.
constexpr size_t kPieceRows = 1024;
constexpr size_t kPieceBytes = 256 << 10;

bool within(const plan::PullPlan::Bound& bound, int64_t time_ms) {
    if (bound.lower && (bound.lower_inclusive ? time_ms < *bound.lower : time_ms <= *bound.lower)) {
        return false;
    }
    if (bound.upper && (bound.upper_inclusive ? time_ms > *bound.upper : time_ms >= *bound.upper)) {
        return false;
    }
    return true;
}

/// One operator with what comes after it.
class Stage final : public Emitter {
public:
    Stage(OperatorPtr op, Emitter& next) : op_(std::move(op)), next_(next) {}
    void open(OperatorContext& context) { op_->open(context); }
    void emit(RecordBatch batch) override { op_->process(0, std::move(batch), next_); }

private:
    OperatorPtr op_;
    Emitter& next_;
};

/// The end of the chain: LIMIT, then the caller.
class Answer final : public Emitter {
public:
    explicit Answer(std::optional<int64_t> limit) : left_(limit) { done_ = left_ && *left_ <= 0; }
    void emit(RecordBatch batch) override {
        if (done_ || batch.empty()) return;
        if (left_ && static_cast<int64_t>(batch.num_rows()) >= *left_) {
            done_ = true;
            std::vector<uint32_t> first(static_cast<size_t>(*left_));
            for (uint32_t i = 0; i < first.size(); ++i) first[i] = i;
            if (first.size() < batch.num_rows()) batch = batch.select(first);
        }
        if (left_) *left_ -= static_cast<int64_t>(batch.num_rows());
        rows_->push_back(std::move(batch));
    }

    std::vector<RecordBatch>* rows_ = nullptr;
    bool done_ = false;

private:
    std::optional<int64_t> left_;
};

}  // namespace

struct PullReader::Parts {
    Parts(const plan::PullPlan& pull, const FunctionRegistry& functions, const EvalEnv& env);

    void add_stage(OperatorPtr op) { operators.push_back(std::move(op)); }
    void link();

    bool read(std::vector<RecordBatch>& rows);
    /// The next of what is to be read: a key or a range. False: there is none.
    bool open_next();
    void begin_partition();
    void look_up(const std::vector<Value>& values);
    /// Pairs with from <= key < to of the partition.
    void scan(ByteView from, ByteView to);
    void scan_range(const plan::PullPlan::KeyRange& range);
    void add_row(ByteView key, const StoredValues& values);
    void send_rows();
    void begin_rows();

    const plan::PullPlan& plan;
    const plan::Step& from;
    std::unique_ptr<PairReader> pairs;
    std::vector<OperatorPtr> operators;
    std::vector<std::unique_ptr<Stage>> stages;
    Answer answer;
    OperatorContext context;
    RowErrors errors;

    std::vector<Column> columns;
    std::vector<Column*> targets;
    std::vector<RowMeta> meta;
    std::vector<Window> windows;
    size_t bytes = 0;  ///< Of the stored rows in `columns`.

    std::shared_ptr<const StateSnapshot> snapshot;
    std::vector<uint32_t> stores;
    std::vector<int32_t> partitions;
    size_t next_partition = 0;
    size_t next_key = 0;  ///< Within the partition.
    bool in_partition = false;
    std::optional<TableCursor> cursor;  ///< Of the range that is being read.
    int32_t partition = 0;
    int64_t readable_from_ms = 0;
};

PullReader::Parts::Parts(const plan::PullPlan& pull, const FunctionRegistry& functions,
                         const EvalEnv& env)
    : plan(pull), from(*pull.materialization->from), answer(pull.limit) {
    pairs = make_pair_reader(from, functions, env);
    operators = make_transforms(*pull.materialization, functions, env);
    const plan::Step& table =
        pull.materialization->transforms.empty() ? from : *pull.materialization->transforms.back();
    const Binding binding(table, functions, env);
    if (pull.filter) {
        add_stage(
            std::make_unique<FilterOperator>("Pull/Where", binding.compile(pull.filter), false));
    }
    add_stage(
        std::make_unique<ProjectOperator>("Pull/Project", 0, binding.compile_set(pull.select)));
    context.env = &env;
    context.report = [this](const std::string&, RowErrors& failed) {
        for (RowErrorEntry& entry : failed.entries()) errors.add(std::move(entry));
        failed.clear();
    };
    link();
    begin_rows();
}

void PullReader::Parts::link() {
    Emitter* next = &answer;
    for (auto op = operators.rbegin(); op != operators.rend(); ++op) {
        stages.push_back(std::make_unique<Stage>(std::move(*op), *next));
        stages.back()->open(context);
        next = stages.back().get();
    }
}

bool PullReader::Parts::read(std::vector<RecordBatch>& rows) {
    answer.rows_ = &rows;
    size_t looked_at = 0;
    bool more = !answer.done_;
    while (more && looked_at < kPieceRows && bytes < kPieceBytes) {
        ++looked_at;
        if (!cursor) {
            more = open_next();
        } else if (cursor->valid()) {
            add_row(cursor->key(), cursor->values());
            cursor->next();
        } else {
            cursor.reset();
        }
    }
    send_rows();
    return more && !answer.done_;
}

bool PullReader::Parts::open_next() {
    if (next_partition == partitions.size()) return false;
    if (!in_partition) begin_partition();
    if (plan.keys.empty() && next_key == 0) {
        ++next_key;
        scan_range(plan.key_range);
    } else if (next_key < plan.keys.size()) {
        look_up(plan.keys[next_key++]);
    } else {
        in_partition = false;
        ++next_partition;
    }
    return true;
}

void PullReader::Parts::scan(ByteView from, ByteView to) {
    std::vector<std::unique_ptr<StoreCursor>> cursors;
    for (const uint32_t store : stores)
        cursors.push_back(snapshot->scan({store, partition}, from, to));
    cursor.emplace(std::move(cursors));
}

void PullReader::Parts::scan_range(const plan::PullPlan::KeyRange& range) {
    std::string from, to(1, kReservedPrefix);
    if (range.lower) {
        pairs->key().append_values({*range.lower}, from);
        if (!range.lower_inclusive) from += '\0';
    }
    if (range.upper) {
        to.clear();
        pairs->key().append_values({*range.upper}, to);
        if (range.upper_inclusive) to += '\0';
    }
    // Bounds that exclude each other: there is nothing between them.
    if (from < to) scan(from, to);
}

void PullReader::Parts::begin_partition() {
    in_partition = true;
    next_key = 0;
    partition = partitions[next_partition];
    readable_from_ms = 0;
    const auto* aggregate = from.as<plan::AggregateStep>();
    if (!aggregate || !aggregate->window) return;
    // Windows out of retention lie there for a while.
    const auto time = snapshot->get({stores.front(), partition}, stream_time_key());
    if (!time || time->size() != 8) return;
    const auto newest =
        newest_window(*aggregate->window, static_cast<int64_t>(get_be64(time->data())));
    readable_from_ms = readable_from(*aggregate->window, newest);
}

void PullReader::Parts::look_up(const std::vector<Value>& values) {
    std::string key;
    pairs->key().append_values(values, key);
    if (!pairs->key().windowed()) {
        std::array<std::optional<std::string>, kTableStoresMax> held;
        StoredValues found;
        for (size_t i = 0; i < stores.size(); ++i) {
            held[i] = snapshot->get({stores[i], partition}, key);
            if (held[i]) found[i] = *held[i];
        }
        if (found != StoredValues()) add_row(key, found);
        return;
    }
    // All windows of the key; those of time windows begin and end with their start.
    std::string first = key, last = key;
    const bool by_start = !pairs->key().session();
    const auto& bound = plan.window_start;
    put_time(first, by_start && bound.lower ? *bound.lower : std::numeric_limits<int64_t>::min());
    const bool upper =
        by_start && bound.upper && *bound.upper < std::numeric_limits<int64_t>::max();
    put_time(last, upper ? *bound.upper + 1 : std::numeric_limits<int64_t>::max());
    scan(first, last);
}

void PullReader::Parts::add_row(ByteView key, const StoredValues& values) {
    std::optional<Window> window;
    if (pairs->key().windowed()) {
        window = pairs->key().read_window(key);
        if (!within(plan.window_start, window->start_ms) ||
            !within(plan.window_end, window->end_ms))
            return;
        const int64_t kept_by = pairs->key().session() ? window->end_ms : window->start_ms;
        if (kept_by < readable_from_ms) return;
    }
    const auto time_ms = pairs->read(key, values, targets);
    if (!time_ms) return;
    bytes += key.size();
    for (const auto& value : values) bytes += value ? value->size() : 0;
    if (window) windows.push_back(*window);
    RowMeta row;
    row.partition = partition;
    row.timestamp_ms = *time_ms;
    meta.push_back(row);
}

void PullReader::Parts::send_rows() {
    if (meta.empty()) return;
    RecordBatch batch(finished(columns), std::move(meta));
    batch.set_windows(std::move(windows));
    begin_rows();
    stages.back()->emit(std::move(batch));
}

void PullReader::Parts::begin_rows() {
    columns = new_columns(from.schema);
    targets.clear();
    for (Column& column : columns) targets.push_back(&column);
    meta.clear();
    windows.clear();
    bytes = 0;
}

PullReader::PullReader(const plan::PullPlan& plan, const FunctionRegistry& functions,
                       const EvalEnv& env) {
    MR_CHECK(plan.materialization, "a pull query reads a materialised table");
    parts_ = std::make_unique<Parts>(plan, functions, env);
}

PullReader::~PullReader() = default;

std::vector<std::string> PullReader::store_names() const {
    return plan::table_stores(parts_->from);
}

void PullReader::start(std::shared_ptr<const StateSnapshot> snapshot, std::vector<uint32_t> stores,
                       std::vector<int32_t> partitions) {
    parts_->snapshot = std::move(snapshot);
    MR_CHECK(stores.size() == store_names().size(), "a number for each store");
    parts_->stores = std::move(stores);
    parts_->partitions = std::move(partitions);
}

bool PullReader::read(std::vector<RecordBatch>& rows) {
    return parts_->read(rows);
}

int32_t PullReader::partition() const {
    return parts_->partition;
}

RowErrors PullReader::take_errors() {
    RowErrors taken = std::move(parts_->errors);
    parts_->errors = {};
    return taken;
}

}  // namespace millrace::exec
