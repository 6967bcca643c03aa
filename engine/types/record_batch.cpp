#include "engine/types/record_batch.h"

#include "engine/base/check.h"

namespace millrace {

RecordBatch RecordBatch::select(const std::vector<uint32_t>& rows) const {
    RecordBatch out;
    out.columns_.reserve(columns_.size());
    for (const ColumnPtr& column : columns_) {
        out.columns_.push_back(std::make_shared<const Column>(column->select(rows)));
    }
    out.meta_.reserve(rows.size());
    for (uint32_t row : rows) out.meta_.push_back(meta_[row]);
    if (!windows_.empty()) {
        out.windows_.reserve(rows.size());
        for (uint32_t row : rows) out.windows_.push_back(windows_[row]);
    }
    if (!headers_.empty()) {
        out.headers_.reserve(rows.size());
        for (uint32_t row : rows) out.headers_.push_back(headers_[row]);
    }
    return out;
}

RecordBatch RecordBatch::with_columns(std::vector<ColumnPtr> columns) && {
    for (const ColumnPtr& column : columns) {
        MR_CHECK(column->size() == meta_.size(), "a column must have a value for every row");
    }
    RecordBatch out = std::move(*this);
    out.columns_ = std::move(columns);
    return out;
}

}  // namespace millrace
