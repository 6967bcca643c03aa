// The aggregate calls of one step, resolved: their states side by side. Used by one worker.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/exec/binding.h"
#include "engine/plan/steps.h"

namespace millrace::exec {

class AggregateCalls {
public:
    AggregateCalls(const plan::AggregateStep& step, const Binding& binding);

    size_t size() const { return calls_.size(); }
    /// Bytes of all states of fixed size, one after the other.
    size_t fixed_bytes() const { return fixed_bytes_; }
    size_t num_variable() const { return num_variable_; }
    /// Does merging states of parts of the rows give bit for bit what adding all rows gives?
    bool merges_exactly() const;

    /// Does a call ask which of two rows came first?
    bool ordered() const;

    /// Evaluates the arguments; add and remove refer to this batch's rows until the next call.
    /// `first_number`: the first row's, where ordered(); the others count up.
    void load(const RecordBatch& batch, RowErrors& errors, int64_t first_number = 0);

    // `variable` has num_variable() entries. Failures of states of varying size throw RowError.
    void init(char* fixed, std::vector<std::string>& variable) const;
    void add(char* fixed, std::vector<std::string>& variable, size_t row) const;
    void remove(char* fixed, std::vector<std::string>& variable, size_t row) const;
    void merge(char* fixed, std::vector<std::string>& variable, const char* other_fixed,
               std::span<const ByteView> other_variable) const;
    /// Appends each call's result to its column.
    void results(const char* fixed, std::span<const ByteView> variable,
                 std::span<Column* const> columns) const;

private:
    struct Call {
        ResolvedAggregate resolved;
        const AggregateFunction* function;
        size_t offset;  ///< Of its fixed state, or index of its variable one.
        bool fixed;
        size_t num_arguments;  ///< Of arguments_, behind those of the calls ahead.
        std::vector<const Column*> columns;
    };
    static Call resolve(const plan::AggregateCall& named, const Binding& binding,
                        std::vector<plan::BoundPtr>& arguments);

    std::vector<Call> calls_;
    ExpressionSet arguments_;
    std::vector<ColumnPtr> held_;  ///< Of the batch loaded.
    std::optional<Column> numbers_;
    size_t fixed_bytes_ = 0;
    size_t num_variable_ = 0;
};

}  // namespace millrace::exec
