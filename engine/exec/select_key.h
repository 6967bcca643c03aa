// PARTITION BY and GROUP BY: new key columns; the old ones stay behind the value columns.
#pragma once

#include "engine/exec/expression/expression.h"
#include "engine/exec/operator.h"

namespace millrace::exec {

class SelectKeyOperator final : public Operator {
public:
    /// `grouping`: rows without a value are dropped, and those with a NULL in a key column, which
    /// is reported. `from_value`: which keys need more than the old key's columns; a row without a
    /// value has NULL there, ROWTIME included, as ksqlDB has it.
    SelectKeyOperator(std::string name, size_t num_old_keys, ExpressionSet keys, bool grouping,
                      std::vector<bool> from_value = {});
    void open(OperatorContext& context) override { context_ = &context; }
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    /// NULL in the keys that need a value where there is none.
    void clear_valueless(const RecordBatch& batch, std::vector<ColumnPtr>& keys) const;
    /// Leaves the rows that have a group.
    RecordBatch drop_groupless(RecordBatch batch);

    std::string name_;
    size_t num_old_keys_;
    ExpressionSet keys_;
    bool grouping_;
    std::vector<bool> from_value_;
    OperatorContext* context_ = nullptr;
    RowErrors errors_;
};

}  // namespace millrace::exec
