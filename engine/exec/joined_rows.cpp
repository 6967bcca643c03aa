#include "engine/exec/joined_rows.h"

#include "engine/base/damaged.h"
#include "engine/exec/row_columns.h"

namespace millrace::exec {

JoinedRows::JoinedRows(const plan::Step& join)
    : num_keys_(join.schema.key.size()), schema_(join.schema) {
    const Schema& left = join.inputs.at(0)->schema;
    const Schema& right = join.inputs.at(1)->schema;
    sides_[kLeftSide] = {num_keys_, left.value.size()};
    sides_[kRightSide] = {num_keys_ + left.value.size(), right.value.size()};
    need_intact(schema_.value.size() == left.value.size() + right.value.size(),
                "a plan's join has other columns than its sides");
    make_columns();
}

void JoinedRows::make_columns() {
    columns_ = new_columns(schema_);
    for (size_t side : {kLeftSide, kRightSide}) {
        targets_[side].clear();
        for (size_t i = 0; i < num_keys_; ++i) targets_[side].push_back(&columns_[i]);
        for (size_t i = 0; i < sides_[side].count; ++i)
            targets_[side].push_back(&columns_[sides_[side].from + i]);
    }
}

void JoinedRows::begin(const RecordBatch& batch, size_t side) {
    for (size_t i = 0; i < targets_[side].size(); ++i) targets_[side][i]->hold_all(batch.column(i));
}

void JoinedRows::key_from(const RecordBatch& batch, size_t row) {
    for (size_t i = 0; i < num_keys_; ++i) columns_[i].append_from(batch.column(i), row);
}

void JoinedRows::side_from(size_t side, const RecordBatch& batch, size_t row) {
    for (size_t i = num_keys_; i < targets_[side].size(); ++i)
        targets_[side][i]->append_from(batch.column(i), row);
}

int64_t JoinedRows::side_from(size_t side, const StoredRows& rows, ByteView value) {
    return rows.read_values(value, std::span(targets_[side]).subspan(num_keys_));
}

void JoinedRows::key_and_side_from(size_t side, const StoredRows& rows, ByteView key,
                                   ByteView value) {
    rows.read_row(key, value, targets_[side]);
}

void JoinedRows::side_null(size_t side) {
    for (size_t i = num_keys_; i < targets_[side].size(); ++i) targets_[side][i]->append_null();
}

void JoinedRows::end_row(const RowMeta& meta, std::optional<Window> window, RowHeadersPtr headers) {
    meta_.push_back(meta);
    if (window) windows_.push_back(*window);
    any_headers_ = any_headers_ || headers;
    headers_.push_back(std::move(headers));
}

void JoinedRows::emit(Emitter& output) {
    if (!meta_.empty()) {
        RecordBatch batch(finished(columns_), std::move(meta_));
        batch.set_windows(std::move(windows_));
        if (any_headers_) batch.set_headers(std::move(headers_));
        meta_.clear();
        windows_.clear();
        headers_.clear();
        any_headers_ = false;
        make_columns();
        output.emit(std::move(batch));
        return;
    }
    make_columns();  // Lets go of what begin() held.
}

bool has_null_key(const RecordBatch& batch, size_t row, size_t num_keys) {
    if (batch.meta()[row].null_key) return true;
    for (size_t i = 0; i < num_keys; ++i) {
        if (batch.column(i).is_null(row)) return true;
    }
    return false;
}

std::optional<Window> window_of(const RecordBatch& batch, size_t row) {
    if (!batch.windowed()) return std::nullopt;
    return batch.windows()[row];
}

RowHeadersPtr headers_of(const RecordBatch& batch, size_t row) {
    return batch.headers().empty() ? nullptr : batch.headers()[row];
}

}  // namespace millrace::exec
