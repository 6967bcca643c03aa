#include "engine/exec/stored_table.h"

#include <algorithm>

#include "engine/base/damaged.h"
#include "engine/exec/aggregate_layout.h"
#include "engine/exec/filter.h"
#include "engine/exec/foreign_key_join.h"
#include "engine/exec/joined_rows.h"
#include "engine/exec/project.h"
#include "engine/exec/table_source.h"

namespace millrace::exec {

namespace {

class RowPairs final : public PairReader {
public:
    explicit RowPairs(const plan::Step& source) : rows_(source) {}
    const StoreKey& key() const override { return rows_.key(); }
    std::optional<int64_t> read(ByteView key, const StoredValues& values,
                                std::span<Column* const> columns) const override {
        return rows_.read_row(key, *values[0], columns);
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
    std::optional<int64_t> read(ByteView key, const StoredValues& values,
                                std::span<Column* const> columns) const override {
        return layout_.read_group(key, *values[0], columns);
    }

private:
    AggregateCalls calls_;
    AggregateLayout layout_;
};

/// Joins what the sides have of a key. A row's time is the later one of its sides', as when the
/// join told it; of what came since from a side that has no row now nothing is stored.
class JoinedPairs final : public PairReader {
public:
    explicit JoinedPairs(const plan::Step& join)
        : left_(*join.inputs.at(kLeftSide)),
          right_(*join.inputs.at(kRightSide)),
          num_keys_(join.schema.key.size()),
          num_left_(join.inputs.at(kLeftSide)->schema.value.size()) {
        const sql::JoinType type = join.as<plan::TableTableJoinStep>()->type;
        needs_left_ = type == sql::JoinType::kInner || type == sql::JoinType::kLeft;
        needs_right_ = type == sql::JoinType::kInner || type == sql::JoinType::kRight;
    }
    const StoreKey& key() const override { return left_.key(); }
    std::optional<int64_t> read(ByteView key, const StoredValues& values,
                                std::span<Column* const> columns) const override {
        const auto& left = values[kLeftSide];
        const auto& right = values[kRightSide];
        if ((needs_left_ && !left) || (needs_right_ && !right)) return std::nullopt;
        const auto of_left = columns.first(num_keys_ + num_left_);
        const auto of_right = columns.subspan(num_keys_ + num_left_);
        if (!left) {
            const auto keys = columns.first(num_keys_);
            std::vector<Column*> row(keys.begin(), keys.end());
            row.insert(row.end(), of_right.begin(), of_right.end());
            for (Column* column : of_left.subspan(num_keys_)) column->append_null();
            return right_.read_row(key, *right, row);
        }
        const int64_t left_ms = left_.read_row(key, *left, of_left);
        if (right) return std::max(left_ms, right_.read_values(*right, of_right));
        for (Column* column : of_right) column->append_null();
        return left_ms;
    }

private:
    StoredRows left_, right_;
    size_t num_keys_, num_left_;
    bool needs_left_ = false, needs_right_ = false;
};

/// A foreign-key join's: of a left row that is joined to nothing the store keeps the version only.
class AnsweredPairs final : public PairReader {
public:
    explicit AnsweredPairs(const plan::Step& result) : rows_(result) {}
    const StoreKey& key() const override { return rows_.key(); }
    std::optional<int64_t> read(ByteView key, const StoredValues& values,
                                std::span<Column* const> columns) const override {
        const auto row = ForeignKeyResultOperator::row_of(*values[0]);
        if (!row) return std::nullopt;
        return rows_.read_row(key, *row, columns);
    }

private:
    StoredRows rows_;
};

}  // namespace

TableCursor::TableCursor(std::vector<std::unique_ptr<StoreCursor>> cursors)
    : cursors_(std::move(cursors)) {
    look();
}

void TableCursor::next() {
    for (size_t i = 0; i < cursors_.size(); ++i)
        if (values_[i]) cursors_[i]->next();
    look();
}

void TableCursor::look() {
    valid_ = false;
    values_ = {};
    for (const auto& cursor : cursors_) {
        if (!cursor->valid() || (valid_ && cursor->key() >= key_)) continue;
        valid_ = true;
        key_ = cursor->key();
    }
    for (size_t i = 0; i < cursors_.size(); ++i) {
        if (cursors_[i]->valid() && cursors_[i]->key() == key_) values_[i] = cursors_[i]->value();
    }
}

std::unique_ptr<PairReader> make_pair_reader(const plan::Step& from,
                                             const FunctionRegistry& functions,
                                             const EvalEnv& env) {
    if (from.as<plan::AggregateStep>()) return std::make_unique<GroupPairs>(from, functions, env);
    if (from.as<plan::TableTableJoinStep>()) return std::make_unique<JoinedPairs>(from);
    if (from.as<plan::ForeignKeyResultStep>()) return std::make_unique<AnsweredPairs>(from);
    return make_row_reader(from);
}

std::unique_ptr<PairReader> make_row_reader(const plan::Step& from) {
    return std::make_unique<RowPairs>(from);
}

std::vector<OperatorPtr> make_transforms(const plan::Materialization& table,
                                         const FunctionRegistry& functions, const EvalEnv& env) {
    std::vector<OperatorPtr> operators;
    const plan::Step* input = table.from.get();
    for (const plan::StepPtr& step : table.transforms) {
        const Binding binding(*input, functions, env);
        if (const auto* select = step->as<plan::SelectStep>()) {
            operators.push_back(std::make_unique<ProjectOperator>(
                step->name, input->schema.key.size(), binding.compile_set(select->values)));
        } else {
            const auto* filter = step->as<plan::FilterStep>();
            need_intact(filter != nullptr, "a plan's table is made by more than SELECT and WHERE");
            operators.push_back(std::make_unique<FilterOperator>(
                step->name, binding.compile(filter->condition), false));
        }
        input = step.get();
    }
    return operators;
}

}  // namespace millrace::exec
