#include "engine/exec/flat_map.h"

#include <algorithm>

#include "engine/base/damaged.h"
#include "engine/exec/row_report.h"

namespace millrace::exec {

FlatMapOperator::FlatMapOperator(std::string name, const plan::FlatMapStep& step,
                                 const Binding& binding)
    : name_(std::move(name)) {
    for (const plan::NamedExpression& named : step.functions) {
        const auto* call = named.expression->as<sql::Call>();
        need_intact(call != nullptr, "a plan's flat map takes no table function");
        std::vector<plan::BoundPtr> bound;
        std::vector<ArgumentType> types;
        for (const sql::ExpressionPtr& argument : call->arguments) {
            bound.push_back(binding.bind(argument));
            types.emplace_back();
            types.back().type = bound.back()->type;
            types.back().is_literal = bound.back()->kind == plan::BoundExpression::Kind::kConstant;
            if (types.back().is_literal) types.back().literal = bound.back()->constant;
        }
        ResolvedTable function = binding.functions().resolve_table(call->name, types);
        for (size_t i = 0; i < bound.size(); ++i)
            bound[i] = binding.bound_as(bound[i], function.argument_types[i]);
        calls_.push_back({std::move(function), ExpressionSet(bound, binding.env())});
    }
}

FlatMapOperator::Produced FlatMapOperator::run(const TableCall& call, const RecordBatch& batch) {
    std::vector<ColumnPtr> held = call.arguments.evaluate(batch, errors_);
    std::vector<const Column*> columns;
    for (const ColumnPtr& argument : held) columns.push_back(argument.get());
    Produced produced{Column(call.function.element), {}};
    CallArguments arguments{columns, {}};
    call.function.kernel->evaluate(arguments, batch.num_rows(), *context_->env, errors_,
                                   produced.values, produced.counts);
    for (const ColumnPtr& column : held) produced.values.hold_all(*column);
    return produced;
}

void FlatMapOperator::process(size_t, RecordBatch batch, Emitter& output) {
    std::vector<uint32_t> rows;
    for (uint32_t row = 0; row < batch.num_rows(); ++row) {
        if (!batch.meta()[row].null_value) rows.push_back(row);
    }
    if (rows.empty()) return;
    if (rows.size() < batch.num_rows()) batch = batch.select(rows);

    std::vector<Produced> produced;
    for (const TableCall& call : calls_) produced.push_back(run(call, batch));
    report_rows(*context_, name_, batch, errors_);

    rows.clear();
    for (uint32_t row = 0; row < batch.num_rows(); ++row) {
        uint32_t count = 0;
        for (const Produced& of : produced) count = std::max(count, of.counts[row]);
        rows.insert(rows.end(), count, row);
    }
    if (rows.empty()) return;
    RecordBatch repeated = batch.select(rows);
    std::vector<ColumnPtr> columns = repeated.columns();
    for (Produced& of : produced) {
        Column spread(of.values.type_ptr());
        spread.reserve(rows.size());
        spread.hold_all(of.values);
        size_t next = 0;
        for (size_t i = 0; i < rows.size();) {
            const uint32_t row = rows[i];
            uint32_t taken = 0;
            for (; i < rows.size() && rows[i] == row; ++i, ++taken) {
                if (taken < of.counts[row]) {
                    spread.append_from(of.values, next++);
                } else {
                    spread.append_null();
                }
            }
        }
        columns.push_back(std::make_shared<const Column>(std::move(spread)));
    }
    output.emit(std::move(repeated).with_columns(std::move(columns)));
}

}  // namespace millrace::exec
