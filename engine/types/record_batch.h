// Rows of one partition in processing order: what moves between operators. Moved, never shared;
// its columns are immutable and may be shared between batches.
//
// Column order in a batch: the key columns of the step's schema, then its value columns. System
// columns (ROWTIME, ROWPARTITION, ROWOFFSET, WINDOWSTART, WINDOWEND) and headers are not columns
// here: they are in RowMeta, `windows` and `headers`, and expressions read them from there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/types/column.h"

namespace millrace {

enum class RowKind : uint8_t { kInsert, kUpdateBefore, kUpdateAfter, kDelete };

/// Streams: every row is kInsert; `null_value` says that the record's value was null.
/// Tables: a new key is kInsert; a change is kUpdateBefore directly followed by kUpdateAfter, in
/// the same batch; a deletion is kDelete with the old values, or with `null_value` when there was
/// no old row (a tombstone for a key never seen, which a projection forwards).
struct RowMeta {
    int64_t timestamp_ms = 0;
    int64_t stream_time_ms = 0;  ///< Of the task, when the row was polled (this row included).
    int64_t offset = 0;
    int32_t partition = 0;
    RowKind kind = RowKind::kInsert;
    bool null_value = false;
    bool null_key = false;  ///< The record had no key at all.
};

struct Window {
    int64_t start_ms = 0;
    int64_t end_ms = 0;
    bool operator==(const Window&) const = default;
};

/// Header list of one row; null: none.
struct RowHeaders {
    std::vector<std::pair<std::string, std::optional<std::string>>> entries;
};
using RowHeadersPtr = std::shared_ptr<const RowHeaders>;

class RecordBatch {
public:
    RecordBatch() = default;
    RecordBatch(std::vector<ColumnPtr> columns, std::vector<RowMeta> meta)
        : columns_(std::move(columns)), meta_(std::move(meta)) {}
    RecordBatch(RecordBatch&&) = default;
    RecordBatch& operator=(RecordBatch&&) = default;
    RecordBatch(const RecordBatch&) = delete;
    RecordBatch& operator=(const RecordBatch&) = delete;

    size_t num_rows() const { return meta_.size(); }
    bool empty() const { return meta_.empty(); }
    size_t num_columns() const { return columns_.size(); }
    const Column& column(size_t index) const { return *columns_[index]; }
    const ColumnPtr& column_ptr(size_t index) const { return columns_[index]; }
    const std::vector<ColumnPtr>& columns() const { return columns_; }
    const std::vector<RowMeta>& meta() const { return meta_; }
    std::vector<RowMeta>& meta() { return meta_; }

    /// One window a row when the rows' keys are windowed, else empty.
    const std::vector<Window>& windows() const { return windows_; }
    void set_windows(std::vector<Window> windows) { windows_ = std::move(windows); }
    bool windowed() const { return !windows_.empty(); }

    /// One entry a row, or empty when no row has headers (or nobody asked for them).
    const std::vector<RowHeadersPtr>& headers() const { return headers_; }
    void set_headers(std::vector<RowHeadersPtr> headers) { headers_ = std::move(headers); }

    /// About how much memory it takes, but for texts: widths and validity, all types together.
    size_t bytes_without_texts() const {
        constexpr size_t kBytesOfCell = 20;
        return num_rows() * (sizeof(RowMeta) + num_columns() * kBytesOfCell);
    }
    /// The same rows; the columns are shared.
    RecordBatch share() const {
        RecordBatch same(columns_, meta_);
        same.windows_ = windows_;
        same.headers_ = headers_;
        return same;
    }
    /// These rows, in this order.
    RecordBatch select(const std::vector<uint32_t>& rows) const;
    /// The same rows with other columns.
    RecordBatch with_columns(std::vector<ColumnPtr> columns) &&;

private:
    std::vector<ColumnPtr> columns_;
    std::vector<RowMeta> meta_;
    std::vector<Window> windows_;
    std::vector<RowHeadersPtr> headers_;
};

}  // namespace millrace
