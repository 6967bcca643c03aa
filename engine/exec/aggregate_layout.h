// How a group stands in the aggregate's store, and how it becomes a row of the step's schema.
//
// Store value: timestamp (8 bytes, big-endian) ‖ states of fixed size ‖ row of the carried columns
// (and of the key columns, where they cannot be read back from the store key) ‖ for each state of
// varying size: length (varint) ‖ bytes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/exec/aggregate_calls.h"
#include "engine/exec/row_codec.h"
#include "engine/exec/store_key.h"

namespace millrace::exec {

class AggregateLayout {
public:
    AggregateLayout(const plan::Step& aggregate, const plan::Step& input,
                    const AggregateCalls& calls);

    static constexpr size_t kFixedAt = 8;  ///< Where the fixed states begin.
    const StoreKey& key() const { return key_; }
    size_t head_bytes() const { return kFixedAt + calls_.fixed_bytes(); }
    /// Nothing behind the fixed states: a value never changes its size.
    bool head_only() const { return row_columns_.empty() && calls_.num_variable() == 0; }

    static int64_t timestamp_of(const char* value) { return static_cast<int64_t>(get_be64(value)); }
    static void set_timestamp(char* value, int64_t timestamp_ms);

    /// append_row refers to this batch's rows until the next call.
    void load(const RecordBatch& batch);
    /// Appends the carried columns of an input row.
    void append_row(size_t row, std::string& out) const { row_codec_.encode(sources_, row, out); }
    void append_variable(const std::vector<std::string>& states, std::string& out) const;

    // Reading throws DamagedBytes when `value` is no group of this store.

    /// The states of fixed size.
    const char* fixed_of(ByteView value) const;
    /// Views of the variable states of a stored value.
    void split(ByteView value, std::vector<ByteView>& variable) const;
    /// The stored row of carried columns, as bytes.
    ByteView row_bytes(ByteView value) const;

    /// Appends key, carried and result columns of a group (one a column of the schema); returns the
    /// timestamp.
    int64_t read_group(ByteView store_key, ByteView value, std::span<Column* const> columns) const;

private:
    const AggregateCalls& calls_;
    StoreKey key_;
    size_t num_keys_;
    std::vector<size_t> row_columns_;  ///< Columns of the input that the stored row has.
    RowCodec row_codec_;
    std::vector<const Column*> sources_;
    mutable std::vector<ByteView> variable_;
};

}  // namespace millrace::exec
