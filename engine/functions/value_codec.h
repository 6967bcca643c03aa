// Values as bytes inside aggregates' states. The layout is part of the on-disk format: a presence
// byte (00 NULL, 01 value), then BOOLEAN one byte; INTEGER, DATE, TIME four and BIGINT, TIMESTAMP,
// DOUBLE eight bytes big-endian (DOUBLE its bits); DECIMAL 16 bytes big-endian, unscaled, and a
// varint scale; STRING and BYTES a varint length and the bytes; ARRAY and MAP a varint count and
// their items; STRUCT its fields.
#pragma once

#include <string>

#include "engine/base/bytes.h"
#include "engine/types/column.h"

namespace millrace::functions {

void put_value(std::string& out, const Value& value, const SqlType& type);
/// The same of a column's row, without a Value where the type is physical.
void put_column_value(std::string& out, const Column& column, size_t row);

// Reading throws DamagedBytes when there is no such value.

/// Reads a value off the front of `in`.
Value take_value(ByteView& in, const SqlType& type);
/// One that is not NULL.
Value take_present(ByteView& in, const SqlType& type);
/// Eight bytes, big-endian.
uint64_t take_number(ByteView& in);
/// Moves `in` behind one value and gives its bytes.
ByteView skip_value(ByteView& in, const SqlType& type);
/// As take_value, straight onto the end of a column; nothing may stand behind the value.
void take_last_into(ByteView in, Column& column);

}  // namespace millrace::functions
