// Table-table join on the primary keys. Both sides' rows are kept; a change of either gives the
// change of the joined row. What goes out when: semantics reference, section 10.4.
#pragma once

#include <string>

#include "engine/exec/joined_rows.h"

namespace millrace::exec {

class TableTableJoinOperator final : public Operator {
public:
    explicit TableTableJoinOperator(const plan::Step& step);
    void open(OperatorContext& context) override;
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    struct Side {
        explicit Side(const plan::Step& step) : rows(step), num_keys(step.schema.key.size()) {}
        StoredRows rows;
        size_t num_keys;
        bool needed = false;  ///< Without its row there is no joined row.
        StateStore* store = nullptr;
    };
    void change(size_t input, const RecordBatch& batch, size_t row);

    const plan::TableTableJoinStep& join_;
    Side sides_[2];
    JoinedRows out_;
    std::string key_, value_, old_;
};

}  // namespace millrace::exec
