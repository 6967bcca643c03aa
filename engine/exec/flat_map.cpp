#include "engine/exec/flat_map.h"

#include <algorithm>

#include "engine/base/damaged.h"
#include "engine/exec/row_parts.h"
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
    const MeteredFunction metered(call.function.name);
    call.function.kernel->evaluate(arguments, batch.num_rows(), *context_->env, errors_,
                                   produced.values, produced.counts);
    for (const ColumnPtr& column : held) produced.values.hold_all(*column);
    return produced;
}

void FlatMapOperator::count_rows(const std::vector<Produced>& produced, const RecordBatch& batch,
                                 std::vector<uint32_t>& rows) const {
    std::vector<uint32_t> counts(batch.num_rows(), 0);
    size_t total = 0;
    for (size_t row = 0; row < counts.size(); ++row) {
        for (const Produced& of : produced) counts[row] = std::max(counts[row], of.counts[row]);
        total += counts[row];
    }
    // They are repeated with all their columns.
    const size_t num_columns = batch.num_columns() + produced.size();
    const MeteredFunction metered(calls_.front().function.name);
    RowMeter::here().grow(total * (sizeof(RowMeta) + num_columns * sizeof(std::string_view)));
    rows.clear();
    for (uint32_t row = 0; row < counts.size(); ++row) rows.insert(rows.end(), counts[row], row);
}

/// What the functions give, and for each row that comes of it the one that it comes from.
std::vector<FlatMapOperator::Produced> FlatMapOperator::run_all(const RecordBatch& batch,
                                                                std::vector<uint32_t>& rows) {
    const Metering metering(row_limits(*context_->env, batch));
    std::vector<Produced> produced;
    try {
        for (const TableCall& call : calls_) produced.push_back(run(call, batch));
        count_rows(produced, batch, rows);
    } catch (const OverRowLimit& over) {
        if (!is_least_part(batch)) throw;
        for (uint32_t row = 0; row < batch.num_rows(); ++row) errors_.add_row(row, over.what());
        rows.clear();
    }
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
    rows.clear();
    if (!fit_together(batch, errors_, [&] { produced = run_all(batch, rows); })) {
        in_parts(batch, [&](RecordBatch part) { process(0, std::move(part), output); });
        return;
    }
    report_rows(*context_, name_, batch, errors_);
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
