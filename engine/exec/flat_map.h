// Table functions: rows from one row, several functions side by side, a shorter one filled up with
// NULLs.
#pragma once

#include "engine/exec/binding.h"
#include "engine/exec/operator.h"

namespace millrace::exec {

class FlatMapOperator final : public Operator {
public:
    FlatMapOperator(std::string name, const plan::FlatMapStep& step, const Binding& binding);
    void open(OperatorContext& context) override { context_ = &context; }
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    struct TableCall {
        ResolvedTable function;
        ExpressionSet arguments;
    };
    struct Produced {
        Column values;
        std::vector<uint32_t> counts;
    };
    Produced run(const TableCall& call, const RecordBatch& batch);
    std::vector<Produced> run_all(const RecordBatch& batch, std::vector<uint32_t>& rows);
    void count_rows(const std::vector<Produced>& produced, const RecordBatch& batch,
                    std::vector<uint32_t>& rows) const;

    std::string name_;
    std::vector<TableCall> calls_;
    OperatorContext* context_ = nullptr;
    RowErrors errors_;
};

}  // namespace millrace::exec
