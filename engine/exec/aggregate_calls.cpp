#include "engine/exec/aggregate_calls.h"

#include <algorithm>

#include "engine/base/damaged.h"

namespace millrace::exec {

AggregateCalls::AggregateCalls(const plan::AggregateStep& step, const Binding& binding) {
    std::vector<plan::BoundPtr> arguments;
    for (const plan::AggregateCall& named : step.calls) {
        Call call = resolve(named, binding, arguments);
        const size_t bytes = call.function->fixed_bytes();
        call.fixed = bytes > 0;
        call.offset = call.fixed ? fixed_bytes_ : num_variable_;
        fixed_bytes_ += bytes;
        if (!call.fixed) ++num_variable_;
        calls_.push_back(std::move(call));
    }
    arguments_ = ExpressionSet(arguments, binding.env());
}

AggregateCalls::Call AggregateCalls::resolve(const plan::AggregateCall& named,
                                             const Binding& binding,
                                             std::vector<plan::BoundPtr>& arguments_of_all) {
    const auto* call = named.call->as<sql::Call>();
    need_intact(call != nullptr, "a plan's aggregate is no call");
    std::vector<sql::ExpressionPtr> arguments = call->arguments;
    if (call->star || call->arguments.empty()) {
        // COUNT(*) counts what is never NULL.
        arguments.push_back(sql::make_expression(
            sql::ColumnRef{std::nullopt, std::string(pseudo::kRowtime)}, named.call->position));
    }
    std::vector<plan::BoundPtr> bound;
    std::vector<ArgumentType> types;
    for (const sql::ExpressionPtr& argument : arguments) {
        bound.push_back(binding.bind(argument));
        ArgumentType type;
        type.type = bound.back()->type;
        type.is_literal = bound.back()->kind == plan::BoundExpression::Kind::kConstant;
        if (type.is_literal) type.literal = bound.back()->constant;
        types.push_back(std::move(type));
    }
    Call made;
    made.resolved = binding.functions().resolve_aggregate(call->name, types, binding.env());
    made.function = made.resolved.function.get();
    // The column arguments come first, constants that configure the function behind them.
    const size_t columns = made.resolved.argument_types.size();
    need_intact(columns <= bound.size(), "a plan's aggregate lacks arguments");
    made.num_arguments = columns;
    for (size_t i = 0; i < columns; ++i) {
        arguments_of_all.push_back(binding.bound_as(bound[i], made.resolved.argument_types[i]));
    }
    return made;
}

bool AggregateCalls::merges_exactly() const {
    for (const Call& call : calls_) {
        const std::string& name = call.resolved.name;
        const bool known = name == "COUNT" || name == "SUM" || name == "MIN" || name == "MAX";
        if (!call.fixed || !known) return false;
        // A sum of DOUBLEs depends on the order of additions, one of DECIMALs may overflow on the
        // way.
        const BaseType result = call.function->result_type()->base();
        const bool exact = result == BaseType::kInteger || result == BaseType::kBigint;
        if (name == "SUM" && !exact) return false;
    }
    return true;
}

bool AggregateCalls::ordered() const {
    return std::any_of(calls_.begin(), calls_.end(),
                       [](const Call& call) { return call.function->ordered(); });
}

void AggregateCalls::load(const RecordBatch& batch, RowErrors& errors, int64_t first_number) {
    held_ = arguments_.evaluate(batch, errors);
    if (ordered()) {
        numbers_.emplace(SqlType::bigint());
        for (size_t i = 0; i < batch.num_rows(); ++i)
            numbers_->append_long(first_number + static_cast<int64_t>(i));
    }
    size_t next = 0;
    for (Call& call : calls_) {
        call.columns.clear();
        for (size_t i = 0; i < call.num_arguments; ++i) call.columns.push_back(held_[next++].get());
        if (call.function->ordered()) call.columns.push_back(&*numbers_);
    }
}

void AggregateCalls::init(char* fixed, std::vector<std::string>& variable) const {
    for (const Call& call : calls_) {
        if (call.fixed) {
            call.function->init(fixed + call.offset);
        } else {
            variable[call.offset].clear();
            call.function->init(variable[call.offset]);
        }
    }
}

void AggregateCalls::add(char* fixed, std::vector<std::string>& variable, size_t row) const {
    for (const Call& call : calls_) {
        if (call.fixed) {
            call.function->add(fixed + call.offset, call.columns, row);
        } else {
            call.function->add(variable[call.offset], call.columns, row);
        }
    }
}

void AggregateCalls::remove(char* fixed, std::vector<std::string>& variable, size_t row) const {
    for (const Call& call : calls_) {
        if (call.fixed) {
            call.function->remove(fixed + call.offset, call.columns, row);
        } else {
            call.function->remove(variable[call.offset], call.columns, row);
        }
    }
}

void AggregateCalls::merge(char* fixed, std::vector<std::string>& variable, const char* other_fixed,
                           std::span<const ByteView> other_variable) const {
    for (const Call& call : calls_) {
        if (call.fixed) {
            call.function->merge(fixed + call.offset, other_fixed + call.offset);
        } else {
            call.function->merge(variable[call.offset], other_variable[call.offset]);
        }
    }
}

void AggregateCalls::results(const char* fixed, std::span<const ByteView> variable,
                             std::span<Column* const> columns) const {
    for (size_t i = 0; i < calls_.size(); ++i) {
        const Call& call = calls_[i];
        if (call.fixed) {
            call.function->result(fixed + call.offset, *columns[i]);
        } else {
            call.function->result(variable[call.offset], *columns[i]);
        }
    }
}

}  // namespace millrace::exec
