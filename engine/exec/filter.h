// WHERE and HAVING. Streams keep the rows for which the condition is TRUE; tables keep pairs
// together, and a row that stops matching becomes a deletion (semantics: a filter of (new, old),
// each replaced by null when it does not match, forwarded unless both are).
#pragma once

#include "engine/exec/expression/expression.h"
#include "engine/exec/operator.h"

namespace millrace::exec {

class FilterOperator final : public Operator {
public:
    FilterOperator(std::string name, ExpressionPtr condition, bool is_table);
    void open(OperatorContext& context) override { context_ = &context; }
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    void filter_table(RecordBatch batch, Emitter& output);

    std::string name_;
    ExpressionPtr condition_;
    bool is_table_;
    OperatorContext* context_ = nullptr;
    RowErrors errors_;
    std::vector<uint32_t> passing_, kept_;
    std::vector<uint8_t> passes_;
};

}  // namespace millrace::exec
