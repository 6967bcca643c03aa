// The rows that a join gives: key columns, then the left side's value columns, then the right's,
// each side from a batch, from a store, or NULL. Collects the rows of one call and emits them
// together. One an operator.
#pragma once

#include <span>
#include <vector>

#include "engine/exec/operator.h"
#include "engine/exec/store_key.h"
#include "engine/exec/table_source.h"
#include "engine/plan/steps.h"

namespace millrace::exec {

/// The sides of a join, as inputs of its operator are numbered.
inline constexpr size_t kLeftSide = 0, kRightSide = 1;

class JoinedRows {
public:
    /// `join` outlives it.
    explicit JoinedRows(const plan::Step& join);

    /// Before rows of this batch, which is `side`'s, are added: what is taken from it is shared.
    void begin(const RecordBatch& batch, size_t side);

    /// One row: first its key, then each side once, then end_row().
    void key_from(const RecordBatch& batch, size_t row);
    void side_from(size_t side, const RecordBatch& batch, size_t row);
    /// The value columns from a stored row; returns its timestamp.
    int64_t side_from(size_t side, const StoredRows& rows, ByteView value);
    /// Key and value columns from a stored row.
    void key_and_side_from(size_t side, const StoredRows& rows, ByteView key, ByteView value);
    void side_null(size_t side);
    void end_row(const RowMeta& meta, std::optional<Window> window, RowHeadersPtr headers);

    size_t num_rows() const { return meta_.size(); }
    /// Hands on what was collected, if anything.
    void emit(Emitter& output);

private:
    struct Range {
        size_t from = 0, count = 0;
    };
    void make_columns();

    size_t num_keys_;
    Range sides_[2];
    const Schema& schema_;
    std::vector<Column> columns_;
    std::vector<Column*> targets_[2];  ///< Key columns, then the side's.
    std::vector<RowMeta> meta_;
    std::vector<Window> windows_;
    std::vector<RowHeadersPtr> headers_;
    bool any_headers_ = false;
};

/// Whether a row has no key to look up: the record had none, or a key column is NULL.
bool has_null_key(const RecordBatch& batch, size_t row, size_t num_keys);
std::optional<Window> window_of(const RecordBatch& batch, size_t row);
RowHeadersPtr headers_of(const RecordBatch& batch, size_t row);

}  // namespace millrace::exec
