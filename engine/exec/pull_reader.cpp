#include "engine/exec/pull_reader.h"

#include <algorithm>
#include <limits>

#include "engine/base/check.h"
#include "engine/base/damaged.h"
#include "engine/exec/aggregate_layout.h"
#include "engine/exec/binding.h"
#include "engine/exec/filter.h"
#include "engine/exec/project.h"
#include "engine/exec/retention.h"
#include "engine/exec/row_columns.h"
#include "engine/exec/table_source.h"

namespace millrace::exec {

namespace {

constexpr size_t kBatchRows = 1024;

/// How the pairs of a store become rows of the step that wrote them.
class PairReader {
public:
    virtual ~PairReader() = default;
    virtual const StoreKey& key() const = 0;
    virtual int64_t read(ByteView key, ByteView value, std::span<Column* const> columns) const = 0;
};

class RowPairs final : public PairReader {
public:
    explicit RowPairs(const plan::Step& source) : rows_(source) {}
    const StoreKey& key() const override { return rows_.key(); }
    int64_t read(ByteView key, ByteView value, std::span<Column* const> columns) const override {
        return rows_.read_row(key, value, columns);
    }

private:
    StoredRows rows_;
};

class GroupPairs final : public PairReader {
public:
    GroupPairs(const plan::Step& aggregate, const FunctionRegistry& functions, const EvalEnv& env)
        : calls_(*aggregate.as<plan::AggregateStep>(),
                 Binding(*aggregate.inputs.at(0), functions, env)),
          layout_(aggregate, *aggregate.inputs.at(0), calls_) {}
    const StoreKey& key() const override { return layout_.key(); }
    int64_t read(ByteView key, ByteView value, std::span<Column* const> columns) const override {
        return layout_.read_group(key, value, columns);
    }

private:
    AggregateCalls calls_;
    AggregateLayout layout_;
};

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
        if (!(*rows_)(std::move(batch))) done_ = true;
    }

    const std::function<bool(RecordBatch)>* rows_ = nullptr;
    bool done_ = false;

private:
    std::optional<int64_t> left_;
};

}  // namespace

struct PullReader::Parts {
    Parts(const plan::PullPlan& pull, const FunctionRegistry& functions, const EvalEnv& env);

    void add_stage(OperatorPtr op) { operators.push_back(std::move(op)); }
    void link();

    bool read_partition(const StateSnapshot& snapshot, StorePartition where);
    void look_up(const StateSnapshot& snapshot, StorePartition where,
                 const std::vector<Value>& values);
    void scan(const StateSnapshot& snapshot, StorePartition where, ByteView from, ByteView to);
    void add_row(ByteView key, ByteView value);
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
    int32_t partition = 0;
    int64_t retained_from_ms = 0;
};

PullReader::Parts::Parts(const plan::PullPlan& pull, const FunctionRegistry& functions,
                         const EvalEnv& env)
    : plan(pull), from(*pull.materialization->from), answer(pull.limit) {
    if (from.as<plan::AggregateStep>()) {
        pairs = std::make_unique<GroupPairs>(from, functions, env);
    } else {
        pairs = std::make_unique<RowPairs>(from);
    }
    const plan::Step* table = &from;
    for (const plan::StepPtr& step : pull.materialization->transforms) {
        const Binding binding(*table, functions, env);
        if (const auto* select = step->as<plan::SelectStep>()) {
            add_stage(std::make_unique<ProjectOperator>(step->name, table->schema.key.size(),
                                                        binding.compile_set(select->values)));
        } else {
            const auto* filter = step->as<plan::FilterStep>();
            need_intact(filter != nullptr, "a plan's table is made by more than SELECT and WHERE");
            add_stage(std::make_unique<FilterOperator>(step->name,
                                                       binding.compile(filter->condition), false));
        }
        table = step.get();
    }
    const Binding binding(*table, functions, env);
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

bool PullReader::Parts::read_partition(const StateSnapshot& snapshot, StorePartition where) {
    partition = where.partition;
    retained_from_ms = 0;
    const auto* aggregate = from.as<plan::AggregateStep>();
    if (aggregate && aggregate->window) {
        // Windows out of retention may still lie there until they are compacted away.
        const auto time = snapshot.get(where, stream_time_key());
        if (time && time->size() == 8) {
            const auto newest =
                newest_window(*aggregate->window, static_cast<int64_t>(get_be64(time->data())));
            retained_from_ms = retained_from(*aggregate->window, newest);
        }
    }
    if (plan.keys.empty()) {
        scan(snapshot, where, {}, ByteView(&kReservedPrefix, 1));
    } else {
        for (const auto& values : plan.keys) look_up(snapshot, where, values);
    }
    send_rows();
    return !answer.done_;
}

void PullReader::Parts::look_up(const StateSnapshot& snapshot, StorePartition where,
                                const std::vector<Value>& values) {
    if (answer.done_) return;
    std::string key;
    pairs->key().append_values(values, key);
    if (!pairs->key().windowed()) {
        if (const auto value = snapshot.get(where, key)) add_row(key, *value);
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
    scan(snapshot, where, first, last);
}

void PullReader::Parts::scan(const StateSnapshot& snapshot, StorePartition where, ByteView from_key,
                             ByteView to_key) {
    for (auto cursor = snapshot.scan(where, from_key, to_key); cursor->valid() && !answer.done_;
         cursor->next()) {
        add_row(cursor->key(), cursor->value());
        if (meta.size() >= kBatchRows) send_rows();
    }
}

void PullReader::Parts::add_row(ByteView key, ByteView value) {
    if (pairs->key().windowed()) {
        const Window window = pairs->key().read_window(key);
        if (!within(plan.window_start, window.start_ms) || !within(plan.window_end, window.end_ms))
            return;
        const int64_t kept_by = pairs->key().session() ? window.end_ms : window.start_ms;
        if (kept_by < retained_from_ms) return;
        windows.push_back(window);
    }
    RowMeta row;
    row.partition = partition;
    row.timestamp_ms = pairs->read(key, value, targets);
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
}

PullReader::PullReader(const plan::PullPlan& plan, const FunctionRegistry& functions,
                       const EvalEnv& env) {
    MR_CHECK(plan.materialization, "a pull query reads a materialised table");
    parts_ = std::make_unique<Parts>(plan, functions, env);
}

PullReader::~PullReader() = default;

const std::string& PullReader::store_name() const {
    return parts_->plan.materialization->store;
}

bool PullReader::read(const StateSnapshot& snapshot, uint32_t store,
                      std::span<const int32_t> partitions,
                      const std::function<bool(RecordBatch)>& rows) {
    parts_->answer.rows_ = &rows;
    for (int32_t partition : partitions) {
        if (parts_->answer.done_) return false;
        if (!parts_->read_partition(snapshot, {store, partition})) return false;
    }
    return true;
}

RowErrors PullReader::take_errors() {
    RowErrors taken = std::move(parts_->errors);
    parts_->errors = {};
    return taken;
}

}  // namespace millrace::exec
