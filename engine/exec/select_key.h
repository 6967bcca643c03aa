// PARTITION BY and GROUP BY: new key columns; the old ones stay behind the value columns.
#pragma once

#include "engine/exec/expression.h"
#include "engine/exec/operator.h"

namespace millrace::exec {

class SelectKeyOperator final : public Operator {
public:
    /// `grouping`: rows without a value are dropped, and those with a NULL in a key column, which
    /// is reported.
    SelectKeyOperator(std::string name, size_t num_old_keys, std::vector<ExpressionPtr> keys,
                      bool grouping);
    void open(OperatorContext& context) override { context_ = &context; }
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    /// Leaves the rows that have a group.
    RecordBatch drop_groupless(RecordBatch batch);

    std::string name_;
    size_t num_old_keys_;
    std::vector<ExpressionPtr> keys_;
    bool grouping_;
    OperatorContext* context_ = nullptr;
    RowErrors errors_;
};

}  // namespace millrace::exec
