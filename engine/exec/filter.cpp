#include "engine/exec/filter.h"

#include "engine/exec/row_parts.h"
#include "engine/exec/row_report.h"

namespace millrace::exec {

FilterOperator::FilterOperator(std::string name, ExpressionPtr condition, bool is_table)
    : name_(std::move(name)), condition_(std::move(condition)), is_table_(is_table) {}

void FilterOperator::process(size_t, RecordBatch batch, Emitter& output) {
    passing_.clear();
    if (!fit_together(batch, errors_, [&] { condition_->select(batch, errors_, passing_); })) {
        in_parts(batch, [&](RecordBatch part) { process(0, std::move(part), output); });
        return;
    }
    report_rows(*context_, name_, batch, errors_);
    if (is_table_) return filter_table(std::move(batch), output);
    std::erase_if(passing_, [&](uint32_t row) { return batch.meta()[row].null_value; });
    if (passing_.empty()) return;
    if (passing_.size() == batch.num_rows()) return output.emit(std::move(batch));
    output.emit(batch.select(passing_));
}

void FilterOperator::filter_table(RecordBatch batch, Emitter& output) {
    passes_.assign(batch.num_rows(), 0);
    for (uint32_t row : passing_) passes_[row] = batch.meta()[row].null_value ? 0 : 1;
    kept_.clear();
    for (uint32_t row = 0; row < batch.num_rows(); ++row) {
        RowMeta& meta = batch.meta()[row];
        if (meta.kind == RowKind::kUpdateBefore && row + 1 < batch.num_rows()) {
            RowMeta& after = batch.meta()[row + 1];
            const bool was = passes_[row] != 0, is = passes_[row + 1] != 0;
            if (was && !is) {
                meta = after;
                meta.kind = RowKind::kDelete;
            }
            if (is && !was) after.kind = RowKind::kInsert;
            if (was) kept_.push_back(row);
            if (is) kept_.push_back(row + 1);
            ++row;
        } else if (passes_[row] != 0) {
            kept_.push_back(row);
        } else if (meta.kind == RowKind::kInsert && meta.offset < context_->reread_to) {
            meta.kind = RowKind::kDelete;
            kept_.push_back(row);
        }
    }
    if (kept_.empty()) return;
    if (kept_.size() == batch.num_rows()) return output.emit(std::move(batch));
    output.emit(batch.select(kept_));
}

}  // namespace millrace::exec
