#include "engine/exec/stream_table_join.h"

#include "engine/exec/joined_rows.h"
#include "engine/exec/row_columns.h"

namespace millrace::exec {

StreamTableJoinOperator::StreamTableJoinOperator(const plan::StreamTableJoinStep& step,
                                                 const plan::Step& stream, const plan::Step& table)
    : left_join_(step.type == sql::JoinType::kLeft),
      table_rows_(table),
      stream_key_(stream.schema.key, stream.window, stream.window_size_ms),
      num_keys_(stream.schema.key.size()),
      store_name_(step.table_store) {
    append_types(table.schema.value, table_types_);
}

void StreamTableJoinOperator::process(size_t input, RecordBatch batch, Emitter& output) {
    if (input == 1) {
        keep(batch);
    } else {
        join(std::move(batch), output);
    }
}

void StreamTableJoinOperator::keep(const RecordBatch& batch) {
    for (size_t row = 0; row < batch.num_rows(); ++row) {
        const RowMeta& meta = batch.meta()[row];
        if (meta.kind == RowKind::kUpdateBefore) continue;
        key_.clear();
        table_rows_.key().append(batch, row, key_);
        table_rows_.keep(*store_, key_, batch, row, value_);
    }
}

void StreamTableJoinOperator::join(RecordBatch batch, Emitter& output) {
    std::vector<Column> right;
    std::vector<Column*> right_columns;
    for (const SqlTypePtr& type : table_types_) right.emplace_back(type);
    for (Column& column : right) {
        column.reserve(batch.num_rows());
        right_columns.push_back(&column);
    }
    std::vector<uint32_t> rows;
    rows.reserve(batch.num_rows());
    for (uint32_t row = 0; row < batch.num_rows(); ++row) {
        const RowMeta& meta = batch.meta()[row];
        if (meta.null_value) continue;
        std::optional<ByteView> found;
        if (!has_null_key(batch, row, num_keys_)) {
            key_.clear();
            stream_key_.append(batch, row, key_);
            found = store_->get(key_);
        }
        if (!found && !left_join_) continue;
        rows.push_back(row);
        if (found) {
            table_rows_.read_values(*found, right_columns);
        } else {
            for (Column* column : right_columns) column->append_null();
        }
    }
    if (rows.empty()) return;
    RecordBatch left = rows.size() == batch.num_rows() ? std::move(batch) : batch.select(rows);
    std::vector<ColumnPtr> columns = left.columns();
    append_finished(right, columns);
    output.emit(std::move(left).with_columns(std::move(columns)));
}

}  // namespace millrace::exec
