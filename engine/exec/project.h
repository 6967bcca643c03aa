// SELECT: new value columns behind the same key columns. Kinds of rows stay as they are.
#pragma once

#include "engine/exec/expression/expression.h"
#include "engine/exec/operator.h"

namespace millrace::exec {

class ProjectOperator final : public Operator {
public:
    /// `num_keys`: the batch's first columns, which stay.
    ProjectOperator(std::string name, size_t num_keys, ExpressionSet values);
    void open(OperatorContext& context) override { context_ = &context; }
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    std::string name_;
    size_t num_keys_;
    ExpressionSet values_;
    OperatorContext* context_ = nullptr;
    RowErrors errors_;
};

}  // namespace millrace::exec
