// Stream-table join. Input 1's rows are only kept; a row of input 0 looks up the table's row of the
// moment.
#pragma once

#include "engine/exec/operator.h"
#include "engine/exec/table_source.h"
#include "engine/plan/steps.h"

namespace millrace::exec {

class StreamTableJoinOperator final : public Operator {
public:
    StreamTableJoinOperator(const plan::StreamTableJoinStep& step, const plan::Step& stream,
                            const plan::Step& table);
    void open(OperatorContext& context) override { store_ = &context.store(store_name_); }
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    void keep(const RecordBatch& batch);
    void join(RecordBatch batch, Emitter& output);

    bool left_join_;
    StoredRows table_rows_;
    StoreKey stream_key_;
    size_t num_keys_;
    std::vector<SqlTypePtr> table_types_;
    std::string store_name_;
    StateStore* store_ = nullptr;
    std::string key_, value_;
};

}  // namespace millrace::exec
