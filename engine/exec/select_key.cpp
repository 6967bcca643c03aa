#include "engine/exec/select_key.h"

#include "engine/exec/row_parts.h"
#include "engine/exec/row_report.h"

namespace millrace::exec {

SelectKeyOperator::SelectKeyOperator(std::string name, size_t num_old_keys, ExpressionSet keys,
                                     bool grouping, std::vector<bool> from_value)
    : name_(std::move(name)),
      num_old_keys_(num_old_keys),
      keys_(std::move(keys)),
      grouping_(grouping),
      from_value_(std::move(from_value)) {}

void SelectKeyOperator::clear_valueless(const RecordBatch& batch,
                                        std::vector<ColumnPtr>& keys) const {
    std::vector<uint32_t> valueless;
    for (uint32_t row = 0; row < batch.num_rows(); ++row)
        if (batch.meta()[row].null_value) valueless.push_back(row);
    if (valueless.empty()) return;
    for (size_t i = 0; i < from_value_.size(); ++i) {
        if (!from_value_[i]) continue;
        auto copy = std::make_shared<Column>(*keys[i]);
        for (uint32_t row : valueless) copy->set_null(row);
        keys[i] = std::move(copy);
    }
}

void SelectKeyOperator::process(size_t, RecordBatch batch, Emitter& output) {
    std::vector<ColumnPtr> columns;
    if (!fit_together(batch, errors_, [&] { columns = keys_.evaluate(batch, errors_); })) {
        in_parts(batch, [&](RecordBatch part) { process(0, std::move(part), output); });
        return;
    }
    columns.reserve(keys_.size() + batch.num_columns());
    if (!grouping_) clear_valueless(batch, columns);
    for (size_t i = num_old_keys_; i < batch.num_columns(); ++i)
        columns.push_back(batch.column_ptr(i));
    for (size_t i = 0; i < num_old_keys_; ++i) columns.push_back(batch.column_ptr(i));
    report_rows(*context_, name_, batch, errors_);
    batch = std::move(batch).with_columns(std::move(columns));
    // The record's own key is gone; whether the new one is null, its encoder tells.
    for (RowMeta& meta : batch.meta()) meta.null_key = keys_.size() == 0;
    if (grouping_) batch = drop_groupless(std::move(batch));
    if (!batch.empty()) output.emit(std::move(batch));
}

RecordBatch SelectKeyOperator::drop_groupless(RecordBatch batch) {
    bool all = true;
    for (size_t i = 0; i < keys_.size(); ++i) all = all && batch.column(i).all_valid();
    for (const RowMeta& meta : batch.meta()) all = all && !meta.null_value;
    if (all) return batch;

    std::vector<uint32_t> kept;
    std::vector<uint8_t> grouped(batch.num_rows(), 1);
    for (uint32_t row = 0; row < batch.num_rows(); ++row) {
        if (batch.meta()[row].null_value) {
            grouped[row] = 0;
            continue;
        }
        for (size_t i = 0; i < keys_.size() && grouped[row] != 0; ++i) {
            if (!batch.column(i).is_null(row)) continue;
            grouped[row] = 0;
            errors_.add_row(
                row, "Group-by column with index " + std::to_string(i) +
                         " resolved to null. The source row will be excluded from the table.");
        }
    }
    report_rows(*context_, name_, batch, errors_);
    for (uint32_t row = 0; row < batch.num_rows(); ++row) {
        if (grouped[row] == 0) continue;
        kept.push_back(row);
        // A pair of which one half has no group is a new row or a deletion.
        RowMeta& meta = batch.meta()[row];
        if (meta.kind == RowKind::kUpdateBefore && grouped[row + 1] == 0)
            meta.kind = RowKind::kDelete;
        if (meta.kind == RowKind::kUpdateAfter && grouped[row - 1] == 0)
            meta.kind = RowKind::kInsert;
    }
    return batch.select(kept);
}

}  // namespace millrace::exec
