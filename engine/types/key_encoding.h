// Order-preserving bytes for SQL keys in state stores: memcmp order of the encoding is SQL order,
// and no encoding is a prefix of another of the same type list. See docs/formats.md.
#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/types/column.h"

namespace millrace {

/// Appends one value: a presence byte (00 NULL, 01 value), then: BOOLEAN one byte; INTEGER, DATE,
/// TIME, BIGINT, TIMESTAMP big-endian with the sign bit flipped; DOUBLE as ordered bits; STRING and
/// BYTES with 00 escaped as 00 ff and ended by 00 01 (so STRING sorts by UTF-8, BYTES by unsigned
/// bytes); DECIMAL as 16 bytes, its unscaled value at the type's scale with the sign bit flipped;
/// ARRAY and MAP as 01 ahead of each element (MAP: key and value, ordered by key) and 00 at the
/// end; STRUCT as its fields.
void encode_key_value(std::string& out, const Value& value, const SqlType& type);
/// The same from a column, without a Value where the type is physical.
void encode_key_column(std::string& out, const Column& column, size_t row);

/// Reads one value off the front of `in`; throws DamagedBytes when there is none.
/// Every type comes back, a MAP with its entries ordered by key.
Value decode_key_value(ByteView& in, const SqlType& type);
/// As above, straight onto the end of a column.
void decode_key_into(ByteView& in, Column& column);

}  // namespace millrace
