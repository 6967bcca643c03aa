// Rows as bytes, for state stores and internal topics: typed, compact, only for ourselves. The
// layout is part of the on-disk format (docs/formats.md). Stateless after construction.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/types/record_batch.h"

namespace millrace::exec {

class RowCodec {
public:
    explicit RowCodec(std::vector<SqlTypePtr> types);

    const std::vector<SqlTypePtr>& types() const { return types_; }

    /// Appends row `row` of `columns` (one a type).
    void encode(std::span<const Column* const> columns, size_t row, std::string& out) const;
    /// Reads one row off the front of `in` and appends it to `columns`. Throws DamagedBytes when
    /// there is none; some of the columns may then have a value more than the others.
    void decode(ByteView& in, std::span<Column* const> columns) const;
    /// Steps over one row; throws as decode does.
    void skip(ByteView& in) const;

private:
    std::vector<SqlTypePtr> types_;
    std::vector<PhysicalType> physical_;
};

/// One value of any type, with its NULL: for nested data. Decoding throws DamagedBytes.
void encode_value(std::string& out, const Value& value, const SqlType& type);
Value decode_value(ByteView& in, const SqlType& type);

}  // namespace millrace::exec
