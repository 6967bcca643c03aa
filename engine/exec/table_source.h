// Keeps a table source's rows in a store: for the old values of its changes and for look-ups.
//
// Store value: timestamp (8 bytes, big-endian) ‖ row of the value columns (and of the key columns,
// where they cannot be read back from the store key).
#pragma once

#include "engine/exec/operator.h"
#include "engine/exec/row_codec.h"
#include "engine/exec/store_key.h"
#include "engine/plan/steps.h"

namespace millrace::exec {

/// Does this change of a table leave no row?
inline bool is_deletion(const RowMeta& meta) {
    return meta.null_value || meta.kind == RowKind::kDelete;
}

/// How rows of a step's schema stand in a store.
class StoredRows {
public:
    explicit StoredRows(const plan::Step& step);

    const StoreKey& key() const { return key_; }
    void encode(const RecordBatch& batch, size_t row, int64_t timestamp_ms, std::string& out) const;
    /// Puts a table's row in its store, or erases it when it is a deletion. `value`: the bytes put,
    /// empty after a deletion.
    void keep(StateStore& store, ByteView key, const RecordBatch& batch, size_t row,
              std::string& value) const;

    // Reading throws DamagedBytes when the store holds no such row.

    static int64_t timestamp_of(ByteView value);
    /// Appends the row's value columns; returns its timestamp.
    int64_t read_values(ByteView value, std::span<Column* const> columns) const;
    /// Appends key and value columns (one a column of the schema); returns the timestamp.
    int64_t read_row(ByteView key, ByteView value, std::span<Column* const> columns) const;

private:
    StoreKey key_;
    size_t num_keys_;
    RowCodec key_codec_, value_codec_;
};

class TableSourceOperator final : public Operator {
public:
    TableSourceOperator(const plan::Step& step, std::string store);
    void open(OperatorContext& context) override { store_ = &context.store(store_name_); }
    void process(size_t input, RecordBatch batch, Emitter& output) override;

private:
    StoredRows rows_;
    size_t num_keys_;
    std::string store_name_;
    StateStore* store_ = nullptr;
    std::string key_, value_;
};

}  // namespace millrace::exec
