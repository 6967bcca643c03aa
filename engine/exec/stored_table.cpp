#include "engine/exec/stored_table.h"

#include "engine/base/damaged.h"
#include "engine/exec/aggregate_layout.h"
#include "engine/exec/filter.h"
#include "engine/exec/project.h"
#include "engine/exec/table_source.h"

namespace millrace::exec {

namespace {

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

}  // namespace

std::unique_ptr<PairReader> make_pair_reader(const plan::Step& from,
                                             const FunctionRegistry& functions,
                                             const EvalEnv& env) {
    if (from.as<plan::AggregateStep>()) return std::make_unique<GroupPairs>(from, functions, env);
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
